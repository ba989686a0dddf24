use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Value;

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "first",
        group: "list",
        summary: "Gives the first item of a list; null when it has none.",
        parameters: required(&[("list", ParameterKind::List)]),
        returns: Returns::ItemOf(0),
        examples: &[
            example(r#"first(["a", "b"])"#, r#""a""#),
            example("first([])", "null"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let item = call.list(0)?.and_then(<[Value]>::first);
    Ok(item.cloned().unwrap_or(Value::Null))
}
