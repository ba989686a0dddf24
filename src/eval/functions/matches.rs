use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};
use super::pattern::check_second;

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "matches",
        group: "text",
        summary: "Tells whether a regular expression finds something in a text; `^` and `$` stand for \
                  its ends.",
        parameters: required(&[("text", ParameterKind::Text), ("pattern", ParameterKind::Text)]),
        returns: Returns::Type(Type::Boolean),
        examples: &[
            example("matches('DE123456789', '^DE[0-9]{9}$')", "true"),
            example("matches('abc', 'x')", "false"),
            example("matches('abc', '(')", "error: is not a regular expression"),
        ],
        check_literals: Some(check_second),
    },
    pattern: Some(1),
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let pattern = call.pattern(1)?;
    let found = call.text(0)?.is_some_and(|text| pattern.is_match(&text));
    Ok(Value::Boolean(found))
}
