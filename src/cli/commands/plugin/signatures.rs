//! How the functions of a plugin are shown, to people and to programs.

use serde_json::{Value, json};

use crate::cli::output::{Cell, Role, Table};
use crate::plugin::{Function, Plugin};

/// Adds a row for each function, under the plugin's name in flows.
pub(super) fn add_functions(table: &mut Table, name: &str, functions: &[Function]) {
    for function in functions {
        let note = if function.has_batch { "also in batches" } else { "" };
        table.row([
            Cell::new(Role::Name, format!("{name}.{function}")),
            Cell::new(Role::Faint, note),
        ]);
    }
}

/// Gives the functions that flows can call.
pub(super) fn functions_json(functions: &[Function]) -> Value {
    functions.iter().map(function_json).collect()
}

fn function_json(function: &Function) -> Value {
    let parameters: Vec<Value> = function
        .parameters
        .iter()
        .map(|parameter| json!({ "name": parameter.name, "type": parameter.parameter_type.to_string() }))
        .collect();
    json!({
        "name": function.name.as_ref(),
        "signature": function.to_string(),
        "parameters": parameters,
        "required": function.required(),
        "returns": function.result.to_string(),
        "may_fail": function.is_fallible(),
        "has_batch": function.has_batch,
    })
}

/// Gives the exports that flows can't call, each with its reason.
pub(super) fn uncallable_json(plugin: &Plugin) -> Value {
    plugin
        .uncallable()
        .iter()
        .map(|export| json!({ "name": export.name, "reason": export.reason }))
        .collect()
}

/// Writes a number of bytes as people read it.
pub(super) fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{}.{} KB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::size_words;

    #[test]
    fn sizes_are_cut_to_one_place() {
        for (bytes, words) in [(862, "862 bytes"), (17_460, "17.4 KB"), (18_000_000, "18.0 MB")] {
            assert_eq!(size_words(bytes), words);
        }
    }
}
