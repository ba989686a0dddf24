use std::borrow::Cow;

use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Type;

use super::function::{Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "digits",
        group: "text",
        summary: "Keeps the digits 0 to 9 and drops everything else.",
        parameters: required(&[("text", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[example(r#"digits("+1 (555) 010-9999")"#, r#""15550109999""#)],
        check_literals: None,
    },
    pattern: None,
    run: |call| call.map_text(0, keep_digits),
};

fn keep_digits(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(char::is_ascii_digit).collect())
}
