use crate::eval::bounded::BoundedText;
use crate::eval::convert::to_text;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "join",
        group: "text",
        summary: "Puts the items of a list into one text, with a separator between them; empty items \
                  are left out.",
        parameters: required(&[("list", ParameterKind::List), ("separator", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[example(
            r#"join(["12 Main St", null, "Springfield"], ", ")"#,
            r#""12 Main St, Springfield""#,
        )],
        check_literals: None,
    },
    pattern: None,
    run: join,
};

fn join(call: &Call<'_>) -> Result<Value, Fault> {
    let Some(items) = call.list(0)? else {
        return Ok(Value::Null);
    };
    let separator = call.text(1)?.unwrap_or_default();
    let mut joined = BoundedText::default();
    for (index, item) in items.iter().filter(|item| !item.is_empty()).enumerate() {
        if index > 0 {
            joined.push(&separator)?;
        }
        let text = to_text(item).map_err(|fault| fault.at(0))?;
        joined.push(text.unwrap_or_default())?;
    }
    Ok(Value::text(joined.finish()))
}
