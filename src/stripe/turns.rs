use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::slots::Slots;

/// What all endpoints of Stripe's search share: 20 reads a second (<https://docs.stripe.com/rate-limits>).
const SEARCH_RATE: u32 = 20;
const SEARCH: &str = "search";

/// Endpoints whose slots are kept before idle ones are forgotten. The API has fewer than 600.
const KEPT_ENDPOINTS: usize = 1024;

/// Gives each request a moment at which the rates of its account and of its endpoint allow it.
///
/// Requests of one endpoint go in the order in which they came. An endpoint at its own limit leaves the
/// account's free slots to the others.
#[derive(Debug)]
pub(super) struct Turns {
    start: Instant,
    endpoint_rate: Option<u32>,
    slots: Mutex<AllSlots>,
}

#[derive(Debug)]
struct AllSlots {
    account: Option<Slots>,
    endpoints: HashMap<String, Slots>,
}

impl Turns {
    /// Makes turns for rates in requests a second; `None` is no limit.
    pub(super) fn new(account_rate: Option<u32>, endpoint_rate: Option<u32>) -> Self {
        Turns {
            start: Instant::now(),
            endpoint_rate,
            slots: Mutex::new(AllSlots {
                account: account_rate.map(Slots::under),
                endpoints: HashMap::new(),
            }),
        }
    }

    /// Waits for the turn of a request to this endpoint. A turn that is not waited for is lost.
    pub(super) async fn wait(&self, endpoint: &str) {
        let now = Instant::now();
        let turn = self.start + self.reserve(endpoint, now - self.start);
        if turn > now {
            sleep_until(turn).await;
        }
    }

    fn reserve(&self, endpoint: &str, now: Duration) -> Duration {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match self.endpoint_rate {
            Some(rate) if endpoint.ends_with("/search") => slots.reserve(SEARCH, rate.min(SEARCH_RATE), now),
            Some(rate) => slots.reserve(endpoint, rate, now),
            None => slots.reserve_account(now),
        };
        Duration::from_nanos(at)
    }
}

impl AllSlots {
    /// Takes the earliest moment that is free both for the account and for the endpoint.
    fn reserve(&mut self, endpoint: &str, rate: u32, now: u64) -> u64 {
        self.forget_idle_endpoints(now);
        if !self.endpoints.contains_key(endpoint) {
            self.endpoints.insert(endpoint.to_owned(), Slots::under(rate));
        }
        let Some(own) = self.endpoints.get_mut(endpoint) else {
            return now;
        };
        let mut at = now;
        if let Some(account) = &mut self.account {
            loop {
                let both = account.free_from(own.free_from(at));
                if both == at {
                    break;
                }
                at = both;
            }
            account.take(at, now);
        } else {
            at = own.free_from(at);
        }
        own.take(at, now);
        at
    }

    fn reserve_account(&mut self, now: u64) -> u64 {
        let Some(account) = &mut self.account else {
            return now;
        };
        let at = account.free_from(now);
        account.take(at, now);
        at
    }

    fn forget_idle_endpoints(&mut self, now: u64) {
        if self.endpoints.len() >= KEPT_ENDPOINTS {
            self.endpoints.retain(|_, slots| !slots.is_idle(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::mpsc;
    use tokio::task::JoinSet;
    use tokio::time::Instant;

    use super::Turns;

    /// Sends requests to the endpoints side by side; tells when the last one had its turn, in seconds.
    async fn seconds_for(turns: Turns, endpoints: &[&'static str]) -> u128 {
        let start = Instant::now();
        let turns = Arc::new(turns);
        let mut requests = JoinSet::new();
        for endpoint in endpoints.iter().copied() {
            let turns = Arc::clone(&turns);
            requests.spawn(async move { turns.wait(endpoint).await });
        }
        requests.join_all().await;
        (start.elapsed().as_millis() + 500) / 1000
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_requests_at_25_a_second_take_40_seconds() {
        assert_eq!(seconds_for(Turns::new(Some(25), None), &["a"; 1000]).await, 40);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_has_its_own_limit() {
        assert_eq!(
            seconds_for(Turns::new(Some(100), Some(25)), &["a"; 1000]).await,
            40
        );
        assert_eq!(seconds_for(Turns::new(None, Some(25)), &["a"; 1000]).await, 40);
    }

    #[tokio::test(start_paused = true)]
    async fn four_endpoints_use_the_whole_accounts_rate() {
        let endpoints = ["a", "b", "c", "d"].repeat(250);
        assert_eq!(seconds_for(Turns::new(Some(100), Some(25)), &endpoints).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_at_its_limit_does_not_hold_up_another() {
        let start = Instant::now();
        let turns = Turns::new(Some(100), Some(25));
        for _ in 0..500 {
            turns.reserve("busy", Duration::ZERO);
        }
        turns.wait("idle").await;
        assert!(
            start.elapsed() < Duration::from_millis(100),
            "{:?}",
            start.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn searches_share_one_limit() {
        let endpoints = ["GET /v1/customers/search", "GET /v1/invoices/search"].repeat(95);
        assert_eq!(seconds_for(Turns::new(Some(100), Some(25)), &endpoints).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn without_limits_nothing_waits() {
        assert_eq!(seconds_for(Turns::new(None, None), &["a"; 1000]).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn first_come_first_served() {
        let turns = Arc::new(Turns::new(Some(100), Some(25)));
        let (told, mut order) = mpsc::unbounded_channel();
        let mut requests = JoinSet::new();
        for number in 0..200 {
            let (turns, told) = (Arc::clone(&turns), told.clone());
            requests.spawn(async move {
                turns.wait("a").await;
                told.send(number).expect("the test listens");
            });
        }
        requests.join_all().await;
        drop(told);
        let mut numbers = Vec::new();
        while let Some(number) = order.recv().await {
            numbers.push(number);
        }
        assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn endpoints_that_are_idle_are_forgotten() {
        let turns = Turns::new(Some(100), Some(25));
        for number in 0..5000_u64 {
            turns.reserve(&format!("GET /{number}"), Duration::from_secs(number));
        }
        assert!(turns.slots.lock().expect("no panic").endpoints.len() <= super::KEPT_ENDPOINTS);
    }
}
