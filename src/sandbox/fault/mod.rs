//! Faults on request: what a network and a busy server do to a client, by probability and by seed.
//!
//! What happens to a request follows from the seed, from the request itself (its idempotency key, else its
//! method, path and parameters) and from how many times it came before: runs repeat, although their requests
//! run side by side.

mod answer;
mod body;
mod draw;
mod kind;
mod rate;

pub(super) use answer::{at_the_door, instead, spoil, spoils};
pub(super) use body::cut;
pub(super) use draw::{Dice, Drawn};
pub use kind::FaultKind;
pub use rate::{FaultRate, FaultRateError, Faults};
