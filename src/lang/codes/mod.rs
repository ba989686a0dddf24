//! Every code of the language, with the page that `sheetflow explain` shows.
//!
//! In the examples of a page, the first block of code has the problem and the second one does not; a test
//! holds both.

pub(super) mod syntax;

use crate::diag::Code;

/// Gives every code of the language, sorted by its id.
pub fn codes() -> &'static [&'static Code] {
    const ALL: &[&Code] = &[
        &syntax::UNEXPECTED,
        &syntax::UNKNOWN_LINE,
        &syntax::MISSING,
        &syntax::BRACKET,
        &syntax::QUOTE,
        &syntax::LITERAL,
        &syntax::DEPTH,
        &syntax::NAME,
    ];
    ALL
}
