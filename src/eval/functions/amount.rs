use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Money, Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "amount",
        group: "money",
        summary: "Turns minor units back into an amount with the currency's own decimals.",
        parameters: required(&[
            ("minor", ParameterKind::Integer),
            ("currency", ParameterKind::Text),
        ]),
        returns: Returns::Type(Type::Decimal),
        examples: &[
            example(r#"amount(1250, "usd")"#, "12.50"),
            example(r#"amount(500, "jpy")"#, "500"),
            example(r#"amount(12.5, "usd")"#, "error: is not a whole number"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let Some(minor) = call.integer(0)? else {
        return Ok(Value::Null);
    };
    let currency = call.currency(1)?;
    Ok(Value::Decimal(Money { minor, currency }.to_major()))
}
