use jiff::Timestamp;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// A bucket of requests that fills at the account's rate, and holds one second's worth.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: u128,
    /// Requests that may be made, times a thousand million.
    filled: u128,
    at: Timestamp,
}

impl Bucket {
    pub(super) fn new(rate: u32, now: Timestamp) -> Self {
        let rate = u128::from(rate);
        Bucket {
            rate,
            filled: rate * NANOS_PER_SECOND,
            at: now,
        }
    }

    /// Takes one request out, and tells whether there was one.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
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

    use super::Bucket;

    #[test]
    fn a_second_gives_as_many_requests_as_the_rate() {
        let mut bucket = Bucket::new(2, Timestamp::UNIX_EPOCH);
        let mut take = |millis| bucket.take(Timestamp::from_millisecond(millis).unwrap());
        assert_eq!([take(0), take(0), take(0)], [true, true, false]);
        assert_eq!([take(400), take(500), take(500)], [false, true, false]);
        assert_eq!([take(9_000), take(9_000), take(9_000)], [true, true, false]);
    }
}
