//! The table of functions: one file each, with its types, its examples and what it does.
//!
//! Functions are pure and total: any value gives a value or a fault, and what they build is bounded.

mod abs;
mod add_days;
mod add_months;
mod amount;
mod average;
mod ceil;
mod cents;
mod contains;
mod count;
mod date;
mod day;
mod days_between;
mod decimal;
mod digits;
mod distinct;
mod ends_with;
#[cfg(test)]
mod examples;
mod extract;
mod first;
mod floor;
mod format_date;
mod function;
mod integer;
mod is_email;
mod join;
mod json;
mod last;
mod length;
mod lower;
mod matches;
mod max;
mod min;
mod month;
mod number;
mod pad;
mod pattern;
mod replace;
mod round;
mod sha256;
mod slice;
mod split;
mod spread;
mod squeeze;
mod starts_with;
mod sum;
mod text;
mod time;
mod timestamp;
mod title;
mod today;
mod trim;
mod upper;
mod written;
mod year;

use crate::lang::Signature;

pub(super) use function::{Call, Function};
pub(super) use pattern::compile_pattern;

/// All functions, sorted by name.
static TABLE: [&Function; 49] = [
    &abs::FUNCTION,
    &add_days::FUNCTION,
    &add_months::FUNCTION,
    &amount::FUNCTION,
    &average::FUNCTION,
    &ceil::FUNCTION,
    &cents::FUNCTION,
    &contains::FUNCTION,
    &count::FUNCTION,
    &date::FUNCTION,
    &day::FUNCTION,
    &days_between::FUNCTION,
    &decimal::FUNCTION,
    &digits::FUNCTION,
    &distinct::FUNCTION,
    &ends_with::FUNCTION,
    &extract::FUNCTION,
    &first::FUNCTION,
    &floor::FUNCTION,
    &format_date::FUNCTION,
    &integer::FUNCTION,
    &is_email::FUNCTION,
    &join::FUNCTION,
    &json::FUNCTION,
    &last::FUNCTION,
    &length::FUNCTION,
    &lower::FUNCTION,
    &matches::FUNCTION,
    &max::FUNCTION,
    &min::FUNCTION,
    &month::FUNCTION,
    &number::FUNCTION,
    &pad::FUNCTION,
    &replace::FUNCTION,
    &round::FUNCTION,
    &sha256::FUNCTION,
    &slice::FUNCTION,
    &split::FUNCTION,
    &squeeze::FUNCTION,
    &starts_with::FUNCTION,
    &sum::FUNCTION,
    &text::FUNCTION,
    &time::FUNCTION,
    &timestamp::FUNCTION,
    &title::FUNCTION,
    &today::FUNCTION,
    &trim::FUNCTION,
    &upper::FUNCTION,
    &year::FUNCTION,
];

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
