use std::borrow::Cow;

use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Type;

use super::function::{Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "squeeze",
        group: "text",
        summary: "Removes white space from both ends and leaves one space wherever there is more inside.",
        parameters: required(&[("text", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[example(r#"squeeze("  Ann   Lee ")"#, r#""Ann Lee""#)],
        check_literals: None,
    },
    pattern: None,
    run: |call| call.map_text(0, squeeze),
};

fn squeeze(text: &str) -> Cow<'_, str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let squeezed = words.join(" ");
    if squeezed == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(squeezed)
    }
}
