use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "timestamp",
        group: "date",
        summary: "Gives the Unix seconds of a time; a date begins at midnight UTC.",
        parameters: required(&[("value", ParameterKind::DateOrTime)]),
        returns: Returns::Type(Type::Integer),
        examples: &[
            example("timestamp(2026-01-31)", "1769817600"),
            example(r#"timestamp("2026-01-31T10:00:00+02:00")"#, "1769846400"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    match call.moment(0)? {
        Some(moment) => Ok(Value::Integer(moment.timestamp()?.as_second())),
        None => Ok(Value::Null),
    }
}
