use crate::eval::fault::Fault;
use crate::eval::number::Number;
use crate::lang::{ParameterKind, Parameters, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example};
use super::spread::total;

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "average",
        group: "number",
        summary: "Gives the mean of several numbers or of those of a list; empty ones are left out.",
        parameters: Parameters {
            required: &[("value", ParameterKind::Any)],
            optional: &[],
            rest: Some(("values", ParameterKind::Any)),
        },
        returns: Returns::Type(Type::Decimal),
        examples: &[
            example("average([1, 2, null])", "1.5"),
            example("average([])", "null"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let (sum, count) = total(call)?;
    if count == 0 {
        return Ok(Value::Null);
    }
    sum.divide(Number::Integer(count)).map(Value::from)
}
