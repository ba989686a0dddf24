use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Function, example, optional};
use super::written::{check_written, read_number};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "number",
        group: "number",
        summary: "Reads a number; text must be plain digits such as `-12.50`, unless `\"comma\"` \
                  (1.234,56) or `\"point\"` (1,234.56) says how it is written.",
        parameters: optional(
            &[("value", ParameterKind::Any)],
            &[("written", ParameterKind::Text)],
        ),
        returns: Returns::Type(Type::Any),
        examples: &[
            example(r#"number("12.50")"#, "12.50"),
            example(r#"number("1.234,56", "comma")"#, "1234.56"),
            example(r#"number("1,234.56", "point")"#, "1234.56"),
            example(r#"number("12,00")"#, "error: is not a number"),
            example(r#"number("1.23,4", "comma")"#, "error: is not a number"),
        ],
        check_literals: Some(check_written),
    },
    pattern: None,
    run: |call| Ok(read_number(call)?.map_or(Value::Null, Value::from)),
};
