use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

/// Where the time comes from: the machine's clock in a program, whatever a test wants in a test.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Makes a clock from a function that gives the time.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    /// Gives the time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Makes a clock that is ahead of this one by `offset`, behind it when that is negative.
    pub fn shifted(&self, offset: SignedDuration) -> Clock {
        let clock = self.clone();
        Clock::new(move || {
            let now = clock.now();
            now.saturating_add(offset).unwrap_or(now)
        })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
