//! What the tests of the whole program share: a pinned surrounding to run it in.

mod program;

pub(crate) use program::Program;
