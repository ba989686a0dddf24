//! Plugins in flows: calls that apply, calls that the check refuses, and plugins that misbehave on a row.

use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::Project;

const APPLY: [&str; 5] = ["apply", "--sandbox", "--yes", "--format", "json"];

/// Makes a project of three people whose flow has these lines: one that names a plugin, and one binding.
fn people(plugin: &str, binding: &str) -> Project {
    let flow = format!(
        "source people = csv(\"people.csv\")
{plugin}

flow people {{
  from people
  key No
  upsert customer by email {{
    email = Email
    {binding}
  }}
}}
"
    );
    Project::new(&[
        (
            "people.csv",
            "No,Email,Phone\n1,ann@example.com,(202) 555-0123\n2,bob@example.com,12\n3,cyd@example.com,+49 30 123456\n",
        ),
        ("people.flow", &flow),
    ])
}

/// Copies a file of this repository into the project.
fn add(project: &Project, from: &str, to: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
    std::fs::copy(from, project.path(to)).expect("the file is copied");
}

fn with_phone(binding: &str) -> Project {
    let project = people("use phone from \"phone.wasm\"", binding);
    add(&project, "plugins/phone/phone.wasm", "phone.wasm");
    project
}

/// A flow that calls `calls` of a hostile plugin on Bob's row alone.
fn hostile(file: &str, calls: &str) -> Project {
    let binding = format!("metadata.n = if No == 2 then {calls} else No");
    let project = people(&format!("use bad from \"{file}\""), &binding);
    add(&project, &format!("tests/hostile/{file}"), file);
    project
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an inline snapshot is made for its own place"
)]
fn check_says(project: &Project, expected: Expect) {
    let outcome = project.run(&["check"]);
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    expected.assert_eq(&format!("{}{}", outcome.stdout, outcome.stderr));
}

/// Applies, and shows the totals and what became of the rows that were turned away.
#[expect(
    clippy::needless_pass_by_value,
    reason = "an inline snapshot is made for its own place"
)]
fn apply_says(project: &Project, expected: Expect) {
    expected.assert_eq(&applied(project));
}

fn applied(project: &Project) -> String {
    let outcome = project.run(&APPLY);
    let report = outcome.json();
    let mut lines = format!("{}\n", totals(&report));
    for record in report["flows"][0]["records"].as_array().into_iter().flatten() {
        if let Some(message) = record["message"].as_str() {
            lines.push_str(&format!(
                "{}: {message}\n",
                record["place"].as_str().unwrap_or("")
            ));
        }
    }
    lines
}

fn totals(report: &Value) -> Value {
    let totals = report["totals"].as_object().expect("totals");
    totals
        .iter()
        .filter(|(_, count)| **count != json!(0))
        .map(|(name, count)| (name.clone(), count.clone()))
        .collect()
}

#[test]
fn a_call_in_a_pipe_applies_and_a_refused_row_says_what_the_plugin_said() {
    let project = with_phone("phone = Phone | phone.e164(\"US\")");
    apply_says(&project, expect![[""]]);
    apply_says(&project, expect![[""]]);
}

#[test]
fn a_call_with_brackets_takes_optional_arguments_or_leaves_them_out() {
    let project = with_phone("metadata.valid = \"{phone.is_valid(Phone)} {phone.is_valid(Phone, 'US')}\"");
    let plan = project.run(&["plan", "--sandbox", "--format", "json"]).json();
    let values: Vec<&Value> = plan["flows"][0]["records"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|record| &record["steps"][0]["form"]["metadata[valid]"])
        .collect();
    assert_eq!(json!(values), json!(["false true", "false false", "true true"]));
}

#[test]
fn compiled_code_is_kept_beside_the_project() {
    let project = with_phone("phone = Phone | phone.e164(\"US\")");
    assert_eq!(project.run(&["check"]).status, Some(0));
    let kept = std::fs::read_dir(project.path(".sheetflow/plugins")).expect("the folder is there");
    assert_eq!(kept.count(), 1);
    assert_eq!(project.run(&["check"]).status, Some(0));
}

#[test]
fn the_wrong_number_of_arguments_shows_the_plugins_signature() {
    check_says(&with_phone("phone = phone.e164(Phone, \"US\", 1)"), expect![[""]]);
}

#[test]
fn a_wrong_type_shows_the_argument_and_the_plugins_signature() {
    check_says(&with_phone("phone = phone.e164([Phone], \"US\")"), expect![[""]]);
}

#[test]
fn an_unknown_function_gives_the_nearest_one() {
    check_says(&with_phone("phone = phone.e146(Phone)"), expect![[""]]);
}

#[test]
fn a_result_that_the_field_does_not_take_is_found_before_any_row() {
    check_says(&with_phone("balance = phone.is_valid(Phone)"), expect![[""]]);
}

#[test]
fn a_name_that_a_constant_has_too_is_reported() {
    let project = with_phone("phone = phone.e164(Phone)");
    project.replace("people.flow", "use phone", "let phone = 1\nuse phone");
    check_says(&project, expect![[""]]);
}

#[test]
fn a_name_that_a_column_has_too_is_reported_at_the_call() {
    let project = with_phone("phone = phone.e164(Email)");
    project.replace("people.csv", "Phone", "phone");
    check_says(&project, expect![[""]]);
}

#[test]
fn a_declaration_with_mistakes_says_what_is_missing_and_which_limits_there_are() {
    let project = people(
        "use a\nuse b from 7\nuse c from \"c.wasm\" with { fule: 1, memory: \"lots\" }",
        "name = Email",
    );
    check_says(&project, expect![[""]]);
}

#[test]
fn a_plugin_that_imports_the_clock_is_refused() {
    check_says(&hostile("import_clock.wat", "bad.f()"), expect![[""]]);
}

#[test]
fn a_trap_costs_one_row() {
    apply_says(&hostile("panic.wat", "bad.panic(No)"), expect![[""]]);
}

#[test]
fn an_endless_loop_costs_one_row() {
    apply_says(&hostile("spin_in_call.wat", "bad.spin(No)"), expect![[""]]);
}

#[test]
fn a_gigabyte_of_memory_costs_one_row() {
    apply_says(&hostile("memory_in_call.wat", "bad.grow(No)"), expect![[""]]);
}

#[test]
fn a_flow_sets_the_limits_of_a_plugin() {
    let project = hostile("spin_in_call.wat", "bad.spin(No)");
    project.replace(
        "people.flow",
        "spin_in_call.wat\"",
        "spin_in_call.wat\" with { fuel: 1_000, memory: \"1 MiB\", time: 100ms }",
    );
    apply_says(&project, expect![[""]]);
}

#[test]
fn a_changed_plugin_has_its_records_decided_anew() {
    let project = people("use sum from \"sum.wat\"", "metadata.n = sum.f(No)");
    let write = |operator: &str| {
        let text = format!(
            "(component
  (core module $m (func (export \"f\") (param i64) (result i64) (i64.{operator} (local.get 0) (i64.const 2))))
  (core instance $i (instantiate $m))
  (func (export \"f\") (param \"n\" s64) (result s64) (canon lift (core func $i \"f\"))))"
        );
        project.write("sum.wat", &text);
    };
    write("add");
    assert_eq!(applied(&project), "{\"created\":3,\"records\":3}\n");
    assert_eq!(applied(&project), "{\"records\":3,\"unchanged\":3}\n");
    write("mul");
    // 2 + 2 is 2 * 2, so that one row is unchanged all the same.
    assert_eq!(
        applied(&project),
        "{\"records\":3,\"unchanged\":1,\"updated\":2}\n"
    );
}
