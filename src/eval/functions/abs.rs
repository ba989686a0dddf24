use crate::eval::fault::Fault;
use crate::eval::number::Number;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Value;

use super::function::{Call, Function, UNCHECKED, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "abs",
        group: "number",
        summary: "Drops the sign of a number.",
        parameters: required(&[("number", ParameterKind::Number)]),
        returns: Returns::Number,
        examples: &[
            example(r#"abs(-12.50)"#, r#"12.50"#),
            example(r#"abs(3)"#, r#"3"#),
        ],
        check_literals: UNCHECKED,
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
