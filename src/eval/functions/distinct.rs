use std::collections::HashSet;

use crate::eval::convert::to_shown_text;
use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::Fingerprint;
use crate::model::Value;

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "distinct",
        group: "list",
        summary: "Drops the items of a list that came before; they must be the same, type and all.",
        parameters: required(&[("list", ParameterKind::List)]),
        returns: Returns::SameAs(0),
        examples: &[example(r#"distinct(["b", "a", "b"])"#, r#"["b", "a"]"#)],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in call.list(0)?.unwrap_or_default() {
        let text = to_shown_text(item).map_err(|fault| fault.at(0))?;
        let kind = item.type_of().to_string();
        if seen.insert(Fingerprint::of([kind, text])) {
            kept.push(item.clone());
        }
    }
    Ok(Value::List(kept))
}
