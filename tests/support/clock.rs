use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use sheetflow::model::Clock;

/// A clock that stands at a second since 1970 until it is moved.
pub(crate) fn standing_clock(second: i64) -> (Arc<AtomicI64>, Clock) {
    let time = Arc::new(AtomicI64::new(second));
    let now = Arc::clone(&time);
    let clock = Clock::new(move || Timestamp::from_second(now.load(Ordering::SeqCst)).expect("a time"));
    (time, clock)
}
