use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "split",
        group: "text",
        summary: "Cuts text into a list at every separator.",
        parameters: required(&[("text", ParameterKind::Text), ("separator", ParameterKind::Text)]),
        returns: Returns::ListOf(Type::Text),
        examples: &[
            example(r#"split("a;b;c", ";")"#, r#"["a", "b", "c"]"#),
            example(r#"split(null, ";")"#, "[]"),
        ],
        check_literals: None,
    },
    pattern: None,
    run: split,
};

/// The most pieces that a text may be cut into.
const PIECES: usize = 10_000;

fn split(call: &Call<'_>) -> Result<Value, Fault> {
    let separator = call.text(1)?.unwrap_or_default();
    if separator.is_empty() {
        return Err(Fault::new("the separator is empty").at(1));
    }
    let Some(text) = call.text(0)?.filter(|text| !text.is_empty()) else {
        return Ok(Value::List(Vec::new()));
    };
    let pieces: Vec<Value> = text
        .split(&*separator)
        .take(PIECES + 1)
        .map(Value::text)
        .collect();
    if pieces.len() > PIECES {
        return Err(Fault::new(format!("the text has more than {PIECES} pieces")).at(0));
    }
    Ok(Value::List(pieces))
}
