use jiff::Timestamp;

use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "time",
        group: "date",
        summary: "Reads a moment: ISO text, a date (midnight UTC), or the Unix seconds that Stripe answers \
                  with.",
        parameters: required(&[("value", ParameterKind::Any)]),
        returns: Returns::Type(Type::Time),
        examples: &[
            example(
                r#"text(time("2026-01-31T10:00:00+02:00"))"#,
                r#""2026-01-31T08:00:00Z""#,
            ),
            example("date(time(1769817600))", "2026-01-31"),
            example(r#"time("noon")"#, "error: is not a date"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    if let Value::Integer(seconds) = call.value(0) {
        return Timestamp::from_second(*seconds)
            .map(Value::Time)
            .map_err(|_| Fault::new(format!("`{seconds}` seconds are beyond the calendar")).at(0));
    }
    match call.moment(0)? {
        Some(moment) => Ok(Value::Time(moment.timestamp()?)),
        None => Ok(Value::Null),
    }
}
