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
mod connection;
mod error;
mod evaluation;
mod events;
mod flow_runs;
mod former;
mod history;
mod keep;
mod mark;
mod plan_file;
mod planning;
mod plugins;
mod project;
mod read;
mod rollback;
mod selection;
mod sending;
mod service;
mod session;
mod settle;
mod spool;
mod state;
mod step_at;
mod store;
mod timetable;
mod trial;

pub use crate::lang::FlowOutline;
pub use adopt::Adopted;
pub use connection::{Connection, Target};
pub use error::EngineError;
pub use events::{Event, Progress};
pub use flow_runs::{FlowRuns, LastRun};
pub use history::{
    CellNow, FieldOrigin, History, HistoryPlace, LineNow, Origin, PastRun, RowNow, RunFate, Undone,
};
pub use plan_file::{KeptPlan, Moved, MovedPart, PlanFileError};
pub use planning::planner::{FlowPlan, Plan};
pub use project::{Project, flow_files};
pub use rollback::{
    Part, PlannedUndo, RollbackPlan, RollbackWish, RolledBack, UndoRequest, UndoTotals, Undoing,
};
pub use selection::{Retry, Selection};
pub use sending::apply::Applied;
pub use service::{
    AppliedFlow, Audience, Because, LONGEST_SLEEP, News, PlannedFlow, Problem, Question, Reached, Report,
    Service, ServiceHandle, ServiceSettings, Standing, Upcoming,
};
pub use session::{Options, Planning, Session};
pub use settle::{OpenRequest, Settled, Verdict};
pub use timetable::{LastRuns, Timetable};
pub use trial::{Failure, FieldFailure, ShownStage, Trial};
