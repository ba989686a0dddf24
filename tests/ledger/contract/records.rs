use sheetflow::ledger::{Entry, Ledger, RunId, StaleRecord, UndoneObject};
use sheetflow::model::RecordKey;

use super::commit;
use crate::ledger::sample::{FLOW, applied, fingerprint, form, gone, intent, key, object, start};

pub(super) async fn records_are_given_in_the_order_of_the_keys_that_were_asked_for(ledger: &impl Ledger) {
    start(ledger).await;
    commit(
        ledger,
        [
            Entry::Object(object("b", "second", "cus_2")),
            Entry::Object(object("b", "first", "cus_1")),
            applied("b", "b as it was"),
        ],
    )
    .await;
    let keys = [key("none"), key("b"), key("a"), key("b")];
    let known = ledger.known(FLOW, &keys).await.expect("it reads");
    assert_eq!(
        known.iter().map(|record| record.key.clone()).collect::<Vec<_>>(),
        keys
    );
    assert_eq!(known[1], known[3]);
    assert_eq!(
        known[1]
            .objects
            .iter()
            .map(|object| &*object.step)
            .collect::<Vec<_>>(),
        ["first", "second"]
    );
    let first = known[1].object("first").expect("it is known");
    assert_eq!((&*first.stripe_id, &first.form), ("cus_1", &form("b")));
    assert_eq!(first.fingerprint, fingerprint("b"));
    assert!(known[0].objects.is_empty() && known[2].objects.is_empty());
    let applied = Some(fingerprint("b as it was"));
    let fingerprints = ledger.fingerprints(FLOW, &keys).await.expect("it reads");
    assert_eq!(fingerprints, [None, applied.clone(), None, applied]);
    assert_eq!(
        ledger.known("another", &keys[1..2]).await.expect("it reads")[0].objects,
        []
    );
    assert_eq!(ledger.fingerprints(FLOW, &[]).await.expect("it reads"), []);
    assert_eq!(ledger.known(FLOW, &[]).await.expect("it reads"), []);
}

pub(super) async fn an_object_that_is_gone_takes_the_fingerprint_away(ledger: &impl Ledger) {
    start(ledger).await;
    commit(
        ledger,
        [
            Entry::Object(object("a", "customer", "cus_1")),
            Entry::Object(object("a", "invoice", "in_1")),
            applied("a", "as it was"),
        ],
    )
    .await;
    commit(ledger, [gone("a", "customer"), gone("none", "customer")]).await;
    let known = &ledger.known(FLOW, &[key("a")]).await.expect("it reads")[0];
    assert_eq!(known.fingerprint, None);
    assert_eq!(known.object("customer"), None);
    assert!(known.object("invoice").is_some());
    assert_eq!(ledger.object_by_id("cus_1").await.expect("it reads"), None);
}

pub(super) async fn an_object_keeps_the_run_that_made_it(ledger: &impl Ledger) {
    let made = start(ledger).await;
    let changed = start(ledger).await;
    let first = object("a", "customer", "cus_1");
    commit(ledger, [Entry::Object(first.clone())]).await;
    let mut second = first.clone();
    second.run = changed;
    second.form = form("changed");
    commit(ledger, [Entry::Object(second.clone())]).await;
    let known = ledger.known(FLOW, &[key("a")]).await.expect("it reads");
    let object = known[0].object("customer").expect("it is known");
    assert_eq!(
        (object.made_run, object.run, &object.form),
        (made, changed, &form("changed"))
    );
    second.stripe_id = "cus_2".to_owned();
    commit(ledger, [Entry::Object(second)]).await;
    let known = ledger.known(FLOW, &[key("a")]).await.expect("it reads");
    assert_eq!(
        known[0].object("customer").expect("it is known").made_run,
        changed
    );
}

pub(super) async fn an_object_is_traced_to_the_record_that_made_it(ledger: &impl Ledger) {
    start(ledger).await;
    let mut found = object("a", "customer", "cus_1");
    found.created_by_us = false;
    let made = object("b", "customer", "cus_1");
    commit(ledger, [Entry::Object(found), Entry::Object(made.clone())]).await;
    let origin = ledger
        .object_by_id("cus_1")
        .await
        .expect("it reads")
        .expect("it is known");
    assert_eq!(
        (origin.flow, origin.key, origin.step),
        (made.flow, made.key, made.step)
    );
    assert_eq!(
        (origin.resource, origin.place, origin.updated),
        (made.resource, made.place, made.updated)
    );
    assert_eq!(
        (origin.created_by_us, origin.made_run, origin.run),
        (true, RunId(1), RunId(1))
    );
    assert_eq!(ledger.object_by_id("cus_2").await.expect("it reads"), None);
}

pub(super) async fn keys_with_objects_are_paged_in_order(ledger: &impl Ledger) {
    start(ledger).await;
    let records = ["b", "é", "a", "Z", "gone"];
    commit(
        ledger,
        records.map(|record| Entry::Object(object(record, "customer", "cus_1"))),
    )
    .await;
    commit(
        ledger,
        [
            Entry::Object(object("a", "invoice", "in_1")),
            gone("gone", "customer"),
        ],
    )
    .await;
    let mut read: Vec<RecordKey> = Vec::new();
    loop {
        let page = ledger.keys(FLOW, read.last(), 2).await.expect("it reads");
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, ["Z", "a", "b", "é"].map(key));
    assert_eq!(ledger.keys("another", None, 2).await.expect("it reads"), []);
}

pub(super) async fn what_was_not_applied_in_full_is_unfinished(ledger: &impl Ledger) {
    start(ledger).await;
    for record in ["whole", "begun", "done and begun anew", "no object"] {
        if record != "no object" {
            commit(ledger, [Entry::Object(object(record, "customer", "cus_1"))]).await;
        }
        if record != "begun" {
            commit(ledger, [applied(record, record)]).await;
        }
    }
    let begun = intent("done and begun anew", "invoice", 1);
    commit(ledger, [Entry::Intent(begun)]).await;
    let read = ledger.unfinished(FLOW, None, 9).await.expect("it reads");
    assert_eq!(read, ["begun", "done and begun anew"].map(key));
    let read = ledger.unfinished(FLOW, read.first(), 9).await.expect("it reads");
    assert_eq!(read, ["done and begun anew"].map(key));
    assert_eq!(ledger.unfinished("another", None, 9).await.expect("it reads"), []);
}

pub(super) async fn all_that_an_object_stands_for_is_found_its_maker_first(ledger: &impl Ledger) {
    start(ledger).await;
    let mut found = object("a", "customer", "cus_1");
    found.created_by_us = false;
    let entries = [
        found,
        object("b", "customer", "cus_1"),
        object("c", "customer", "cus_2"),
    ];
    commit(ledger, entries.iter().cloned().map(Entry::Object)).await;
    let ids = ["cus_2", "cus_3", "cus_1"].map(str::to_owned);
    let standing = ledger.standing(&ids).await.expect("it reads");
    let keys: Vec<Vec<_>> = standing
        .iter()
        .map(|objects| {
            objects
                .iter()
                .map(|object| object.provenance.key.clone())
                .collect()
        })
        .collect();
    assert_eq!(keys, [vec![key("c")], vec![], vec![key("b"), key("a")]]);
    assert_eq!(standing[2][0].form, form("b"));
}

pub(super) async fn a_stale_record_loses_its_fingerprint_and_nothing_else(ledger: &impl Ledger) {
    start(ledger).await;
    let stale = Entry::Stale(StaleRecord {
        flow: FLOW.to_owned(),
        key: key("a"),
    });
    let made = [
        Entry::Object(object("a", "customer", "cus_1")),
        applied("a", "as it was"),
        applied("b", "as it was"),
    ];
    commit(ledger, made).await;
    commit(ledger, [stale.clone()]).await;
    let fingerprints = ledger.fingerprints(FLOW, &[key("a"), key("b")]).await;
    assert_eq!(
        fingerprints.expect("it reads"),
        [None, Some(fingerprint("as it was"))]
    );
    let known = &ledger.known(FLOW, &[key("a")]).await.expect("it reads")[0];
    assert!(known.object("customer").is_some());
    // In one commit the order counts.
    commit(ledger, [applied("a", "again"), stale.clone()]).await;
    assert_eq!(
        ledger.fingerprints(FLOW, &[key("a")]).await.expect("it reads"),
        [None]
    );
    commit(ledger, [stale, applied("a", "again")]).await;
    assert_eq!(
        ledger.fingerprints(FLOW, &[key("a")]).await.expect("it reads"),
        [Some(fingerprint("again"))]
    );
}

pub(super) async fn what_was_taken_back_is_kept_by_flow(ledger: &impl Ledger) {
    start(ledger).await;
    let undone = |id: &str| {
        Entry::Undone(UndoneObject {
            flow: FLOW.to_owned(),
            stripe_id: id.to_owned(),
            run: RunId(1),
        })
    };
    commit(ledger, [undone("in_2"), undone("in_1"), undone("in_2")]).await;
    assert_eq!(ledger.undone(FLOW).await.expect("it reads"), ["in_1", "in_2"]);
    assert!(ledger.undone("another").await.expect("it reads").is_empty());
}
