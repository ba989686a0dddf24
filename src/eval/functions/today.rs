use crate::lang::{Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "today",
        group: "date",
        summary: "Gives the day of the run, which stays the same until the run ends.",
        parameters: required(&[]),
        returns: Returns::Type(Type::Date),
        examples: &[example("days_between(today(), today())", "0")],
        check_literals: None,
    },
    pattern: None,
    run: |call| Ok(Value::Date(call.today)),
};
