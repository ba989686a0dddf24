use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, UNCHECKED, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "integer",
        group: "number",
        summary: "Reads a whole number; one with a fraction is refused, not rounded.",
        parameters: required(&[("value", ParameterKind::Any)]),
        returns: Returns::Type(Type::Integer),
        examples: &[
            example(r#"integer("1200")"#, r#"1200"#),
            example(r#"integer(12.00)"#, r#"12"#),
            example(r#"integer(12.5)"#, r#"error: is not a whole number"#),
        ],
        check_literals: UNCHECKED,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    Ok(call.integer(0)?.map_or(Value::Null, Value::Integer))
}
