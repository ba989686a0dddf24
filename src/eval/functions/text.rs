use crate::eval::convert::to_shown_text;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "text",
        group: "text",
        summary: "Writes a value as text: dates as 2026-01-31, numbers with the digits they have.",
        parameters: required(&[("value", ParameterKind::Any)]),
        returns: Returns::Type(Type::Text),
        examples: &[
            example("text(12.50)", r#""12.50""#),
            example("text(2026-01-31)", r#""2026-01-31""#),
            example("text([1, 2])", r#""[1, 2]""#),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    match call.value(0) {
        Value::Null => Ok(Value::Null),
        Value::Text(text) => Ok(Value::Text(text.clone())),
        value => to_shown_text(value).map(Value::text),
    }
}
