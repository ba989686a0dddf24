use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, optional};
use super::pattern::check_second;

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "extract",
        group: "text",
        summary: "Gives what a regular expression finds first: its first group, or that of the given \
                  number, or all of it when it has no group; null when it finds nothing.",
        parameters: optional(
            &[("text", ParameterKind::Text), ("pattern", ParameterKind::Text)],
            &[("group", ParameterKind::Integer)],
        ),
        returns: Returns::Type(Type::Text),
        examples: &[
            example("extract('Order 4711 of May', '[0-9]+')", r#""4711""#),
            example(r#"extract('ACME (DE)', '\(([A-Z]{2})\)')"#, r#""DE""#),
            example("extract('2026-05', '([0-9]+)-([0-9]+)', 2)", r#""05""#),
            example("extract('none', '[0-9]+')", "null"),
        ],
        check_literals: Some(check_second),
    },
    pattern: Some(1),
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let pattern = call.pattern(1)?;
    let last = pattern.captures_len().saturating_sub(1);
    let group = match call.integer(2)? {
        None => last.min(1),
        Some(group) => usize::try_from(group)
            .ok()
            .filter(|group| *group <= last)
            .ok_or_else(|| {
                Fault::new(format!("the regular expression has {last} groups, not {group}")).at(2)
            })?,
    };
    let Some(text) = call.text(0)? else {
        return Ok(Value::Null);
    };
    let found = pattern.captures(&text).and_then(|captures| captures.get(group));
    Ok(found.map_or(Value::Null, |found| Value::text(found.as_str())))
}
