use jiff::Span;

use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "add_months",
        group: "date",
        summary: "Goes so many months on from a date; where the month is too short, to its last day.",
        parameters: required(&[("date", ParameterKind::Date), ("months", ParameterKind::Integer)]),
        returns: Returns::Type(Type::Date),
        examples: &[
            example("add_months(2026-01-31, 1)", "2026-02-28"),
            example("add_months(2026-03-31, -1)", "2026-02-28"),
            example("add_months(2026-01-15, 12)", "2027-01-15"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let (Some(date), Some(months)) = (call.date(0)?, call.integer(1)?) else {
        return Ok(Value::Null);
    };
    Span::new()
        .try_months(months)
        .and_then(|span| date.checked_add(span))
        .map(Value::Date)
        .map_err(|_| Fault::new(format!("{months} months from {date} is beyond the calendar")).at(1))
}
