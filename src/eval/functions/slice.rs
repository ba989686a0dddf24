use std::borrow::Cow;

use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, optional};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "slice",
        group: "text",
        summary: "Gives the characters from one position up to another, which is not included; counted \
                  from 0, negative ones from the end.",
        parameters: optional(
            &[("text", ParameterKind::Text), ("start", ParameterKind::Integer)],
            &[("end", ParameterKind::Integer)],
        ),
        returns: Returns::Type(Type::Text),
        examples: &[
            example(r#"slice("INV-2026", 4)"#, r#""2026""#),
            example(r#"slice("abcdef", 1, 3)"#, r#""bc""#),
            example(r#"slice("4242424242424242", -4)"#, r#""4242""#),
            example(r#"slice("abc", 5)"#, r#""""#),
        ],
        check_literals: None,
    },
    pattern: None,
    run: slice,
};

fn slice(call: &Call<'_>) -> Result<Value, Fault> {
    let start = call.integer(1)?.unwrap_or(0);
    let end = call.integer(2)?;
    call.map_text(0, |text| {
        let length = text.chars().count();
        let start = position(start, length);
        let end = end.map_or(length, |end| position(end, length));
        let from = byte_of(text, start);
        let to = byte_of(text, end.max(start));
        Cow::Borrowed(text.get(from..to).unwrap_or(""))
    })
}

/// Turns a position, which may count from the end, into one from 0 to the length.
fn position(index: i64, length: usize) -> usize {
    let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index < 0 {
        length.saturating_sub(distance)
    } else {
        distance.min(length)
    }
}

fn byte_of(text: &str, position: usize) -> usize {
    text.char_indices()
        .nth(position)
        .map_or(text.len(), |(byte, _)| byte)
}
