use std::borrow::Cow;

use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Type;

use super::function::{Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "title",
        group: "text",
        summary: "Gives each word a capital and makes its other letters small; an apostrophe does not \
                  begin a word.",
        parameters: required(&[("text", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[
            example(r#"title("ann LEE-smith")"#, r#""Ann Lee-Smith""#),
            example(r#"title("the baker's shop")"#, r#""The Baker's Shop""#),
        ],
        check_literals: None,
    },
    pattern: None,
    run: |call| call.map_text(0, |text| Cow::Owned(to_title(text))),
};

fn to_title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        if inside {
            titled.extend(letter.to_lowercase());
        } else {
            titled.extend(letter.to_uppercase());
        }
        inside = letter.is_alphanumeric() || matches!(letter, '\'' | '\u{2019}') && inside;
    }
    titled
}
