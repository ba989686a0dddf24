//! A plan is carried out: record by record, step by step, each request behind its intent.

pub(in crate::engine) mod answer;
pub(in crate::engine) mod apply;
pub(in crate::engine) mod execute;
pub(in crate::engine) mod perform;
pub(in crate::engine) mod progressing;
pub(in crate::engine) mod remove;
pub(in crate::engine) mod send;
