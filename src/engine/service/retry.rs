//! When a run that came to nothing is tried again.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::EngineError;
use crate::ledger::LedgerError;
use crate::stripe::{ClientError, Outcome};

/// The pause before the first further try; each one after it is twice as long.
const FIRST: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(300);

/// A flow whose last run came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owed {
    /// When it is tried again by itself; `None` waits for the next generation.
    pub(super) at: Option<Instant>,
    /// How long the last pause was.
    pause: Duration,
}

impl Owed {
    /// Decides when the next try is, after a failure that followed `former`.
    pub(super) fn after(error: &EngineError, former: Option<Owed>, now: Instant) -> Self {
        let pause = former.map_or(FIRST, |former| (former.pause * 2).min(LONGEST));
        Owed {
            at: may_pass(error).then(|| now + pause),
            pause,
        }
    }

    /// Gives the pause, where there will be a further try.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.at.map(|_| self.pause)
    }
}

/// Tells whether what failed may work a little later with nothing changed.
fn may_pass(error: &EngineError) -> bool {
    match error {
        EngineError::Stripe(error) => stripe_may_answer(error),
        EngineError::Ledger(error) => matches!(
            error,
            LedgerError::Busy { .. } | LedgerError::Locked { .. } | LedgerError::Full { .. }
        ),
        // The sheet may be in the middle of a save.
        EngineError::Source(_) | EngineError::Restless => true,
        EngineError::Read { .. }
        | EngineError::Write { .. }
        | EngineError::NoFlows { .. }
        | EngineError::NotAFlow { .. }
        | EngineError::Check { .. }
        | EngineError::UnknownFlow { .. }
        | EngineError::NoOpenRequest { .. }
        | EngineError::PlanFile(_)
        | EngineError::NoRun { .. }
        | EngineError::NotRetried { .. }
        | EngineError::FlowsGone { .. }
        | EngineError::ColumnsChanged { .. }
        | EngineError::PluginBuild { .. }
        | EngineError::Sandbox(_)
        | EngineError::Guard { .. }
        | EngineError::Thread
        | EngineError::Account { .. } => false,
    }
}

/// Tells whether what failed is about one flow of several, so that the others may run without it.
pub(super) fn is_of_one_flow(error: &EngineError) -> bool {
    matches!(error, EngineError::Source(_) | EngineError::ColumnsChanged { .. })
}

fn stripe_may_answer(error: &ClientError) -> bool {
    match error {
        ClientError::NoAnswer { .. } => true,
        ClientError::BadAnswer { outcome, .. } => *outcome != Outcome::Rejected,
        ClientError::Api(error) => error.status == 429 || error.status >= 500,
        ClientError::PublishableKey
        | ClientError::UnknownKey
        | ClientError::BaseUrl { .. }
        | ClientError::ZeroSetting { .. }
        | ClientError::Setup { .. }
        | ClientError::Refused { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Owed;
    use crate::engine::EngineError;

    #[test]
    fn pauses_grow_to_five_minutes_and_a_guard_waits_for_a_save() {
        let now = Instant::now();
        let mut owed = Owed::after(&EngineError::Restless, None, now);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(owed.pause().map(|pause| pause.as_secs()));
            owed = Owed::after(&EngineError::Restless, Some(owed), now);
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300].map(Some));
        let guard = EngineError::Guard {
            flow: "a".to_owned(),
            message: "too many".to_owned(),
        };
        let owed = Owed::after(&guard, None, now);
        assert_eq!((owed.at, owed.pause()), (None, None));
        let _: Option<Duration> = owed.pause();
    }
}
