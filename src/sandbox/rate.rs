use std::collections::HashMap;

use jiff::Timestamp;

use crate::catalog::Operation;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// What all searches share. Source: <https://docs.stripe.com/rate-limits>.
const SEARCH_RATE: u32 = 20;
const SEARCH: &str = "search";

/// The limits of an account and of its endpoints.
#[derive(Debug)]
pub(super) struct Limits {
    account: Option<Bucket>,
    endpoint_rate: Option<u32>,
    /// By method and path template. The catalogue bounds their number.
    endpoints: HashMap<(&'static str, &'static str), Bucket>,
}

impl Limits {
    pub(super) fn new(account: Option<u32>, endpoint_rate: Option<u32>, now: Timestamp) -> Self {
        Limits {
            account: account.map(|rate| Bucket::new(rate, now)),
            endpoint_rate,
            endpoints: HashMap::new(),
        }
    }

    /// Takes one request out of both rates. An error is Stripe's name of the limit that refuses it.
    pub(super) fn take(&mut self, operation: Option<&Operation>, now: Timestamp) -> Result<(), &'static str> {
        if let (Some(rate), Some(operation)) = (self.endpoint_rate, operation) {
            let (endpoint, rate) = match operation.path.ends_with("/search") {
                true => (("GET", SEARCH), rate.min(SEARCH_RATE)),
                false => ((operation.method, operation.path), rate),
            };
            let bucket = self.endpoints.entry(endpoint);
            if !bucket.or_insert_with(|| Bucket::new(rate, now)).take(now) {
                return Err("endpoint-rate");
            }
        }
        match self.account.as_mut().is_none_or(|bucket| bucket.take(now)) {
            true => Ok(()),
            false => Err("global-rate"),
        }
    }
}

/// A bucket of requests that fills at a rate, and holds one second's worth.
#[derive(Debug)]
struct Bucket {
    rate: u128,
    /// Requests that may be made, times a thousand million.
    filled: u128,
    at: Timestamp,
}

impl Bucket {
    fn new(rate: u32, now: Timestamp) -> Self {
        let rate = u128::from(rate);
        Bucket {
            rate,
            filled: rate * NANOS_PER_SECOND,
            at: now,
        }
    }

    /// Takes one request out, and tells whether there was one.
    fn take(&mut self, now: Timestamp) -> bool {
        let passed = u128::try_from(now.duration_since(self.at).as_nanos()).unwrap_or(0);
        self.at = self.at.max(now);
        let full = self.rate * NANOS_PER_SECOND;
        self.filled = self
            .filled
            .saturating_add(passed.saturating_mul(self.rate))
            .min(full);
        if self.filled < NANOS_PER_SECOND {
            return false;
        }
        self.filled -= NANOS_PER_SECOND;
        true
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Bucket, Limits};
    use crate::catalog::Catalog;

    #[test]
    fn a_second_gives_as_many_requests_as_the_rate() {
        let mut bucket = Bucket::new(2, Timestamp::UNIX_EPOCH);
        let mut take = |millis| bucket.take(Timestamp::from_millisecond(millis).unwrap());
        assert_eq!([take(0), take(0), take(0)], [true, true, false]);
        assert_eq!([take(400), take(500), take(500)], [false, true, false]);
        assert_eq!([take(9_000), take(9_000), take(9_000)], [true, true, false]);
    }

    #[test]
    fn endpoints_have_rates_of_their_own_below_that_of_the_account() {
        let operation = |id| Catalog::embedded().operation(id).map(|(_, operation)| operation);
        let mut limits = Limits::new(Some(3), Some(2), Timestamp::UNIX_EPOCH);
        let mut take = |id| limits.take(operation(id), Timestamp::UNIX_EPOCH).err();
        assert_eq!([take("customers.create"), take("customers.create")], [None, None]);
        assert_eq!(take("customers.create"), Some("endpoint-rate"));
        assert_eq!(
            [take("customers.list"), take("customers.list")],
            [None, Some("global-rate")]
        );
    }
}
