//! An object of every resource that `create` can make, taken back.

use std::collections::BTreeMap;

use serde_json::Value;
use sheetflow::catalog::{Catalog, OperationKind};
use sheetflow::ledger::{
    ChangeRecord, Entry, IntentAction, Ledger, ObjectRecord, RunId, RunStart, SqliteLedger,
};
use sheetflow::model::{Form, RecordKey};

use super::Bench;
use crate::sandbox::every_resource::Maker;

/// Resources whose end the sandbox does not carry out, and says so.
const WITHOUT_END_HERE: [&str; 3] = ["billing.credit_grant", "billing.feedback_option", "climate.order"];
/// Resources that are over when a time has come, which the sandbox does not look at.
const ENDS_BY_TIME: [&str; 2] = ["file_link", "tax.registration"];

async fn entries_of(bench: &Bench) -> Vec<Entry> {
    let mut maker = Maker::new(&bench.client);
    let mut entries = Vec::new();
    let mut resources: Vec<_> = Catalog::embedded().resources().collect();
    // An item without an invoice would go onto the first invoice of a subscription.
    resources.sort_by_key(|resource| resource.name == "invoiceitem");
    for resource in resources {
        let create = resource.operation(OperationKind::Create);
        let Some(create) = create.filter(|create| create.path_params.is_empty()) else {
            continue;
        };
        let made = maker.make(create).await;
        let id = made["id"].as_str().unwrap_or_default().to_owned();
        let key = RecordKey::new(&[resource.name.to_owned()]);
        entries.push(Entry::Change(ChangeRecord {
            run: RunId(1),
            flow: "all".to_owned(),
            key: key.clone(),
            step: resource.name.to_owned(),
            resource: resource.name.to_owned(),
            stripe_id: id.clone(),
            action: IntentAction::Create,
            before: None,
            after: Form::default(),
            operation: Some(create.id.to_owned()),
            path: Some(create.path.to_owned()),
        }));
        entries.push(Entry::Object(ObjectRecord {
            flow: "all".to_owned(),
            key,
            step: resource.name.to_owned(),
            resource: resource.name.to_owned(),
            stripe_id: id,
            form: Form::default(),
            fingerprint: Form::default().fingerprint(),
            created_by_us: true,
            run: RunId(1),
            place: "all.csv, line 2".to_owned(),
            updated: jiff::Timestamp::UNIX_EPOCH,
        }));
    }
    entries
}

/// Writes the ledger that an apply would have left.
async fn write_ledger(bench: &Bench, entries: Vec<Entry>) {
    let path = bench.project.ledger_of(&bench.client.sandbox);
    let ledger = SqliteLedger::open(&path).await.expect("it opens");
    let start = RunStart {
        command: "apply".to_owned(),
        generation: 1,
        flows: Vec::new(),
        started: jiff::Timestamp::UNIX_EPOCH,
    };
    ledger.start_run(&start).await.expect("a run starts");
    ledger.commit(entries).await.expect("the ledger keeps it");
    ledger.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_resource_needs_to_be_taken_back_is_done_in_the_sandbox() {
    let bench = Bench::new(&[
        ("all.csv", "No\n1\n"),
        (
            "all.flow",
            "source all = csv(\"all.csv\")\nflow all {\n  from all\n  key No\n  create customer { name = No }\n}\n",
        ),
    ])
    .await;
    let entries = entries_of(&bench).await;
    let count = entries.len() as u64 / 2;
    write_ledger(&bench, entries).await;
    let planned = bench
        .run("rollback 1 --delete-customers --dry-run --format json")
        .json();
    let planned: BTreeMap<String, Value> = planned["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| {
            (
                change["resource"].as_str().unwrap_or_default().to_owned(),
                change.clone(),
            )
        })
        .collect();
    assert_eq!(planned.len() as u64, count);
    let report = bench
        .run("rollback 1 --delete-customers --yes --format json")
        .json();
    let mut others = Vec::new();
    for result in report["results"].as_array().expect("results") {
        let resource = result["step"].as_str().expect("a resource");
        let wanted = match planned[resource]["action"].as_str() {
            Some("take_back") if WITHOUT_END_HERE.contains(&resource) => "failed",
            Some("impossible") => "rejected",
            Some("take_back" | "forget") => "deleted",
            Some("nothing") => "unchanged",
            action => unreachable!("{resource}: {action:?}"),
        };
        if result["outcome"] != wanted {
            others.push(format!("{resource}: {}", result["message"]));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    // What was taken back is gone or out of use: a second rollback finds nothing to do.
    let again = bench
        .run("rollback 1 --delete-customers --dry-run --format json")
        .json();
    let mut left: Vec<&str> = again["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter(|change| change["action"] != "nothing" && change["action"] != "impossible")
        .filter_map(|change| change["resource"].as_str())
        .collect();
    left.sort_unstable();
    let mut known = [&WITHOUT_END_HERE[..], &ENDS_BY_TIME[..]].concat();
    known.sort_unstable();
    assert_eq!(left, known);
}
