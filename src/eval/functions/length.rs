use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "length",
        group: "text",
        summary: "Counts the characters of a text or the items of a list; an empty cell has none.",
        parameters: required(&[("value", ParameterKind::Any)]),
        returns: Returns::Type(Type::Integer),
        examples: &[
            example(r#"length("Zoë")"#, "3"),
            example("length([1, 2])", "2"),
            example("length(null)", "0"),
        ],
        check_literals: None,
    },
    pattern: None,
    run: length,
};

fn length(call: &Call<'_>) -> Result<Value, Fault> {
    let length = match call.value(0) {
        Value::List(items) => items.len(),
        _ => call.text(0)?.map_or(0, |text| text.chars().count()),
    };
    Ok(Value::Integer(i64::try_from(length).unwrap_or(i64::MAX)))
}
