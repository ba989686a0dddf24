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
mod chunk;
mod connection;
mod decider;
mod error;
mod evaluation;
mod events;
mod execute;
mod former;
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
mod rollback;
mod selection;
mod send;
mod session;
mod settle;
mod spool;
mod step_at;
mod trial;

pub use apply::Applied;
pub use connection::{Connection, Target};
pub use error::EngineError;
pub use events::{Event, Progress};
pub use history::{
    CellNow, FieldOrigin, History, HistoryPlace, LineNow, Origin, PastRun, RowNow, RunFate, Undone,
};
pub use planner::{FlowPlan, Plan};
pub use project::{Project, flow_files};
pub use rollback::{
    Part, PlannedUndo, RollbackPlan, RollbackWish, RolledBack, UndoRequest, UndoTotals, Undoing,
};
pub use selection::{Retry, Selection};
pub use session::{Options, Session};
pub use settle::{OpenRequest, Settled, Verdict};
pub use trial::{Failure, FieldFailure, ShownStage, Trial};
