use std::borrow::Cow;

use crate::eval::bounded::check_text;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "replace",
        group: "text",
        summary: "Puts one text in the place of another, everywhere.",
        parameters: required(&[
            ("text", ParameterKind::Text),
            ("old", ParameterKind::Text),
            ("new", ParameterKind::Text),
        ]),
        returns: Returns::Type(Type::Text),
        examples: &[
            example(r#"replace("a-b-c", "-", "")"#, r#""abc""#),
            example(r#"replace("a", "", "b")"#, "error: the text to replace is empty"),
        ],
        check_literals: None,
    },
    pattern: None,
    run: replace,
};

fn replace(call: &Call<'_>) -> Result<Value, Fault> {
    let Some(text) = call.text(0)? else {
        return Ok(Value::Null);
    };
    let old = call.text(1)?.unwrap_or_default();
    let new = call.text(2)?.unwrap_or_default();
    if old.is_empty() {
        return Err(Fault::new("the text to replace is empty").at(1));
    }
    let found = text.matches(&*old).count();
    if found == 0 {
        return call.map_text(0, |text| Cow::Borrowed(text));
    }
    check_text(text.len().saturating_add(found.saturating_mul(new.len())))?;
    Ok(Value::text(text.replace(&*old, &new)))
}
