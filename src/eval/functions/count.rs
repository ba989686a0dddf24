use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Parameters, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example};
use super::spread::spread;

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "count",
        group: "list",
        summary: "Counts the values, or the items of a list, that are not empty.",
        parameters: Parameters {
            required: &[("value", ParameterKind::Any)],
            optional: &[],
            rest: Some(("values", ParameterKind::Any)),
        },
        returns: Returns::Type(Type::Integer),
        examples: &[
            example(r#"count(["a", null, "b"])"#, "2"),
            example("count([])", "0"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let count = spread(call).filter(|(_, value)| !value.is_empty()).count();
    Ok(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)))
}
