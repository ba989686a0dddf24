use crate::lang::{ParameterKind, Parameters, Returns, Signature};

use super::function::{Function, UNCHECKED, example};
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
            example(r#"sum([12.50, null, 0.50])"#, r#"13.00"#),
            example(r#"sum(1, 2, 3)"#, r#"6"#),
            example(r#"sum([])"#, r#"0"#),
            example(r#"sum(["x"])"#, r#"error: is not a number"#),
        ],
        check_literals: UNCHECKED,
    },
    pattern: None,
    run: |call| Ok(total(call)?.0.into()),
};
