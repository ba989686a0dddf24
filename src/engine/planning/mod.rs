//! What an apply would do: the sheet is read through, what is not plainly unchanged is looked up and decided.

pub(in crate::engine) mod checked_source;
pub(in crate::engine) mod chunk;
pub(in crate::engine) mod decider;
pub(in crate::engine) mod drafts;
pub(in crate::engine) mod lookup;
pub(in crate::engine) mod planner;
pub(in crate::engine) mod refresh;
pub(in crate::engine) mod removal;
pub(in crate::engine) mod survey;
