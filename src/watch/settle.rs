use std::time::Duration;

use tokio::time::Instant;

use super::hints::Hint;

/// How long the end of a save is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The quiet after a rename or a close.
    pub ended: Duration,
    /// The quiet after plain writes.
    pub writing: Duration,
    /// The longest wait for quiet; and for a close, where the system tells of closes.
    pub longest: Duration,
    /// The time between the two looks that must be equal; the second is at the end of the quiet.
    pub between_looks: Duration,
    /// The time that a file which has disappeared is given to come back.
    pub gone: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            ended: Duration::from_millis(75),
            writing: Duration::from_millis(200),
            longest: Duration::from_millis(1_500),
            between_looks: Duration::from_millis(20),
            gone: Duration::from_millis(500),
        }
    }
}

/// Waits for the end of a save: knows when to look, and decides nothing else.
#[derive(Debug)]
pub(super) struct Settle {
    timing: Timing,
    burst: Option<Burst>,
}

/// Hints with no quiet between them.
#[derive(Debug)]
struct Burst {
    first: Instant,
    last: Instant,
    quiet: Duration,
    /// Whether someone still has a file open that was written to.
    is_open: bool,
}

impl Settle {
    pub(super) fn new(timing: Timing) -> Self {
        Settle { timing, burst: None }
    }

    /// Notes that something may have happened.
    pub(super) fn hint(&mut self, now: Instant, hint: Hint) {
        let quiet = match hint {
            Hint::Ended => self.timing.ended,
            Hint::Writing | Hint::Open => self.timing.writing,
            Hint::Gone => self.timing.gone,
        };
        let first = self.burst.as_ref().map_or(now, |burst| burst.first);
        self.burst = Some(Burst {
            first,
            last: now,
            quiet,
            is_open: hint == Hint::Open,
        });
    }

    /// Begins anew after two looks that were not equal: whatever writes is still at it.
    pub(super) fn again(&mut self, now: Instant) {
        self.burst = None;
        self.hint(now, Hint::Writing);
    }

    /// Forgets what was waited for.
    pub(super) fn done(&mut self) {
        self.burst = None;
    }

    /// Tells when the quiet is over; `None` when nothing is waited for.
    ///
    /// A file that is open and was written to is waited for till it has not been written to for the longest time:
    /// half a sheet is worse than a late one. Everything else is looked at after the longest time at the latest.
    pub(super) fn end(&self) -> Option<Instant> {
        let burst = self.burst.as_ref()?;
        Some(match burst.is_open {
            true => burst.last + self.timing.longest,
            false => (burst.last + burst.quiet).min(burst.first + self.timing.longest),
        })
    }

    /// Tells when the first of the two looks is due.
    pub(super) fn first_look(&self) -> Option<Instant> {
        Some(self.end()? - self.timing.between_looks)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Settle, Timing};
    use crate::watch::hints::Hint;

    /// Gives the milliseconds after the first hint at which the quiet is over.
    fn end(hints: &[(u64, Hint)]) -> u128 {
        let start = Instant::now();
        let mut settle = Settle::new(Timing::default());
        for (at, hint) in hints {
            settle.hint(start + Duration::from_millis(*at), *hint);
        }
        let end = settle.end().expect("it waits");
        assert!(settle.first_look().is_some_and(|look| look < end));
        (end - start).as_millis()
    }

    #[test]
    fn a_rename_or_close_ends_a_save_sooner_than_a_write() {
        assert_eq!(end(&[(0, Hint::Ended)]), 75);
        assert_eq!(end(&[(0, Hint::Writing)]), 200);
        assert_eq!(end(&[(0, Hint::Writing), (40, Hint::Ended)]), 115);
        assert_eq!(end(&[(0, Hint::Ended), (40, Hint::Writing)]), 240);
        assert_eq!(end(&[(0, Hint::Gone)]), 500);
    }

    #[test]
    fn saves_without_end_are_looked_at_all_the_same() {
        let hints: Vec<(u64, Hint)> = (0..300).map(|step| (step * 10, Hint::Ended)).collect();
        assert_eq!(end(&hints), 1_500);
    }

    #[test]
    fn a_file_that_is_still_written_to_is_waited_for() {
        let hints: Vec<(u64, Hint)> = (0..10).map(|step| (step * 1_000, Hint::Open)).collect();
        assert_eq!(end(&hints), 9_000 + 1_500);
        let closed = [&hints[..], &[(9_500, Hint::Ended)]].concat();
        assert_eq!(end(&closed), 1_500, "it is overdue, and looked at at once");
    }

    #[test]
    fn nothing_is_waited_for_before_and_after() {
        let mut settle = Settle::new(Timing::default());
        assert_eq!(settle.end(), None);
        settle.hint(Instant::now(), Hint::Ended);
        settle.done();
        assert_eq!(settle.first_look(), None);
    }
}
