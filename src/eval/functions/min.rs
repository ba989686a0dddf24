use std::cmp::Ordering;

use crate::eval::compare::order;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Parameters, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example};
use super::spread::spread;

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "min",
        group: "number",
        summary: "Gives the least of several values or of a list: numbers, dates or texts; empty ones \
                  are left out.",
        parameters: Parameters {
            required: &[("value", ParameterKind::Any)],
            optional: &[],
            rest: Some(("values", ParameterKind::Any)),
        },
        returns: Returns::Type(Type::Any),
        examples: &[
            example("min(3, 1.5)", "1.5"),
            example("min([2026-01-31, 2026-02-01])", "2026-01-31"),
            example("min(null, 4)", "4"),
            example("min([])", "null"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let mut best: Option<&Value> = None;
    for (index, value) in spread(call) {
        let is_better = match best {
            Some(best) => order(value, best)
                .map_err(|fault| Fault::new(fault.message).at(index))?
                .is_some_and(Ordering::is_lt),
            None => !value.is_empty(),
        };
        if is_better {
            best = Some(value);
        }
    }
    Ok(best.cloned().unwrap_or(Value::Null))
}
