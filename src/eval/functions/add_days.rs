use jiff::Span;

use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "add_days",
        group: "date",
        summary: "Goes so many days on from a date, or back when they are negative.",
        parameters: required(&[("date", ParameterKind::Date), ("days", ParameterKind::Integer)]),
        returns: Returns::Type(Type::Date),
        examples: &[
            example("add_days(2026-01-31, 30)", "2026-03-02"),
            example(r#"add_days("2026-03-01", -1)"#, "2026-02-28"),
            example("add_days(2026-01-31, 9999999999)", "error: beyond the calendar"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let (Some(date), Some(days)) = (call.date(0)?, call.integer(1)?) else {
        return Ok(Value::Null);
    };
    Span::new()
        .try_days(days)
        .and_then(|span| date.checked_add(span))
        .map(Value::Date)
        .map_err(|_| Fault::new(format!("{days} days from {date} is beyond the calendar")).at(1))
}
