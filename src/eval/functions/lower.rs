use std::borrow::Cow;

use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Type;

use super::function::{Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "lower",
        group: "text",
        summary: "Turns all letters into small ones.",
        parameters: required(&[("text", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[
            example(r#"lower("Ann@Example.COM")"#, r#""ann@example.com""#),
            example(r#"lower("ÄÖ")"#, r#""äö""#),
        ],
        check_literals: None,
    },
    pattern: None,
    run: |call| call.map_text(0, to_lower),
};

fn to_lower(text: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(is_lower) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}
