//! What the tests of the whole program share: a pinned surrounding to run it in, and projects.

mod bench;
mod clock;
mod program;
mod project;
mod stripe;

pub(crate) use bench::Bench;
pub(crate) use clock::standing_clock;
pub(crate) use program::{Outcome, Program, totals};
pub(crate) use project::Project;
pub(crate) use stripe::Stripe;
