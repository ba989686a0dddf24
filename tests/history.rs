//! What a person asks after a run: `runs`, `runs show`, `runs retry`, `explain ID`.

use serde_json::{Value, json};

use crate::support::Project;

const APPLY: [&str; 5] = ["apply", "--sandbox", "--yes", "--format", "json"];

/// Three people, of whom Stripe refuses one and the flow another; a fourth has no key.
fn people() -> Project {
    Project::new(&[
        (
            "people.csv",
            "No,Email,Name\n1,ann@example.com,Ann\n2,no address,Bob\n3,,Eve\n,joe@example.com,Joe\n",
        ),
        (
            "people.flow",
            r#"source people = csv("people.csv")

flow people {
  from people
  key No
  require Email is not empty else "no e-mail address"
  let short = Name | trim
  upsert customer by email {
    email = Email | lower
    name  = short
    metadata.note = "of {Name}"
  }
}
"#,
        ),
    ])
}

fn run_json(project: &Project, arguments: &[&str]) -> Value {
    project.run(&[arguments, &["--format", "json"]].concat()).json()
}

/// Picks members of results, in the order of their keys.
fn picked(report: &Value, members: &[&str]) -> Value {
    let mut results: Vec<Value> = report["results"]
        .as_array()
        .unwrap_or_else(|| unreachable!("{report}"))
        .iter()
        .map(|result| {
            members
                .iter()
                .map(|member| result[*member].clone())
                .collect::<Value>()
        })
        .collect();
    results.sort_by_key(ToString::to_string);
    Value::Array(results)
}

#[test]
fn before_the_first_run_there_is_nothing_and_nothing_is_made() {
    let project = people();
    let runs = project.run(&["runs"]);
    assert_eq!(runs.status, Some(0), "{runs:?}");
    assert!(runs.stdout.contains("nothing has run yet"), "{runs:?}");
    assert_eq!(run_json(&project, &["runs"])["runs"], json!([]));
    assert_eq!(project.run(&["runs", "show", "1"]).status, Some(2));
    assert_eq!(project.run(&["runs", "retry", "1"]).status, Some(2));
    assert_eq!(project.run(&["explain", "cus_1"]).status, Some(2));
    assert!(
        !project.path(".sheetflow").exists(),
        "reading leaves nothing behind"
    );
}

#[test]
fn runs_are_listed_newest_first_without_a_key_or_a_request() {
    let project = people();
    project.run(&APPLY);
    project.run(&APPLY);
    let runs = run_json(&project, &["runs"]);
    let shown: Vec<Value> = runs["runs"]
        .as_array()
        .expect("runs")
        .iter()
        .map(|run| json!([run["run"], run["command"], run["state"], run["totals"]["created"]]))
        .collect();
    assert_eq!(
        json!(shown),
        json!([[2, "apply", "finished", 0], [1, "apply", "finished", 1]])
    );
    assert_eq!(
        run_json(&project, &["runs", "--limit", "1"])["runs"][0]["run"],
        json!(2)
    );
    let text = project.run(&["runs"]).stdout;
    assert!(text.contains("created 1, rejected 2, failed 1"), "{text}");
    // The flows may be broken by now.
    project.replace("people.flow", "= short", "= shortt");
    assert_eq!(project.run(&["runs"]).status, Some(0));
    assert_eq!(project.run(&["runs", "show", "2"]).status, Some(0));
}

#[test]
fn one_run_is_shown_with_its_flows_and_results() {
    let project = people();
    project.run(&APPLY);
    let shown = run_json(&project, &["runs", "show", "1"]);
    assert_eq!(shown["flows"][0]["name"], json!("people"));
    assert_eq!(shown["flows"][0]["totals"]["failed"], json!(1));
    assert_eq!(
        picked(&shown, &["key", "outcome", "place", "code", "param"]),
        json!([
            ["1", "created", "people.csv, line 2", null, null],
            ["2", "failed", "people.csv, line 3", "email_invalid", "email"],
            ["3", "rejected", "people.csv, line 4", null, null],
            [null, "rejected", "people.csv, line 5", null, null]
        ])
    );
    for result in shown["results"].as_array().expect("results") {
        let request = result["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"));
        assert_eq!(
            request,
            result["outcome"] == "created" || result["outcome"] == "failed",
            "{result}"
        );
        let object = result["object_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("cus_"));
        assert_eq!(object, result["outcome"] == "created", "{result}");
    }
    let failed = run_json(&project, &["runs", "show", "1", "--failed"]);
    assert_eq!(
        picked(&failed, &["outcome"]),
        json!([["failed"], ["rejected"], ["rejected"]])
    );
    let created = run_json(
        &project,
        &["runs", "show", "1", "--outcome", "created", "--flow", "people"],
    );
    assert_eq!(picked(&created, &["key"]), json!([["1"]]));
    let other = run_json(&project, &["runs", "show", "1", "--flow", "others"]);
    assert_eq!(other["results"], json!([]));
    let one = run_json(&project, &["runs", "show", "1", "--limit", "1"]);
    assert_eq!(one["results"].as_array().map(Vec::len), Some(1));
    let text = project.run(&["runs", "show", "1"]).stdout;
    assert!(
        text.contains("  ! failed 2  (people.csv, line 3; step customer; req_"),
        "{text}"
    );
    assert!(text.contains("(parameter `email`)"), "{text}");
}

#[test]
fn only_what_was_left_undone_is_tried_again() {
    let project = people();
    project.run(&APPLY);
    project.replace("people.csv", "no address", "bob@example.com");
    project.replace("people.csv", "1,ann@example.com,Ann", "1,ann@example.com,Anna");
    project.replace("people.csv", "3,,Eve\n", "");
    let retried = project.run(&["runs", "retry", "1", "--sandbox", "--yes", "--format", "json"]);
    assert_eq!(retried.status, Some(0), "{retried:?}");
    assert!(
        retried
            .stderr
            .contains("1 rejected rows had no key, and are left to `apply`: people.csv, line 5"),
        "{retried:?}"
    );
    let report = retried.json();
    assert_eq!(report["totals"]["records"], json!(1));
    assert_eq!(report["totals"]["created"], json!(1));
    assert_eq!(
        report["requests"]["POST"],
        json!(1),
        "Ann's new name waits for an apply"
    );
    assert_eq!(report["gone"], json!([{"flow": "people", "key": "3"}]));
    assert_eq!(
        run_json(&project, &["runs"])["runs"][0]["command"],
        json!("retry 1")
    );
    let shown = project.run(&["runs", "retry", "1", "--sandbox", "--yes"]).stdout;
    assert!(shown.contains("  ! 3 is no longer in the sheet"), "{shown}");
    let nothing = project.run(&["runs", "retry", "2", "--sandbox", "--yes"]);
    assert_eq!(nothing.status, Some(0), "{nothing:?}");
    assert!(
        nothing.stdout.contains("run 2 left no record undone"),
        "{nothing:?}"
    );
    let apply = project.run(&APPLY).json();
    assert_eq!(apply["totals"]["updated"], json!(1));
}

#[test]
fn flows_that_are_gone_are_named() {
    let project = people();
    project.run(&APPLY);
    project.replace("people.flow", "flow people {", "flow persons {");
    let retried = project.run(&["runs", "retry", "1", "--sandbox", "--yes"]);
    assert_eq!(retried.status, Some(2), "{retried:?}");
    assert!(
        retried
            .stderr
            .contains("the project no longer has the flows of run 1"),
        "{retried:?}"
    );
}

#[test]
fn a_run_that_stop_after_ended_is_no_finished_one() {
    let rows: String = (1..=400).map(|number| format!("{number},nonsense\n")).collect();
    let project = Project::new(&[
        ("people.csv", &format!("No,Test clock\n{rows}")),
        (
            "people.flow",
            r#"source people = csv("people.csv")
flow people {
  from people
  key No
  stop after 3 errors
  create customer { test_clock = `Test clock` }
}
"#,
        ),
    ]);
    let report = project.run(&APPLY);
    assert_eq!(report.status, Some(1));
    let report = report.json();
    assert_eq!(report["state"], json!("stopped"));
    assert_eq!(report["interrupted"], json!(false));
    let run = &run_json(&project, &["runs"])["runs"][0];
    assert_eq!(run["state"], json!("stopped"));
    assert_eq!(run["totals"]["left"], report["left"]);
    assert!(project.run(&["runs"]).stdout.contains("stopped"));
    let again = project.run(&["apply", "--sandbox", "--yes"]);
    assert!(
        again
            .stdout
            .contains("stopped after too many errors (`stop after`)"),
        "{again:?}"
    );
}

/// Gives the id of the object that was made for a key in run 1.
fn object_of(project: &Project, key: &str) -> String {
    let shown = run_json(project, &["runs", "show", "1"]);
    let results = shown["results"].as_array().expect("results");
    let result = results
        .iter()
        .find(|result| result["key"] == key)
        .expect("a result");
    result["object_id"].as_str().expect("an id").to_owned()
}

#[test]
fn an_object_is_traced_to_its_row_cells_bindings_and_runs() {
    let project = people();
    project.run(&APPLY);
    let id = object_of(&project, "1");
    let traced = run_json(&project, &["explain", &id]);
    let origin = &traced["origins"][0];
    assert_eq!(
        json!([
            origin["flow"],
            origin["key"],
            origin["step"],
            origin["place"],
            origin["made_here"]
        ]),
        json!(["people", "1", "customer", "people.csv, line 2", true])
    );
    assert_eq!(origin["made"]["run"], json!(1));
    assert_eq!(
        origin["row"],
        json!({"state": "same", "place": "people.csv, line 2", "reason": null})
    );
    let cell = |column: &str, text: &str| json!([{"address": format!("people.csv, line 2, column {column}"), "column": column, "text": text}]);
    assert_eq!(origin["fields"][0]["binding"], json!("Email | lower"));
    assert_eq!(origin["fields"][0]["cells"], cell("Email", "ann@example.com"));
    assert_eq!(origin["fields"][1]["cells"], cell("Name", "Ann"), "through `let`");
    assert_eq!(origin["fields"][2]["cells"], cell("Name", "Ann"), "in a text");
    assert_eq!(origin["fields"][3]["binding"], json!("the mark of this program"));
    assert_eq!(traced["changes"][0]["operation"], json!("customers.create"));
}

#[test]
fn what_has_changed_since_an_object_was_sent_is_said() {
    let project = people();
    project.run(&APPLY);
    let id = object_of(&project, "1");
    project.replace(
        "people.csv",
        "No,Email,Name\n",
        "No,Email,Name\n9,zoe@example.com,Zoe\n",
    );
    let moved = run_json(&project, &["explain", &id]);
    assert_eq!(
        moved["origins"][0]["row"],
        json!({"state": "same", "place": "people.csv, line 3", "reason": null})
    );
    project.replace(
        "people.csv",
        "1,ann@example.com,Ann\n",
        "1,ann@example.com,Anna\n",
    );
    let changed = project.run(&["explain", &id]).stdout;
    assert!(changed.contains("it has changed since it was sent"), "{changed}");
    assert!(changed.contains("\"Anna\""), "{changed}");
    project.run(&APPLY);
    let updated = run_json(&project, &["explain", &id]);
    assert_eq!(updated["origins"][0]["changed"]["run"], json!(2));
    assert_eq!(
        updated["changes"][1]["before"],
        json!({"name": "Ann", "metadata[note]": "of Ann"})
    );
    project.replace("people.csv", "1,ann@example.com,Anna\n", "");
    let gone = project.run(&["explain", &id]).stdout;
    assert!(gone.contains("gone: no row of the flow has this key"), "{gone}");
    project.replace("people.flow", "= short", "= shortt");
    let broken = run_json(&project, &["explain", &id]);
    assert_eq!(broken["origins"][0]["row"]["state"], json!("unknown"));
    project.replace("people.flow", "= shortt", "= short");
    project.run(&[
        "rollback",
        "1",
        "--sandbox",
        "--yes",
        "--delete-customers",
        "--force",
    ]);
    let taken_back = project.run(&["explain", &id]).stdout;
    assert!(
        taken_back.contains("it stands for no row any more"),
        "{taken_back}"
    );
    assert!(taken_back.contains("(rollback 1, "), "{taken_back}");
}

#[test]
fn an_object_that_nobody_knows_is_met_with_a_hint() {
    let project = people();
    project.run(&APPLY);
    let unknown = project.run(&["explain", "cus_unknown"]);
    assert_eq!(unknown.status, Some(2));
    assert!(
        unknown.stderr.contains("knows no object `cus_unknown`"),
        "{unknown:?}"
    );
    assert_eq!(project.run(&["explain", "E0001"]).status, Some(0));
    assert_eq!(project.run(&["explain", "E9999"]).status, Some(2));
}
