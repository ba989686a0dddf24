use rust_decimal::RoundingStrategy;

use crate::eval::fault::{Fault, quote};
use crate::eval::rounding::round_to;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, optional};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "round",
        group: "number",
        summary: "Rounds to so many digits behind the point (0 unless said; negative ones round tens \
                  and hundreds). A half is rounded away from zero, as sheets do it, or to the even \
                  digit with `\"half_even\"`.",
        parameters: optional(
            &[("number", ParameterKind::Number)],
            &[
                ("digits", ParameterKind::Integer),
                ("halves", ParameterKind::Text),
            ],
        ),
        returns: Returns::Type(Type::Decimal),
        examples: &[
            example("round(2.345, 2)", "2.35"),
            example("round(-2.5)", "-3"),
            example(r#"round(2.345, 2, "half_even")"#, "2.34"),
            example(r#"round(2.5, 0, "half_up")"#, "3"),
            example("round(1250, -2)", "1300"),
            example(r#"round(1, 0, "up")"#, "error: is not a rule for halves"),
        ],
        check_literals: Some(check_halves),
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let digits = call.integer(1)?.unwrap_or(0);
    let rule = match call.text(2)? {
        Some(name) => rule(&name).map_err(|message| Fault::new(message).at(2))?,
        None => RoundingStrategy::MidpointAwayFromZero,
    };
    let Some(number) = call.number(0)? else {
        return Ok(Value::Null);
    };
    round_to(number.to_decimal(), digits, rule).map(Value::Decimal)
}

fn rule(name: &str) -> Result<RoundingStrategy, String> {
    match name {
        "half_up" => Ok(RoundingStrategy::MidpointAwayFromZero),
        "half_even" => Ok(RoundingStrategy::MidpointNearestEven),
        _ => Err(format!(
            "{} is not a rule for halves; `half_up` and `half_even` are",
            quote(name)
        )),
    }
}

fn check_halves(literals: &[Option<&Value>]) -> Result<(), (usize, String)> {
    match literals.get(2) {
        Some(Some(Value::Text(name))) => rule(name).map(drop).map_err(|message| (2, message)),
        _ => Ok(()),
    }
}
