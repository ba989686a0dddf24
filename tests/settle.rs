//! Requests whose fate nobody can find out, and the person who says what became of them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sheetflow::ledger::{Entry, Intent, IntentAction, Ledger, RunId, SqliteLedger};
use sheetflow::model::{Form, RecordKey};

use crate::support::Project;

const FLOW: &str = r#"source people = csv("people.csv")

flow people {
  from people
  key No
  create customer {
    email       = Email
    metadata.no = No
  }
}
"#;

/// A project that was applied, and whose first record has sent a request 40 days ago that had no answer.
async fn project() -> Project {
    let project = Project::new(&[
        ("people.csv", "No,Email\n1,ann@example.com\n2,bob@example.com\n"),
        ("people.flow", FLOW),
    ]);
    assert_eq!(project.run(&["apply", "--sandbox", "--yes"]).status, Some(0));
    project.replace("people.csv", "ann@example.com", "new@example.com");
    let ledger = SqliteLedger::open(&project.path(".sheetflow/sandbox/ledger.db"))
        .await
        .expect("the ledger opens");
    let intent = Intent {
        idempotency_key: "sheetflow-lost".to_owned(),
        run: RunId(1),
        flow: "people".to_owned(),
        key: RecordKey::new(&["1".to_owned()]),
        step: "credit".to_owned(),
        generation: 1,
        action: IntentAction::Call,
        operation: "request".to_owned(),
        method: "POST".to_owned(),
        path: "/v1/customers/cus_1/balance_transactions".to_owned(),
        form: Form::default(),
        object_id: None,
        place: "people.csv, line 2".to_owned(),
        created: Timestamp::now() - SignedDuration::from_hours(40 * 24),
    };
    let commit = Arc::new(ledger).commit(vec![Entry::Intent(intent)]).await;
    commit.expect("the intent is kept");
    project
}

#[tokio::test]
async fn a_request_that_nobody_can_judge_stops_its_record_alone() {
    let project = project().await;
    let applied = project.run(&["apply", "--sandbox", "--yes", "--format", "json"]);
    assert_eq!(applied.status, Some(1), "{applied:?}");
    let totals = &applied.json()["totals"];
    assert_eq!(
        (&totals["rejected"], &totals["unchanged"]),
        (&json!(1), &json!(1))
    );
    assert!(
        applied
            .stderr
            .contains("`sheetflow settle` shows what to look at"),
        "{applied:?}"
    );

    let settle = project.run(&["settle", "--sandbox", "--format", "json"]);
    assert_eq!(settle.status, Some(1));
    let open = &settle.json()["open"][0];
    assert_eq!(open["request"]["idempotency_key"], "sheetflow-lost");
    let why = open["why"].as_str().expect("a text");
    assert!(
        why.contains("`POST /v1/customers/cus_1/balance_transactions`"),
        "{why}"
    );
}

#[tokio::test]
async fn what_a_person_says_of_a_request_lets_its_record_go_on() {
    for (verdict, key) in [
        ("--never-sent", "sheetflow-lost"),
        ("--done", "sheetflow-lost=cbtxn_1"),
    ] {
        let project = project().await;
        let closed = project.run(&["settle", "--sandbox", verdict, key]);
        assert_eq!(closed.status, Some(0), "{closed:?}");
        assert!(closed.stderr.contains("people.csv, line 2"), "{closed:?}");
        let applied = project.run(&["apply", "--sandbox", "--yes", "--format", "json"]);
        assert_eq!(applied.status, Some(0), "{applied:?}");
        let again = project.run(&["settle", "--sandbox", verdict, key]);
        assert_eq!(again.status, Some(2), "nothing is open under this key any more");
    }
}
