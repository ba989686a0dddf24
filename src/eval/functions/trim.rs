use std::borrow::Cow;

use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Type;

use super::function::{Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "trim",
        group: "text",
        summary: "Removes white space from both ends, no-break and zero-width spaces included.",
        parameters: required(&[("text", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[example(r#"trim("  Ann Lee ")"#, r#""Ann Lee""#)],
        check_literals: None,
    },
    pattern: None,
    run: |call| call.map_text(0, |text| Cow::Borrowed(text.trim_matches(is_blank))),
};

/// Pages and mails that people copy from hold zero-width spaces and byte-order marks.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{2060}' | '\u{feff}')
}
