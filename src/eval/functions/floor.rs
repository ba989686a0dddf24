use crate::eval::fault::Fault;
use crate::eval::number::{Number, too_large};
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, UNCHECKED, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "floor",
        group: "number",
        summary: "Gives the greatest whole number that is not above a number.",
        parameters: required(&[("number", ParameterKind::Number)]),
        returns: Returns::Type(Type::Integer),
        examples: &[
            example(r#"floor(2.7)"#, r#"2"#),
            example(r#"floor(-2.1)"#, r#"-3"#),
        ],
        check_literals: UNCHECKED,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let Some(number) = call.number(0)? else {
        return Ok(Value::Null);
    };
    let whole = Number::Decimal(number.to_decimal().floor()).to_integer();
    whole.map(Value::Integer).ok_or_else(|| too_large().at(0))
}
