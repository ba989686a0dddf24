//! Plans that are kept: `plan --out FILE` writes one, `apply FILE` carries it out and nothing else.
//!
//! A kept plan is never carried out as it stands. Everything is planned again, under the lock, and compared record
//! by record with the file: the same plan, or a refusal that says what has moved. So nothing is sent that the file
//! does not say, and nothing of the file has to be trusted.
//!
//! The file is lines of JSON: a [`header::Header`], one [`line::Line`] for each record, and an end with the hash of
//! all bytes before it.

mod compare;
mod describe;
mod error;
mod header;
mod line;
mod read;
mod write;

pub use error::{Moved, MovedPart, PlanFileError};
pub use read::KeptPlan;

pub(super) use compare::compare;
pub(super) use header::{FlowMark, Header, SourceMark};
pub(super) use write::write;
