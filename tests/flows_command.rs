//! `sheetflow flows`: every flow with its state, its last run and its next one.

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::Project;

const SHEET: (&str, &str) = ("people.csv", "No,Email\n1,ann@example.com\n2,\n");

const FLOWS: (&str, &str) = (
    "people.flow",
    "source people = csv(\"people.csv\")
source others = csv(\"people.csv\")

flow daily {
  from people
  key  No
  at 03:30 in \"Europe/Kyiv\"
  require Email is not empty else \"no address\"
  upsert customer by email { email = Email }
}

flow resting {
  from others
  key  No
  every 5m
  paused
  upsert customer by metadata.no { metadata.no = No }
}

flow watched {
  from others
  key  No
  on change
  after daily
  upsert customer by metadata.no { metadata.no = No }
}

flow plain {
  from people
  key  No
  upsert customer by metadata.no { metadata.no = No }
}
",
);

/// Replaces the times of a text, which each run has others of.
fn without_times(text: &str) -> String {
    let pattern = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC").expect("the pattern is right");
    let text = pattern.replace_all(text, "TIME");
    let lines: Vec<&str> = text.lines().collect();
    lines.join("\n") + "\n"
}

/// Gives one flow of the report for programs.
fn flow(project: &Project, name: &str, arguments: &[&str]) -> Value {
    let arguments = [&["flows", "--format", "json"], arguments].concat();
    let report = project.run(&arguments).json();
    let flows = report.as_array().expect("a list").clone();
    let found = flows.into_iter().find(|flow| flow["name"] == name);
    found.expect("the flow is listed")
}

#[test]
fn flows_are_listed_with_what_they_do_by_themselves() {
    let project = Project::new(&[SHEET, FLOWS]);
    let outcome = project.run(&["flows"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    expect![[r#"
        daily  active  from people
          runs  at 03:30 in Europe/Kyiv
          next  TIME
          last  never

        resting  paused  from others
          runs  every 5m
          last  never

        watched  active  from others
          runs  when its source changes, and after daily
          last  never

        plain  by hand  from people
          last  never
    "#]]
    .assert_eq(&without_times(&outcome.stdout));
    assert!(!project.path(".sheetflow/sandbox").exists(), "no ledger is made");
}

#[test]
fn the_last_run_is_told_with_its_counts_for_each_flow() {
    let project = Project::new(&[SHEET, FLOWS]);
    project.run(&["apply", "--sandbox", "--yes", "--flow", "plain"]);
    project.run(&["apply", "--sandbox", "--yes", "--flow", "daily"]);
    let outcome = project.run(&["flows", "--sandbox"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    expect![[r#"
        daily  active  from people
          runs  at 03:30 in Europe/Kyiv
          next  TIME
          last  run 2, TIME, finished: created 1, rejected 1

        resting  paused  from others
          runs  every 5m
          last  never

        watched  active  from others
          runs  when its source changes, and after daily
          last  never

        plain  by hand  from people
          last  run 1, TIME, finished: created 2
    "#]]
    .assert_eq(&without_times(&outcome.stdout));

    let daily = flow(&project, "daily", &["--sandbox"]);
    assert_eq!(daily["state"], "active");
    assert_eq!(daily["last_run"]["run"], 2);
    assert_eq!(daily["last_run"]["ending"], "finished");
    assert_eq!(
        daily["last_run"]["outcomes"],
        json!({"created": 1, "rejected": 1})
    );
    assert_eq!(
        daily["schedules"],
        json!([{"at": ["03:30"], "zone": "Europe/Kyiv"}])
    );
    let next: jiff::Timestamp = daily["next_run"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("a time");
    let shown = next.in_tz("Europe/Kyiv").expect("the zone is known");
    assert_eq!((shown.hour(), shown.minute()), (3, 30));
    let watched = flow(&project, "watched", &["--sandbox"]);
    assert_eq!(
        (&watched["next_run"], &watched["last_run"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_ledger_is_that_of_the_server_or_the_directory_that_is_named() {
    let project = Project::new(&[SHEET, FLOWS]);
    project.run(&[
        "apply",
        "--sandbox",
        "--yes",
        "--state-dir",
        "elsewhere",
        "--flow",
        "plain",
    ]);
    let last = |arguments: &[&str]| flow(&project, "plain", arguments)["last_run"]["run"].clone();
    assert_eq!(last(&["--sandbox"]), Value::Null);
    assert_eq!(last(&["--sandbox", "--state-dir", "elsewhere"]), 1);
    // A project without an account runs against the sandbox.
    assert_eq!(last(&["--state-dir", "elsewhere"]), 1);
    assert_eq!(
        last(&["--sandbox=http://127.0.0.1:1", "--state-dir", "elsewhere"]),
        Value::Null
    );
}

#[test]
fn flows_are_grouped_by_state_or_source() {
    let project = Project::new(&[SHEET, FLOWS]);
    let by_state = project.run(&["flows", "--group-by", "state"]);
    expect![[r#"
        active
          daily  active  from people
            runs  at 03:30 in Europe/Kyiv
            next  TIME
            last  never

          watched  active  from others
            runs  when its source changes, and after daily
            last  never

        paused
          resting  paused  from others
            runs  every 5m
            last  never

        by hand
          plain  by hand  from people
            last  never
    "#]]
    .assert_eq(&without_times(&by_state.stdout));
    let by_source = project.run(&["flows", "--group-by", "source"]);
    expect![[r#"
        from others
          resting  paused  from others
            runs  every 5m
            last  never

          watched  active  from others
            runs  when its source changes, and after daily
            last  never

        from people
          daily  active  from people
            runs  at 03:30 in Europe/Kyiv
            next  TIME
            last  never

          plain  by hand  from people
            last  never
    "#]]
    .assert_eq(&without_times(&by_source.stdout));
}

#[test]
fn a_flow_with_problems_says_so_and_the_others_are_shown() {
    let project = Project::new(&[SHEET, FLOWS]);
    project.replace("people.flow", "email = Email", "email = Emil");
    let outcome = project.run(&["flows"]);
    assert_eq!(outcome.status, Some(2));
    assert_eq!(
        outcome.stderr,
        "1 error: no flow runs before `sheetflow check` finds none\n"
    );
    let line = |name: &str| {
        let found = outcome.stdout.lines().find(|line| line.starts_with(name));
        found.expect("the flow is listed").to_owned()
    };
    assert!(line("daily").contains("has problems"), "{}", outcome.stdout);
    assert!(line("resting").contains("paused"), "{}", outcome.stdout);
    let report: Value =
        serde_json::from_str(&project.run(&["flows", "--format", "json"]).stdout).expect("JSON");
    assert_eq!(
        (&report[0]["state"], &report[0]["errors"]),
        (&json!("has_problems"), &json!(1))
    );
}

#[test]
fn a_plan_shows_the_next_run_of_each_flow() {
    let project = Project::new(&[SHEET, FLOWS]);
    project.replace("people.flow", "  paused\n", "");
    let plan = project.run(&["plan", "--sandbox"]);
    let text = without_times(&plan.stdout);
    for lines in [
        "  runs at 03:30 in Europe/Kyiv\n  next run TIME\n",
        "  runs every 5m\n  next run as soon as `sheetflow watch` runs\n",
        "  runs when its source changes, and after daily\n  ",
    ] {
        assert!(text.contains(lines), "{lines}\n{text}");
    }
    assert_eq!(text.matches("next run").count(), 2, "{text}");

    project.run(&["apply", "--sandbox", "--yes"]);
    let report = project.run(&["plan", "--sandbox", "--format", "json"]).json();
    let flows = report["flows"].as_array().expect("flows");
    let resting = flows
        .iter()
        .find(|flow| flow["name"] == "resting")
        .expect("it is planned");
    let next: jiff::Timestamp = resting["next_run"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("a time");
    let last = flow(&project, "resting", &["--sandbox"])["last_run"]["began"].clone();
    let last: jiff::Timestamp = last.as_str().expect("a time").parse().expect("a time");
    assert_eq!(next, last + jiff::SignedDuration::from_mins(5));
}
