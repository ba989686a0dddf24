use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many requests may be in flight. It halves when the server says that it is too much (429), and grows
/// back by one for each window of answers.
#[derive(Debug)]
pub(super) struct Window {
    permits: Arc<Semaphore>,
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    in_flight: usize,
    /// Permits to withhold as places become free, after the limit has shrunk.
    debt: usize,
    /// Good answers since the limit last grew or shrank.
    answers: usize,
    /// How many times the limit has shrunk.
    shrunk: u64,
}

/// A request's place in flight; dropping it makes room.
#[derive(Debug)]
pub(super) struct Place<'a> {
    window: &'a Window,
    permit: Option<OwnedSemaphorePermit>,
    /// How many times the limit had shrunk when the request went out.
    shrunk: u64,
}

impl Window {
    /// Makes a window that starts at its most, at least 1.
    pub(super) fn new(most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        Window {
            permits: Arc::new(Semaphore::new(most)),
            most,
            state: Mutex::new(State {
                limit: most,
                in_flight: 0,
                debt: 0,
                answers: 0,
                shrunk: 0,
            }),
        }
    }

    /// Tells whether a place is free at this moment.
    pub(super) fn has_room(&self) -> bool {
        self.permits.available_permits() > 0
    }

    /// Takes a place if one is free.
    pub(super) fn try_enter(&self) -> Option<Place<'_>> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        Some(self.place(Some(permit)))
    }

    /// Waits for a place, first come, first served.
    pub(super) async fn enter(&self) -> Place<'_> {
        // The semaphore is never closed; were it, the request would go out uncounted.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        self.place(permit)
    }

    fn place(&self, permit: Option<OwnedSemaphorePermit>) -> Place<'_> {
        let mut state = self.lock();
        state.in_flight += 1;
        Place {
            window: self,
            permit,
            shrunk: state.shrunk,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Notes a good answer.
    pub(super) fn widen(&self) {
        let mut state = self.window.lock();
        state.answers += 1;
        if state.limit >= self.window.most || state.answers < state.limit {
            return;
        }
        state.answers = 0;
        state.limit += 1;
        if state.debt > 0 {
            state.debt -= 1;
        } else {
            self.window.permits.add_permits(1);
        }
    }

    /// Notes a 429: half of what is in flight now is the new limit. The answers to requests that went out
    /// before the limit last shrank tell nothing new.
    pub(super) fn narrow(&self) {
        let mut state = self.window.lock();
        if self.shrunk != state.shrunk {
            return;
        }
        let limit = (state.in_flight / 2).clamp(1, state.limit);
        let surplus = state.limit - limit;
        state.debt += surplus - self.window.permits.forget_permits(surplus);
        state.limit = limit;
        state.answers = 0;
        state.shrunk += 1;
        tracing::debug!(limit, "too many requests: fewer in flight");
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.window.lock();
        state.in_flight -= 1;
        if state.debt > 0
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            state.debt -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Window};

    /// Takes as many places as there are.
    fn fill(window: &Window) -> Vec<Place<'_>> {
        std::iter::from_fn(|| window.try_enter()).collect()
    }

    #[test]
    fn no_more_than_the_most_are_in_flight() {
        let window = Window::new(8);
        let places = fill(&window);
        assert_eq!(places.len(), 8);
        assert!(!window.has_room());
        drop(places);
        assert_eq!(fill(&window).len(), 8);
    }

    #[test]
    fn a_429_halves_what_is_in_flight() {
        let window = Window::new(8);
        let places = fill(&window);
        places[0].narrow();
        drop(places);
        assert_eq!(fill(&window).len(), 4);
    }

    #[test]
    fn half_of_few_is_less_than_half_of_the_limit() {
        let window = Window::new(100);
        let places: Vec<Place<'_>> = (0..6).filter_map(|_| window.try_enter()).collect();
        places[0].narrow();
        drop(places);
        assert_eq!(fill(&window).len(), 3);
    }

    #[test]
    fn the_429s_of_one_crowd_count_once() {
        let window = Window::new(8);
        let places = fill(&window);
        places.iter().for_each(Place::narrow);
        drop(places);
        assert_eq!(fill(&window).len(), 4);
    }

    #[test]
    fn one_request_may_always_go() {
        let window = Window::new(4);
        for _ in 0..10 {
            let place = window.try_enter().expect("a place");
            place.narrow();
        }
        assert_eq!(fill(&window).len(), 1);
    }

    #[test]
    fn good_answers_let_it_grow_back_and_not_beyond() {
        let window = Window::new(8);
        let places = fill(&window);
        places[0].narrow();
        drop(places);
        for (answers, limit) in [(4, 5), (5, 6), (6, 7), (7, 8), (100, 8)] {
            for _ in 0..answers {
                window.try_enter().expect("a place").widen();
            }
            assert_eq!(fill(&window).len(), limit);
        }
    }

    #[test]
    fn growing_while_places_are_still_owed_gives_none_too_many() {
        let window = Window::new(8);
        let places = fill(&window);
        places[0].narrow();
        // Five answers to the crowd: the limit grows to 5 while 8 are still in flight.
        places.iter().take(5).for_each(Place::widen);
        drop(places);
        assert_eq!(fill(&window).len(), 5);
    }

    #[tokio::test]
    async fn a_place_that_becomes_free_lets_the_next_in() {
        let window = Window::new(1);
        let first = window.enter().await;
        let (second, ()) = tokio::join!(window.enter(), async { drop(first) });
        assert!(!window.has_room());
        drop(second);
        assert!(window.has_room());
    }
}
