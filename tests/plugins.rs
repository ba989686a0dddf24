//! Plugins in flows: calls that apply, calls that the check refuses, and plugins that misbehave on a row.

use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::{Project, totals};

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
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
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

#[test]
fn a_call_in_a_pipe_applies_and_a_refused_row_says_what_the_plugin_said() {
    let project = with_phone("phone = Phone | phone.e164(\"US\")");
    apply_says(
        &project,
        expect![[r#"
        {"records":3,"created":2,"rejected":1}
        people.csv, line 3: people.csv, line 3, column Phone: `phone.e164("12", "US")` refused: it is too short for US: 10 digits, found 2
    "#]],
    );
    apply_says(
        &project,
        expect![[r#"
        {"records":3,"unchanged":2,"rejected":1}
        people.csv, line 3: people.csv, line 3, column Phone: `phone.e164("12", "US")` refused: it is too short for US: 10 digits, found 2
    "#]],
    );
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
    check_says(
        &with_phone("phone = phone.e164(Phone, \"US\", 1)"),
        expect![[r#"
            error[E0204]: `phone.e164` takes 1 to 2 arguments, and gets 3
             --> ./people.flow:9:13
              |
            9 |     phone = phone.e164(Phone, "US", 1)
              |             ^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = note: the plugin's own signature is `phone.e164(number: text, region: text or null) -> text, or an error`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_wrong_type_shows_the_argument_and_the_plugins_signature() {
    check_says(
        &with_phone("phone = phone.e164([Phone], \"US\")"),
        expect![[r#"
            error[E0205]: `phone.e164` wants text for `number`, and this is a list
             --> ./people.flow:9:24
              |
            9 |     phone = phone.e164([Phone], "US")
              |                        ^^^^^^^
              |
              = note: the plugin's own signature is `phone.e164(number: text, region: text or null) -> text, or an error`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn an_unknown_function_gives_the_nearest_one() {
    check_says(
        &with_phone("phone = phone.e146(Phone)"),
        expect![[r#"
            error[E0102]: the plugin `phone` has no function `e146`
             --> ./people.flow:9:13
              |
            9 |     phone = phone.e146(Phone)
              |             ^^^^^^^^^^
              |
              = note: functions of phone: `e164`, `is_valid`
              = help: did you mean `e164`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_result_that_the_field_does_not_take_is_found_before_any_row() {
    check_says(
        &with_phone("balance = phone.is_valid(Phone)"),
        expect![[r#"
            error[E0201]: `balance` takes a whole number, and this is a boolean
             --> ./people.flow:9:15
              |
            9 |     balance = phone.is_valid(Phone)
              |               ^^^^^^^^^^^^^^^^^^^^^

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_name_that_a_constant_has_too_is_reported() {
    let project = with_phone("phone = phone.e164(Phone)");
    project.replace("people.flow", "use phone", "let phone = 1\nuse phone");
    check_says(
        &project,
        expect![[r#"
            error[E0107]: a constant and a plugin have the name `phone`
             --> ./people.flow:3:5
              |
            2 | let phone = 1
              |     ----- here for the first time
            3 | use phone from "phone.wasm"
              |     ^^^^^

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_name_that_a_column_has_too_is_reported_at_the_call() {
    let project = with_phone("phone = phone.e164(Email)");
    project.replace("people.csv", "Phone", "phone");
    check_says(
        &project,
        expect![[r#"
            error[E0108]: `phone` is a column here, and a plugin too
             --> ./people.flow:9:13
              |
            2 | use phone from "phone.wasm"
              |     ----- the plugin is named here
            ...
            9 |     phone = phone.e164(Email)
              |             ^^^^^^^^^^
              |
              = help: give the plugin another name behind `use`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_declaration_with_mistakes_says_what_is_missing_and_which_limits_there_are() {
    let project = people(
        "use a\nuse b from 7\nuse c from \"c.wasm\" with { fule: 1, memory: \"lots\" }",
        "name = Email",
    );
    check_says(
        &project,
        expect![[r#"
        error[E0003]: the plugin's file is missing
         --> ./people.flow:2:6
          |
        2 | use a
          |      ^ expected `from` and a path, such as `from "plugins/phone"`

        error[E0504]: the value of `path` does not fit
         --> ./people.flow:3:12
          |
        3 | use b from 7
          |            ^ expected a text in quotes

        error[E0509]: the plugin `c` can't be read from `./c.wasm`: No such file or directory (os error 2)
         --> ./people.flow:4:5
          |
        4 | use c from "c.wasm" with { fule: 1, memory: "lots" }
          |     ^

        error[E0503]: a plugin has no limit `fule`
         --> ./people.flow:4:28
          |
        4 | use c from "c.wasm" with { fule: 1, memory: "lots" }
          |                            ^^^^
          |
          = note: limits: `fuel`, `memory`, `time`
          = help: did you mean `fuel`?

        error[E0504]: the value of `memory` does not fit
         --> ./people.flow:4:45
          |
        4 | use c from "c.wasm" with { fule: 1, memory: "lots" }
          |                                             ^^^^^^ expected a size, such as `"128 MiB"`

        5 errors, 0 warnings
    "#]],
    );
}

#[test]
fn a_plugin_that_imports_the_clock_is_refused() {
    check_says(
        &hostile("import_clock.wat", "bad.f()"),
        expect![[r#"
            error[E0509]: the plugin `bad` imports `wasi:clocks/wall-clock@0.2.3`, and a plugin gets nothing from outside
             --> ./people.flow:2:5
              |
            2 | use bad from "import_clock.wat"
              |     ^^^
              |
              = help: build it without WASI. Rust: `--target wasm32-unknown-unknown`. C: `zig cc -target wasm32-freestanding`. JavaScript: `componentize-qjs --stub-wasi`, or componentize-js with its features off. Python: `componentize-py componentize --stub-wasi`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_trap_costs_one_row() {
    apply_says(
        &hostile("panic.wat", "bad.panic(No)"),
        expect![[r#"
        {"records":3,"created":2,"rejected":1}
        people.csv, line 3: people.csv, line 3, column No: `bad.panic("2")` trapped: it stopped itself, as a program does that panics
    "#]],
    );
}

#[test]
fn an_endless_loop_costs_one_row() {
    apply_says(
        &hostile("spin_in_call.wat", "bad.spin(No)"),
        expect![[r#"
        {"records":3,"created":2,"rejected":1}
        people.csv, line 3: people.csv, line 3, column No: `bad.spin("2")` used up its fuel of 50_000_000
    "#]],
    );
}

#[test]
fn a_gigabyte_of_memory_costs_one_row() {
    apply_says(
        &hostile("memory_in_call.wat", "bad.grow(No)"),
        expect![[r#"
        {"records":3,"created":2,"rejected":1}
        people.csv, line 3: people.csv, line 3, column No: `bad.grow("2")` asked for more than 64 MiB of memory
    "#]],
    );
}

#[test]
fn a_flow_sets_the_limits_of_a_plugin() {
    let project = hostile("spin_in_call.wat", "bad.spin(No)");
    project.replace(
        "people.flow",
        "spin_in_call.wat\"",
        "spin_in_call.wat\" with { fuel: 1_000, memory: \"1 MiB\", time: 100ms }",
    );
    apply_says(
        &project,
        expect![[r#"
        {"records":3,"created":2,"rejected":1}
        people.csv, line 3: people.csv, line 3, column No: `bad.spin("2")` used up its fuel of 1_000
    "#]],
    );
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
    assert_eq!(applied(&project), "{\"records\":3,\"created\":3}\n");
    assert_eq!(applied(&project), "{\"records\":3,\"unchanged\":3}\n");
    write("mul");
    let plan = project.run(&["plan", "--sandbox"]);
    assert!(
        plan.stdout
            .contains("(people.csv, line 2; the plugin `sum` changed)"),
        "{}",
        plan.stdout
    );
    // 2 + 2 is 2 * 2, so that one row is unchanged all the same.
    assert_eq!(
        applied(&project),
        "{\"records\":3,\"updated\":2,\"unchanged\":1}\n"
    );
}

/// Gives the time of its clock and one.
const CLOCK: &str = r#"(component
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock (export "now" (func (result u64)))))
  (core func $now (canon lower (func $clock "now")))
  (core module $m
    (import "" "now" (func $now (result i64)))
    (func (export "f") (result i64) (i64.add (call $now) (i64.const 1))))
  (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
  (func (export "later") (result u64) (canon lift (core func $i "f"))))"#;

#[test]
fn a_plugin_with_wasi_runs_in_a_frozen_world_when_the_flow_asks_for_it() {
    let project = people("use clock from \"clock.wat\"", "metadata.n = clock.later()");
    project.write("clock.wat", CLOCK);
    assert!(
        project
            .run(&["check"])
            .stdout
            .contains("a plugin gets nothing from outside")
    );
    project.replace(
        "people.flow",
        "clock.wat\"",
        "clock.wat\" with wasi_stub { fuel: 10_000 }",
    );
    let plan = project.run(&["plan", "--sandbox", "--format", "json"]).json();
    assert_eq!(
        plan["flows"][0]["records"][2]["steps"][0]["form"]["metadata[n]"],
        "1"
    );
}

#[test]
fn a_record_that_changed_says_whether_it_was_the_row_or_the_flow() {
    let project = people("let vip = \"no\"", "metadata.vip = vip");
    assert_eq!(applied(&project), "{\"records\":3,\"created\":3}\n");
    project.replace("people.csv", "ann@example.com", "anna@example.com");
    project.replace("people.flow", "let vip = \"no\"", "let vip = \"yes\"");
    let plan = project.run(&["plan", "--sandbox", "--format", "json"]).json();
    let reasons: Vec<&Value> = plan["flows"][0]["records"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|record| &record["reasons"])
        .collect();
    assert_eq!(json!(reasons), json!([["row", "flow"], ["flow"], ["flow"]]));
}

#[test]
fn one_thread_and_eight_make_the_same_plan() {
    let project = with_phone("phone = Phone | phone.e164(\"US\")");
    let rows: String = (1..=5_000)
        .map(|number| format!("{number},p{number}@example.com,202555{:04}\n", number % 7_000))
        .collect();
    project.write("people.csv", &format!("No,Email,Phone\n{rows}"));
    let plan = |threads: &str| {
        project
            .run(&["plan", "--sandbox", "--format", "json", "--threads", threads])
            .stdout
    };
    let alone = plan("1");
    assert!(alone.contains("+12025554999"), "the last row is in it");
    assert!(alone == plan("8"), "the plans differ");
}
