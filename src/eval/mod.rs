//! Program and row to desired requests, and the function table. Pure: clock and row come in as arguments.
//!
//! An [`Evaluator`] is built once for a flow and shared among threads. What its rules are:
//!
//! - **Empty.** `null`, and text of white space alone, count as empty. In arithmetic they give `null`; in
//!   a comparison with `<` and its like they give `null`; where a condition is wanted they count as
//!   false, so that `not` makes them true. `== null` holds for empty text too.
//! - **Numbers** are exact. Integers that leave 64 bits go on as decimals; decimals keep 28 digits, and a
//!   result that does not fit rejects the row. `/` always gives a decimal. `%` has the sign of its right
//!   side, as a sheet's `MOD` has.
//! - **Text that is a number** (`1200`, `-3.50`, with white space around it) is taken where a number is
//!   wanted; `12,00` and `1e3` are not. The same holds for ISO dates. Text is never a boolean.
//! - **Equality** compares numbers by value (`1.0 == 1`), text exactly (`"007" != "7"`), and text with a
//!   number or a date by what the text says (`"7.0" == 7`). **Order** is that of numbers when both sides
//!   are numbers or texts that are; else text is ordered by its characters.
//! - **Unknown.** What a step will answer is unknown until it has run; what is computed from it is
//!   unknown too, unless it can't matter (`false and …`). The other operands are checked all the same.
//! - **At fault** is the cell that the failing part of an expression read, when it read exactly one.

mod batch;
mod bounded;
mod compare;
mod compile;
mod convert;
mod encode;
mod evaluate;
mod evaluator;
mod expected;
mod fault;
mod functions;
mod guards;
mod lookups;
mod node;
mod number;
mod objects;
mod operate;
mod plugins;
mod rounding;
mod scalar;
mod stages;
#[cfg(test)]
mod testing;
mod walk;

pub use batch::Prepared;
pub use evaluator::Evaluator;
pub use expected::expected_fields;
pub use functions::signatures;
pub use guards::{GuardTotals, PlanCounts};
pub use lookups::Lookups;
pub use objects::Objects;
pub use plugins::Plugins;
pub use stages::Stage;
pub use walk::{Stop, Walk};
