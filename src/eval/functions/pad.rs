use std::borrow::Cow;

use crate::eval::bounded::check_text;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "pad",
        group: "text",
        summary: "Fills a text up on the left until it has so many characters.",
        parameters: required(&[
            ("text", ParameterKind::Text),
            ("length", ParameterKind::Integer),
            ("fill", ParameterKind::Text),
        ]),
        returns: Returns::Type(Type::Text),
        examples: &[
            example(r#"pad(7, 5, "0")"#, r#""00007""#),
            example(r#"pad("12345678", 5, "0")"#, r#""12345678""#),
            example(r#"pad("7", 5, "")"#, "error: one character"),
        ],
        check_literals: None,
    },
    pattern: None,
    run: pad,
};

fn pad(call: &Call<'_>) -> Result<Value, Fault> {
    let wanted = usize::try_from(call.integer(1)?.unwrap_or(0)).unwrap_or(0);
    let fill = call.text(2)?.unwrap_or_default();
    let mut letters = fill.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return Err(Fault::new("the fill must be one character").at(2));
    };
    let Some(text) = call.text(0)? else {
        return Ok(Value::Null);
    };
    let missing = wanted.saturating_sub(text.chars().count());
    if missing == 0 {
        return call.map_text(0, |text| Cow::Borrowed(text));
    }
    check_text(
        missing
            .saturating_mul(letter.len_utf8())
            .saturating_add(text.len()),
    )?;
    let mut padded: String = std::iter::repeat_n(letter, missing).collect();
    padded.push_str(&text);
    Ok(Value::text(padded))
}
