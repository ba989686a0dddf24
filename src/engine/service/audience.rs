use std::future::Future;
use std::pin::Pin;

use crate::model::Mode;
use crate::plan::Moved;

use super::report::Report;

/// Who is told what happens, and decides whether real money moves.
pub trait Audience: Sync {
    /// Takes a report. It is told in the order in which things happen, and the loop waits for it.
    fn tell(&self, report: Report);

    /// Decides whether a plan that was told just now may be sent. The answer may be given up when the plan no
    /// longer holds.
    fn approve(&self, question: Question) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
}

/// What is asked before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whether real money moves.
    pub mode: Mode,
    /// The flows, in order.
    pub flows: Vec<String>,
    /// How many records would send something.
    pub changing: u64,
    /// The money that the plan knows of.
    pub money: Moved,
}
