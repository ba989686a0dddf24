use crate::eval::bounded::BoundedText;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "json",
        group: "other",
        summary: "Writes a value as JSON; dates and times become text, decimals keep their digits.",
        parameters: required(&[("value", ParameterKind::Any)]),
        returns: Returns::Type(Type::Text),
        examples: &[
            example(
                r#"json({ name: "Ann", amount: 12.50 })"#,
                r#"'{"amount":12.50,"name":"Ann"}'"#,
            ),
            example("json(null)", r#""null""#),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let mut text = BoundedText::default();
    write(call.value(0), &mut text)?;
    Ok(Value::text(text.finish()))
}

fn write(value: &Value, text: &mut BoundedText) -> Result<(), Fault> {
    match value {
        Value::Null | Value::Unknown => text.push("null"),
        Value::Boolean(_) | Value::Integer(_) | Value::Decimal(_) => text.push(value),
        Value::Text(inner) => text.push(serde_json::Value::from(&**inner)),
        Value::Date(_) | Value::Time(_) => text.push(serde_json::Value::from(value.to_string())),
        Value::List(items) => {
            text.push("[")?;
            for (index, item) in items.iter().enumerate() {
                text.push(if index > 0 { "," } else { "" })?;
                write(item, text)?;
            }
            text.push("]")
        }
        Value::Record(members) => {
            text.push("{")?;
            for (index, (name, member)) in members.iter().enumerate() {
                text.push(if index > 0 { "," } else { "" })?;
                text.push(serde_json::Value::from(name.as_str()))?;
                text.push(":")?;
                write(member, text)?;
            }
            text.push("}")
        }
    }
}
