//! A plan is carried out: record by record, step by step, each request behind its intent.

pub(super) mod answer;
pub(super) mod apply;
mod execute;
mod perform;
mod progressing;
mod remove;
pub(super) mod send;
