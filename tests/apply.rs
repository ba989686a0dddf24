//! `plan` and `apply` over the examples and small projects, against the embedded sandbox.

use serde_json::{Value, json};

use crate::support::{Project, totals};

const APPLY: [&str; 5] = ["apply", "--sandbox", "--yes", "--format", "json"];
const PLAN: [&str; 4] = ["plan", "--sandbox", "--format", "json"];

fn people(rows: &str) -> Project {
    Project::new(&[
        ("people.csv", &format!("No,Email,Name,City\n{rows}")),
        (
            "people.flow",
            r#"source people = csv("people.csv")

flow people {
  from people
  key No
  upsert customer by email {
    email        = Email | trim | lower
    name         = Name
    address.city = City
  }
}
"#,
        ),
    ])
}

#[test]
fn an_apply_that_has_ended_leaves_its_ledger_in_one_file() {
    let project = people("1,ann@example.com,Ann,Kyiv\n");
    assert_eq!(project.run(&APPLY).status, Some(0));
    let state = std::fs::read_dir(project.path(".sheetflow/sandbox")).expect("the state");
    let names = state.map(|entry| entry.expect("an entry").file_name());
    let mut ledger: Vec<String> = names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.starts_with("ledger"))
        .collect();
    ledger.sort();
    assert_eq!(ledger, ["ledger.db"]);
}

#[test]
fn the_quickstart_creates_its_customers_and_then_changes_nothing() {
    let project = Project::example("quickstart");
    let first = project.run(&APPLY);
    assert_eq!(
        first.status,
        Some(1),
        "one row of the workbook has no e-mail address: {first:?}"
    );
    let report = first.json();
    assert_eq!(
        totals(&report),
        json!({"records": 10, "created": 9, "rejected": 1})
    );
    assert_eq!(report["requests"]["POST"], json!(9));
    let second = project.run(&APPLY).json();
    assert_eq!(
        totals(&second),
        json!({"records": 10, "unchanged": 9, "rejected": 1})
    );
    assert_eq!(second["requests"]["POST"], json!(0));
    assert_eq!(second["requests"]["DELETE"], json!(0));
}

#[test]
fn one_changed_cell_is_one_update_with_that_field_alone() {
    let project = people("1,ann@example.com,Ann,Kyiv\n2,bob@example.com,Bob,Lviv\n");
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 2, "created": 2})
    );
    project.replace("people.csv", "Lviv", "Odesa");
    let plan = project.run(&PLAN).json();
    let step = &plan["flows"][0]["records"][0]["steps"][0];
    assert_eq!(step["form"], json!({"address[city]": "Odesa"}));
    assert_eq!(
        step["changes"],
        json!([{"field": "address.city", "old": "Lviv", "new": "Odesa"}])
    );
    let report = project.run(&APPLY).json();
    assert_eq!(
        totals(&report),
        json!({"records": 2, "updated": 1, "unchanged": 1})
    );
    assert_eq!(report["requests"]["POST"], json!(1));
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 2, "unchanged": 2})
    );
}

#[test]
fn an_emptied_cell_clears_the_field() {
    let project = people("1,ann@example.com,Ann,Kyiv\n");
    project.run(&APPLY);
    project.replace("people.csv", "Kyiv", "");
    let plan = project.run(&PLAN).json();
    assert_eq!(
        plan["flows"][0]["records"][0]["steps"][0]["form"],
        json!({"address[city]": ""})
    );
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 1, "updated": 1})
    );
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 1, "unchanged": 1})
    );
}

#[test]
fn rows_with_the_same_key_are_all_rejected_with_their_numbers() {
    let project = people("1,ann@example.com,Ann,\n2,bob@example.com,Bob,\n1,ann@example.org,Anna,\n");
    let report = project.run(&APPLY).json();
    assert_eq!(
        totals(&report),
        json!({"records": 3, "created": 1, "rejected": 2})
    );
    let message = report["flows"][0]["records"][0]["message"].to_string();
    assert!(message.contains("rows 2, 4 have the same key `1`"), "{message}");
}

#[test]
fn a_key_that_is_doubled_later_rejects_the_row_that_was_sent_before_too() {
    let project = people("1,ann@example.com,Ann,\n2,bob@example.com,Bob,\n");
    project.run(&APPLY);
    project.replace("people.csv", "2,bob", "1,bob");
    let report = project.run(&APPLY).json();
    assert_eq!(totals(&report), json!({"records": 2, "rejected": 2}));
    assert_eq!(report["requests"]["POST"], json!(0));
}

#[test]
fn two_rows_that_look_for_the_same_object_are_rejected() {
    let project = people("1,ann@example.com,Ann,\n2,ANN@example.com,Ann,\n");
    let report = project.run(&APPLY).json();
    assert_eq!(totals(&report), json!({"records": 2, "rejected": 2}));
}

#[test]
fn a_lost_ledger_finds_its_objects_by_their_marks() {
    let project = people("1,ann@example.com,Ann,Kyiv\n2,bob@example.com,Bob,Lviv\n");
    project.replace("people.flow", "upsert customer by email", "create customer");
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 2, "created": 2})
    );
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _ = std::fs::remove_file(project.path(".sheetflow/sandbox").join(name));
    }
    let report = project.run(&APPLY).json();
    assert_eq!(totals(&report), json!({"records": 2, "unchanged": 2}));
    assert_eq!(report["requests"]["POST"], json!(0));
}

#[test]
fn another_flow_adopts_existing_objects_and_sends_only_what_differs() {
    let project = people("1,ann@example.com,Ann,Kyiv\n2,bob@example.com,Bob,Lviv\n");
    project.run(&APPLY);
    project.replace("people.flow", "flow people {", "flow again {");
    project.replace("people.csv", "Bob", "Robert");
    let report = project.run(&APPLY).json();
    assert_eq!(
        totals(&report),
        json!({"records": 2, "updated": 1, "unchanged": 1})
    );
    assert_eq!(report["requests"]["POST"], json!(1));
}

#[test]
fn later_steps_use_what_stripe_answered() {
    let project = Project::new(&[
        (
            "sales.csv",
            "No,Email,Amount\n1,ann@example.com,12.50\n2,bob@example.com,7.00\n",
        ),
        (
            "sales.flow",
            r#"source sales = csv("sales.csv") { Amount: decimal }

flow sales {
  from sales
  key No
  create customer as buyer { email = Email }
  create invoiceitem {
    customer    = buyer.id
    amount      = cents(Amount, "usd")
    currency    = "usd"
    description = "for {buyer.email}"
  }
}
"#,
        ),
    ]);
    let plan = project.run(&PLAN);
    assert_eq!(
        plan.json()["money"],
        json!([{"currency": "usd", "amount": "19.50"}])
    );
    assert_eq!(
        plan.json()["flows"][0]["records"][0]["steps"][1]["form"]["customer"],
        Value::Null
    );
    let report = project.run(&APPLY).json();
    assert_eq!(totals(&report), json!({"records": 2, "created": 2}));
    assert_eq!(report["requests"]["POST"], json!(4));
    let again = project.run(&APPLY).json();
    assert_eq!(totals(&again), json!({"records": 2, "unchanged": 2}));
    assert_eq!(again["requests"]["POST"], json!(0));
}

#[test]
fn a_cell_that_is_sent_together_with_what_stripe_answers_counts_as_any_other() {
    let project = people("1,ann@example.com,Ann,Kyiv\n");
    project.replace(
        "people.flow",
        "upsert customer by email",
        "upsert customer as buyer by email",
    );
    project.replace("people.flow", "    address.city = City\n", "");
    project.replace(
        "people.flow",
        "    name         = Name\n  }\n",
        "    name         = Name\n  }\n  upsert product { name = \"{buyer.email} of {City}\" }\n",
    );
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 1, "created": 1})
    );
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 1, "unchanged": 1})
    );
    project.replace("people.csv", "Kyiv", "Odesa");
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 1, "updated": 1})
    );
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 1, "unchanged": 1})
    );
}

#[test]
fn a_plan_sends_nothing_that_changes_anything() {
    let project = people("1,ann@example.com,Ann,Kyiv\n");
    let plan = project.run(&PLAN);
    assert_eq!(plan.status, Some(0), "{plan:?}");
    assert_eq!(plan.json()["totals"]["created"], json!(1));
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 1, "created": 1})
    );
}

#[test]
fn limit_sends_the_first_records_alone() {
    let project = people("1,ann@example.com,Ann,\n2,bob@example.com,Bob,\n3,eve@example.com,Eve,\n");
    let report = project.run(&[&APPLY[..], &["--limit", "1"]].concat()).json();
    assert_eq!(report["requests"]["POST"], json!(1));
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 3, "created": 2, "unchanged": 1})
    );
}

#[test]
fn a_row_that_changed_after_its_create_is_reported_each_time_and_never_sent() {
    let project = people("1,ann@example.com,Ann,\n");
    project.replace("people.flow", "upsert customer by email", "create customer");
    project.run(&APPLY);
    project.replace("people.csv", "Ann", "Anna");
    for _ in 0..2 {
        let plan = project.run(&PLAN).json();
        let step = &plan["flows"][0]["records"][0]["steps"][0];
        assert_eq!(step["action"], json!("kept"));
        assert_eq!(
            step["changes"],
            json!([{"field": "name", "old": "Ann", "new": "Anna"}])
        );
        let report = project.run(&APPLY).json();
        assert_eq!(totals(&report), json!({"records": 1, "unchanged": 1}));
        assert_eq!(report["requests"]["POST"], json!(0));
    }
}

#[test]
fn what_stripe_refuses_is_the_rows_own_error_and_the_others_go_on() {
    let project = people("1,ann@example.com,Ann,\n2,no address,Bob,\n3,eve@example.com,Eve,\n");
    let ran = project.run(&APPLY);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let report = ran.json();
    assert_eq!(totals(&report), json!({"records": 3, "created": 2, "failed": 1}));
    let records = report["flows"][0]["records"].as_array().expect("records");
    let failed = records
        .iter()
        .find(|record| record["outcome"] == "failed")
        .expect("one failed");
    assert_eq!(failed["code"], json!("email_invalid"));
    assert_eq!(failed["param"], json!("email"));
    assert_eq!(failed["place"], json!("people.csv, line 3"));
    assert!(
        failed["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"))
    );
    project.replace("people.csv", "no address", "bob@example.com");
    assert_eq!(
        totals(&project.run(&APPLY).json()),
        json!({"records": 3, "created": 1, "unchanged": 2})
    );
}

#[test]
fn live_mode_is_refused_without_its_word_and_a_key_of_the_other_mode_always() {
    let project = people("1,ann@example.com,Ann,\n");
    let flow =
        |mode: &str| format!("account main {{\n  key = env(\"STRIPE_API_KEY\")\n  mode = {mode}\n}}\n");
    project.write("account.flow", &flow("live"));
    let ran = project.run(&["apply", "--yes"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert!(ran.stderr.contains("--live"), "{ran:?}");
    project.write("account.flow", &flow("test"));
    let mut command = project.command(["apply", "--yes"]);
    let output = command
        .env("STRIPE_API_KEY", "sk_live_never_printed")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("its key is a live key") && !said.contains("never_printed"),
        "{said}"
    );
}

#[test]
fn a_project_with_problems_shows_them_and_sends_nothing() {
    let project = people("1,ann@example.com,Ann,\n");
    project.replace("people.flow", "= Name", "= Nmae");
    let ran = project.run(&["apply", "--sandbox", "--yes"]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("did you mean `Name`?"), "{ran:?}");
}

#[test]
fn a_key_column_that_is_often_empty_is_warned_of_with_its_rows() {
    let project = people(
        "1,ann@example.com,Ann,Rome\n,bob@example.com,Bob,Oslo\n3,cy@example.com,Cy,Lima\n,eve@example.com,Eve,Bern\n",
    );
    let checked = project.run(&["check", "--format", "json"]);
    assert_eq!(checked.status, Some(0), "{}", checked.stdout);
    let shown = project.run(&["check"]);
    let text = format!("{}{}", shown.stdout, shown.stderr);
    assert!(text.contains("E0414"), "{text}");
    assert!(
        text.contains("it is empty in 2 of the first 4 rows (50%): row 3, 5"),
        "{text}"
    );
    project.replace(
        "people.flow",
        "from people\n",
        "from people where No is not empty\n",
    );
    let shown = project.run(&["check"]);
    assert!(!format!("{}{}", shown.stdout, shown.stderr).contains("E0414"));
}

#[test]
fn a_plan_shows_when_flows_run_and_what_they_leave_behind() {
    let project = people("1,ann@example.com,Ann,Rome\n");
    let standing = concat!(
        "  key No\n  every 1h\n  at 18:00, 12:10 in \"Europe/Kyiv\"\n  cron \"30 6 * * 1-5\"\n  on change\n  paused\n",
        "  write back {\n    `Stripe customer` = made.id\n    Result = status\n  }\n",
        "  report to jsonl(\"out/results.jsonl\") {\n    problem = error\n  }\n",
    );
    project.replace("people.flow", "  key No\n", standing);
    project.replace("people.flow", "upsert customer by", "upsert customer as made by");
    let flow = std::fs::read_to_string(project.path("people.flow")).expect("the flow");
    let (head, rest) = flow.split_once("  write back").expect("it writes back");
    let (results, steps) = rest.split_once("  upsert").expect("it has a step");
    let steps = steps.trim_end().trim_end_matches('}');
    project.write(
        "people.flow",
        &format!("{head}  upsert{steps}\n  write back{results}}}\n"),
    );
    let plan = project.run(&["plan", "--sandbox"]);
    assert_eq!(plan.status, Some(0), "{}", plan.stderr);
    for line in [
        "  runs every 1h, and at 12:10, 18:00 in Europe/Kyiv, and by cron `30 6 * * 1-5` in UTC, and when its source changes\n",
        "  paused: it does not run by itself\n",
        "  writes back `Stripe customer`, `Result`\n",
        "  reports `problem` to jsonl out/results.jsonl\n",
    ] {
        assert!(plan.stdout.contains(line), "{line}\n{}", plan.stdout);
    }
    let flow = &project.run(&PLAN).json()["flows"][0];
    assert_eq!(flow["paused"], true);
    assert_eq!(flow["schedules"][0], json!({"every_seconds": 3_600}));
    assert_eq!(flow["next_run"], Value::Null);
    assert_eq!(flow["write_back"], json!(["Stripe customer", "Result"]));
    assert_eq!(
        flow["reports"],
        json!([{"to": "jsonl", "target": "out/results.jsonl", "columns": ["problem"]}])
    );
}

#[test]
fn a_write_back_with_a_field_that_stripe_never_answers_is_found_by_check() {
    let project = people("1,ann@example.com,Ann,Rome\n");
    project.replace("people.flow", "upsert customer by", "upsert customer as made by");
    project.replace(
        "people.flow",
        "    address.city = City\n  }\n",
        "    address.city = City\n  }\n  write back { Url = made.hosted_url }\n",
    );
    assert_eq!(project.run(&["check"]).status, Some(2));
}

#[test]
fn a_record_that_a_step_rejects_says_why_after_the_run() {
    let project = Project::example("invoices");
    let applied = project.run(&["apply", "--sandbox", "--yes"]);
    let report = applied.stdout.split("requests that change something").nth(1);
    let why = "  ! rejected R-2044  lines.csv, line 8: no customer matches `nobody@example.com`\n";
    assert!(report.is_some_and(|report| report.contains(why)), "{applied:?}");
    let planned = applied.stdout.matches("! rejected C-1004").count();
    assert_eq!(planned, 1, "the plan has said it: {applied:?}");
}
