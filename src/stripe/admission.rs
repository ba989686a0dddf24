use super::Settings;
use super::turns::Turns;
use super::window::{Place, Window};

/// Lets requests out: each one waits for its turn (rate) and its place (requests in flight).
#[derive(Debug)]
pub(super) struct Admission {
    turns: Turns,
    window: Window,
}

impl Admission {
    pub(super) fn new(settings: &Settings) -> Self {
        Admission {
            turns: Turns::new(settings.account_rate, settings.endpoint_rate),
            window: Window::new(settings.concurrency),
        }
    }

    /// Waits until a request to this endpoint may be sent.
    ///
    /// Waiting for a turn takes up no place, so that the window counts what the server has to do. Whoever
    /// must wait for a place takes a turn after that: a server that stalls and then answers all at once
    /// sets no burst free.
    pub(super) async fn enter(&self, endpoint: &str) -> Place<'_> {
        if self.window.has_room() {
            self.turns.wait(endpoint).await;
            if let Some(place) = self.window.try_enter() {
                return place;
            }
        }
        let place = self.window.enter().await;
        self.turns.wait(endpoint).await;
        place
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Admission;
    use crate::stripe::Settings;

    fn admission(rate: u32, concurrency: usize) -> Admission {
        let mut settings = Settings::for_key("sk_test_1".into()).expect("a key");
        settings.account_rate = Some(rate);
        settings.endpoint_rate = None;
        settings.concurrency = concurrency;
        Admission::new(&settings)
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_server_that_answers_all_at_once_sets_no_burst_free() {
        let admission = admission(10, 5);
        let mut places = Vec::new();
        for _ in 0..5 {
            places.push(admission.enter("a").await);
        }
        let mut moments = Vec::new();
        let next = async {
            for _ in 0..5 {
                let place = admission.enter("a").await;
                moments.push(Instant::now());
                drop(place);
            }
        };
        tokio::join!(next, async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            drop(places);
        });
        for pair in moments.windows(2) {
            assert!(pair[1] - pair[0] >= Duration::from_millis(99), "{moments:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_turn_takes_up_no_place() {
        let admission = admission(1, 2);
        drop(admission.enter("a").await);
        let waiting = [admission.enter("a"), admission.enter("a"), admission.enter("a")];
        let mut waiting = waiting.map(Box::pin);
        for turn in &mut waiting {
            let now = tokio::time::timeout(Duration::ZERO, turn.as_mut()).await;
            assert!(now.is_err());
        }
        assert!(admission.window.has_room());
    }
}
