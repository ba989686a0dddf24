use crate::eval::fault::Fault;
use crate::eval::number::Number;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Value;

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "abs",
        group: "number",
        summary: "Drops the sign of a number.",
        parameters: required(&[("number", ParameterKind::Number)]),
        returns: Returns::Number,
        examples: &[example("abs(-12.50)", "12.50"), example("abs(3)", "3")],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    Ok(match call.number(0)? {
        None => Value::Null,
        Some(number) if number < Number::Integer(0) => number.negate().into(),
        Some(number) => number.into(),
    })
}
