//! What an apply would do: the sheet is read through, what is not plainly unchanged is looked up and decided.

mod checked_source;
pub(super) mod chunk;
pub(super) mod decider;
pub(super) mod drafts;
pub(super) mod lookup;
pub(super) mod planner;
mod refresh;
mod removal;
mod short_hash;
mod survey;
