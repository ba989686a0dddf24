use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, optional};
use super::written::{check_written, read_number};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "decimal",
        group: "number",
        summary: "Reads a decimal, as `number` does.",
        parameters: optional(
            &[("value", ParameterKind::Any)],
            &[("written", ParameterKind::Text)],
        ),
        returns: Returns::Type(Type::Decimal),
        examples: &[
            example(r#"decimal("1.234,56", "comma")"#, "1234.56"),
            example(r#"decimal("7")"#, "7"),
            example(r#"decimal("12,00")"#, "error: is not a number"),
        ],
        check_literals: Some(check_written),
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    Ok(read_number(call)?.map_or(Value::Null, |number| Value::Decimal(number.to_decimal())))
}
