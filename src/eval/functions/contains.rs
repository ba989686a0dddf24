use crate::eval::compare::equal;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "contains",
        group: "text",
        summary: "Tells whether a text holds another, or a list holds a value.",
        parameters: required(&[("value", ParameterKind::Any), ("part", ParameterKind::Any)]),
        returns: Returns::Type(Type::Boolean),
        examples: &[
            example(r#"contains("Gold plan", "Gold")"#, "true"),
            example(r#"contains(["a", "b"], "b")"#, "true"),
            example(r#"contains(null, "a")"#, "false"),
        ],
        check_literals: None,
    },
    pattern: None,
    run: contains,
};

fn contains(call: &Call<'_>) -> Result<Value, Fault> {
    let found = match call.value(0) {
        Value::List(items) => items.iter().any(|item| equal(item, call.value(1))),
        _ => match (call.text(0)?, call.text(1)?) {
            (Some(text), Some(part)) => text.contains(&*part),
            _ => false,
        },
    };
    Ok(Value::Boolean(found))
}
