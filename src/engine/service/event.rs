use crate::watch::Sign;

use super::attempt::Attempt;
use super::report::News;
use super::run::RunEnd;

/// Everything that the loop listens to. When several things have happened, they are taken in this order.
pub(super) enum Event {
    /// It is to end.
    Stop,
    /// Something that it started has ended.
    Finished(Finished),
    /// Something changed, or is to be read again.
    Changed(Changed),
    /// The time of a flow has come.
    Scheduled,
    /// It is time to look at the clock, or to try again what came to nothing.
    Tick,
}

/// What has ended.
pub(super) enum Finished {
    /// An attempt at a new generation.
    Attempt(Box<Attempt>),
    /// A run.
    Run(RunEnd),
}

/// What changed.
pub(super) enum Changed {
    /// The watcher says so.
    Sign(Box<Sign>),
    /// A person asks for it.
    Reread,
    /// An attempt tells of its progress.
    News(Box<News>),
}
