//! The checked program: what `check` gives, and all that evaluation needs.
//!
//! Every name in it is resolved: columns and steps are indexes, operations exist in the catalogue,
//! field paths are Stripe's own form names. Spans are kept, so that trouble with a row can point at
//! the binding.

use std::sync::Arc;

use crate::model::{AccountSpec, SourceSpec};

mod cron;
mod expression;
mod flow;
mod schedule;
mod step;
mod test;

pub use cron::{Cron, CronField, CronProblem};
pub use expression::{
    AggregateFunction, BinaryOperator, Expression, ExpressionKind, Fragment, MatchArm, Outcome, PlanCount,
    Presence, UnaryOperator,
};
pub use flow::{Flow, Guard, Report, ReportSink, ResultColumn, Share, Statement, Steps, WriteBack};
pub use schedule::{NextRun, Schedule, zone_name};
pub use step::{
    Binding, Call, MatchField, Matching, Missing, Removal, RemovalRequest, RemovalVerb, Request, RequestBody,
    RequestMethod, Several, Step, StepDetail, StepKind,
};
pub use test::{Expectation, ExpectedField, Given, Test};

/// A whole project without problems.
#[derive(Clone, Debug)]
pub struct Program {
    /// The accounts, in the order of files and lines.
    pub accounts: Vec<AccountSpec>,
    /// The sources.
    pub sources: Vec<SourceSpec>,
    /// The flows, in the order in which they run: `after` is obeyed, else as written.
    pub flows: Vec<Arc<Flow>>,
    /// The tests, in the order of files and lines.
    pub tests: Vec<Test>,
}
