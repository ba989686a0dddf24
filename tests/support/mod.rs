//! What the tests of the whole program share: a pinned surrounding to run it in, and projects.

mod program;
mod project;

pub(crate) use program::{Outcome, Program};
pub(crate) use project::Project;
