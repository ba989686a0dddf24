//! The story: read, check, evaluate, plan, apply, record, resume. Prints nothing.
//!
//! [`Project`] reads and checks, [`Session`] opens what a run needs, [`Session::plan`] gives a [`Plan`],
//! and [`Session::apply`] carries it out. Only `apply` sends anything that changes something.
#![expect(
    clippy::disallowed_methods,
    reason = "the engine reads projects, keeps state beside them, owns the tasks of a run and its clock"
)]

mod answer;
mod apply;
mod checked_source;
mod chunk;
mod connection;
mod decider;
mod error;
mod evaluation;
mod events;
mod execute;
mod history;
mod lookup;
mod mark;
mod perform;
mod planner;
mod plugins;
mod progressing;
mod project;
mod read;
mod removal;
mod remove;
mod selection;
mod send;
mod service;
mod session;
mod settle;
mod spool;
mod step_at;
mod timetable;
mod trial;

pub use crate::lang::FlowOutline;
pub use apply::Applied;
pub use connection::{Connection, Target};
pub use error::EngineError;
pub use events::{Event, Progress};
pub use history::{History, LastRun};
pub use planner::{FlowPlan, Plan};
pub use project::{Project, flow_files};
pub use selection::Selection;
pub use service::{
    AppliedFlow, Audience, Because, LONGEST_SLEEP, News, PlannedFlow, Problem, Question, Reached, Report,
    Service, ServiceHandle, ServiceSettings, Standing, Upcoming,
};
pub use session::{Options, Session};
pub use settle::{OpenRequest, Settled, Verdict};
pub use timetable::{LastRuns, Timetable};
pub use trial::{Failure, FieldFailure, ShownStage, Trial};
