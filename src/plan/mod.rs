//! Desired requests against what is known: what would be sent, its money and its cost.
//!
//! Pure. [`decide`] looks at one step of one record; [`Summary`] adds records up; the views render both.

mod action;
mod adopt;
mod call;
mod changes;
mod compare;
mod decide;
mod drift;
mod invoice;
mod json;
mod money;
mod standing;
mod summary;
mod text;

pub use action::{Action, Change, NotAdopted, Outcome, PlannedRecord, PlannedStep, Wish};
pub use adopt::adopt;
pub use call::remembered_call;
pub use compare::{object_text, value_at};
pub use decide::{Known, decide};
pub use drift::{Drift, DriftFate, drift, settle_fates};
pub use invoice::check_invoices;
pub use json::{record_json, summary_json};
pub use money::money_moved;
pub use standing::{Moment, render_schedules, render_standing, schedules_json, standing_json};
pub use summary::{AdoptionCounts, DriftCounts, Limits, Moved, StepCounts, Summary, Totals};
pub use text::{render_record, render_summary};
