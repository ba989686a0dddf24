//! The story: read, check, evaluate, plan, apply, record, resume. Prints nothing.
//!
//! [`Project`] reads and checks, [`Session`] opens what a run needs, [`Session::plan`] gives a [`Plan`],
//! and [`Session::apply`] carries it out. Only `apply` sends anything that changes something.
#![expect(
    clippy::disallowed_methods,
    reason = "the engine reads projects, keeps state beside them, owns the tasks of a run and its clock"
)]

mod account;
mod adopt;
mod answer;
mod apply;
mod checked_source;
mod chunk;
mod connection;
mod decider;
mod drafts;
mod error;
mod evaluation;
mod events;
mod execute;
mod flow_runs;
mod former;
mod history;
mod keep;
mod lookup;
mod mark;
mod perform;
mod plan_file;
mod planner;
mod plugins;
mod progressing;
mod project;
mod read;
mod refresh;
mod removal;
mod remove;
mod rollback;
mod selection;
mod send;
mod service;
mod session;
mod settle;
mod spool;
mod state;
mod step_at;
mod store;
mod survey;
mod timetable;
mod trial;

pub use crate::lang::FlowOutline;
pub use adopt::Adopted;
pub use apply::Applied;
pub use connection::{Connection, Target};
pub use error::EngineError;
pub use events::{Event, Progress};
pub use flow_runs::{FlowRuns, LastRun};
pub use history::{
    CellNow, FieldOrigin, History, HistoryPlace, LineNow, Origin, PastRun, RowNow, RunFate, Undone,
};
pub use plan_file::{KeptPlan, Moved, MovedPart, PlanFileError};
pub use planner::{FlowPlan, Plan};
pub use project::{Project, flow_files};
pub use rollback::{
    Part, PlannedUndo, RollbackPlan, RollbackWish, RolledBack, UndoRequest, UndoTotals, Undoing,
};
pub use selection::{Retry, Selection};
pub use service::{
    AppliedFlow, Audience, Because, LONGEST_SLEEP, News, PlannedFlow, Problem, Question, Reached, Report,
    Service, ServiceHandle, ServiceSettings, Standing, Upcoming,
};
pub use session::{Options, Planning, Session};
pub use settle::{OpenRequest, Settled, Verdict};
pub use timetable::{LastRuns, Timetable};
pub use trial::{Failure, FieldFailure, ShownStage, Trial};
