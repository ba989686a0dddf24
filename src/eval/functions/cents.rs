use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Money, Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "cents",
        group: "money",
        summary: "Turns an amount into minor units by Stripe's own table of currencies, and refuses \
                  what would need rounding.",
        parameters: required(&[
            ("amount", ParameterKind::Number),
            ("currency", ParameterKind::Text),
        ]),
        returns: Returns::Type(Type::Integer),
        examples: &[
            example(r#"cents(12.50, "usd")"#, "1250"),
            example(r#"cents("500", "JPY")"#, "500"),
            example(r#"cents(5, "isk")"#, "500"),
            example(
                r#"cents(0.005, "usd")"#,
                "error: has more decimals than Stripe takes for usd",
            ),
            example(r#"cents("12,00", "usd")"#, "error: is not a number"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let Some(amount) = call.number(0)? else {
        return Ok(Value::Null);
    };
    let currency = call.currency(1)?;
    Money::from_major(amount.to_decimal(), currency)
        .map(|money| Value::Integer(money.minor))
        .map_err(|error| Fault::new(error.to_string()).at(0))
}
