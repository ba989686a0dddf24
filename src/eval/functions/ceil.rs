use crate::eval::fault::Fault;
use crate::eval::number::{Number, too_large};
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "ceil",
        group: "number",
        summary: "Gives the least whole number that is not below a number.",
        parameters: required(&[("number", ParameterKind::Number)]),
        returns: Returns::Type(Type::Integer),
        examples: &[example("ceil(2.1)", "3"), example("ceil(-2.7)", "-2")],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let Some(number) = call.number(0)? else {
        return Ok(Value::Null);
    };
    let whole = Number::Decimal(number.to_decimal().ceil()).to_integer();
    whole.map(Value::Integer).ok_or_else(|| too_large().at(0))
}
