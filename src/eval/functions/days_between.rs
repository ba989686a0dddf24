use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "days_between",
        group: "date",
        summary: "Counts the days from one date to another; negative when the other is earlier.",
        parameters: required(&[("from", ParameterKind::Date), ("to", ParameterKind::Date)]),
        returns: Returns::Type(Type::Integer),
        examples: &[
            example("days_between(2026-01-31, 2026-03-02)", "30"),
            example("days_between(2026-03-02, 2026-01-31)", "-30"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let (Some(from), Some(to)) = (call.date(0)?, call.date(1)?) else {
        return Ok(Value::Null);
    };
    match from.until(to) {
        Ok(span) => Ok(Value::Integer(span.get_days().into())),
        Err(_) => Err(Fault::new(format!("{from} and {to} are too far apart"))),
    }
}
