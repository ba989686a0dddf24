//! Tree to text in one canonical form.
//!
//! The tokens of the text are kept as they are and laid out anew: one statement a line, two spaces for each
//! block, `=` in one column of a block. Where an expression goes on over lines, it still does. Comments stay
//! where they stand; of blank lines one is kept. What the parser could not understand is left as it is.

mod align;
mod layout;
mod outline;
#[cfg(test)]
mod tests;
mod token;

use super::syntax::File;

/// Formats a file that was read from `text`. Formatting twice changes nothing more, and the tree stays the same.
pub fn format(file: &File, text: &str) -> String {
    let outline = outline::of(file, text);
    let formatted = layout::lay_out(text, &outline);
    // A text whose tokens did not all survive is no better than before.
    if token::same(text, &formatted) {
        formatted
    } else {
        text.to_owned()
    }
}
