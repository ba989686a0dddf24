//! The table of functions: one file each, with its types, its examples and what it does.
//!
//! Functions are pure and total: any value gives a value or a fault, and what they build is bounded.

mod function;
mod lower;
mod pattern;
mod trim;

use crate::lang::Signature;

pub(super) use function::{Call, Function};
pub(super) use pattern::compile_pattern;

/// All functions, by name.
static TABLE: [&Function; 2] = [&lower::FUNCTION, &trim::FUNCTION];

/// Gives what is known of every function, sorted by name.
pub fn signatures() -> Vec<&'static Signature> {
    TABLE.iter().map(|function| &function.signature).collect()
}

/// Finds a function by name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    TABLE
        .binary_search_by(|function| function.signature.name.cmp(name))
        .ok()
        .and_then(|index| TABLE.get(index).copied())
}
