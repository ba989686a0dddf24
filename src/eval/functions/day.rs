use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "day",
        group: "date",
        summary: "Gives the day of the month of a date, from 1 to 31.",
        parameters: required(&[("date", ParameterKind::Date)]),
        returns: Returns::Type(Type::Integer),
        examples: &[example("day(2026-01-31)", "31")],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let part = call.date(0)?.map(|date| i64::from(date.day()));
    Ok(part.map_or(Value::Null, Value::Integer))
}
