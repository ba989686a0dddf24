use crate::lang::{ParameterKind, Parameters, Returns, Signature};

use super::function::{Function, example};
use super::spread::total;

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "sum",
        group: "number",
        summary: "Adds several numbers or those of a list; empty ones are left out.",
        parameters: Parameters {
            required: &[("value", ParameterKind::Any)],
            optional: &[],
            rest: Some(("values", ParameterKind::Any)),
        },
        returns: Returns::Number,
        examples: &[
            example("sum([12.50, null, 0.50])", "13.00"),
            example("sum(1, 2, 3)", "6"),
            example("sum([])", "0"),
            example(r#"sum(["x"])"#, "error: is not a number"),
        ],
        check_literals: None,
    },
    pattern: None,
    run: |call| Ok(total(call)?.0.into()),
};
