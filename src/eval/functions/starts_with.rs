use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "starts_with",
        group: "text",
        summary: "Tells whether a text begins with another; capitals and small letters differ.",
        parameters: required(&[("text", ParameterKind::Text), ("part", ParameterKind::Text)]),
        returns: Returns::Type(Type::Boolean),
        examples: &[example(r#"starts_with("INV-7", "INV-")"#, "true")],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let holds = match (call.text(0)?, call.text(1)?) {
        (Some(text), Some(part)) => text.starts_with(&*part),
        _ => false,
    };
    Ok(Value::Boolean(holds))
}
