use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "integer",
        group: "number",
        summary: "Reads a whole number; one with a fraction is refused, not rounded.",
        parameters: required(&[("value", ParameterKind::Any)]),
        returns: Returns::Type(Type::Integer),
        examples: &[
            example(r#"integer("1200")"#, "1200"),
            example("integer(12.00)", "12"),
            example("integer(12.5)", "error: is not a whole number"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    Ok(call.integer(0)?.map_or(Value::Null, Value::Integer))
}
