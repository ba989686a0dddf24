//! What every ledger promises. Each test below runs over the memory twin and over SQLite.

use sheetflow::ledger::{
    AccountMark, Entry, Ledger, LedgerError, MemoryLedger, Page, RecordOutcome, ResultPage, RunEnd, RunId,
    RunState, SqliteLedger,
};
use sheetflow::model::RecordKey;

use super::sample::{
    FLOW, abandoned, applied, at, change, done, fingerprint, form, gone, intent, key, object, refused,
    result, run_start, start,
};

/// Runs each of the named functions over both twins.
macro_rules! contract {
    ($($name:ident)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::MemoryLedger::new()).await;
            })*
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let directory = tempfile::tempdir().expect("a temporary directory");
                let ledger = super::SqliteLedger::open(&directory.path().join("ledger.db"))
                    .await
                    .expect("a new ledger opens");
                super::$name(&ledger).await;
            })*
        }
    };
}

contract! {
    a_ledger_belongs_to_one_account
    runs_are_numbered_from_one_and_listed_newest_first
    only_a_run_that_was_started_can_end_or_be_named
    records_are_given_in_the_order_of_the_keys_that_were_asked_for
    an_intent_stays_open_until_it_is_settled
    an_open_intent_can_be_committed_again
    a_settled_intent_is_never_opened_again
    a_step_has_at_most_one_open_intent
    a_generation_is_used_once
    only_an_open_intent_can_be_settled
    every_kind_of_settlement_counts_as_an_attempt
    open_intents_are_found_without_their_rows
    an_intent_takes_the_fingerprint_away
    an_object_that_is_gone_takes_the_fingerprint_away
    the_entries_of_a_commit_work_in_their_order
    a_commit_with_one_wrong_entry_keeps_nothing
    an_object_keeps_the_run_that_made_it
    an_object_is_traced_to_the_record_that_made_it
    keys_with_objects_are_paged_in_order
    results_are_paged_and_filtered
    changes_come_last_first
}

async fn commit(ledger: &impl Ledger, entries: impl IntoIterator<Item = Entry>) {
    ledger
        .commit(entries.into_iter().collect())
        .await
        .expect("the commit holds");
}

async fn refuse(ledger: &impl Ledger, entries: impl IntoIterator<Item = Entry>) -> LedgerError {
    ledger
        .commit(entries.into_iter().collect())
        .await
        .expect_err("the commit is refused")
}

async fn a_ledger_belongs_to_one_account(ledger: &impl Ledger) {
    assert_eq!(ledger.account().await.expect("it reads"), None);
    let ours = AccountMark {
        id: "acct_1".to_owned(),
        livemode: false,
    };
    ledger
        .record_account(&ours)
        .await
        .expect("the first account is taken");
    ledger
        .record_account(&ours)
        .await
        .expect("the same account is no news");
    let live = AccountMark {
        livemode: true,
        ..ours.clone()
    };
    let error = ledger
        .record_account(&live)
        .await
        .expect_err("another mode is another account");
    assert_eq!(
        error.to_string(),
        "the ledger belongs to account `acct_1` (test), not to `acct_1` (live)"
    );
    assert_eq!(ledger.account().await.expect("it reads"), Some(ours));
}

async fn runs_are_numbered_from_one_and_listed_newest_first(ledger: &impl Ledger) {
    assert_eq!(start(ledger).await, RunId(1));
    assert_eq!(start(ledger).await, RunId(2));
    let end = RunEnd {
        state: RunState::Stopped,
        totals: serde_json::json!({ "created": 40, "money": "12.50" }),
        ended: at(9),
    };
    ledger.finish_run(RunId(1), &end).await.expect("it ends");
    let runs = ledger.runs(10).await.expect("they are listed");
    assert_eq!(
        runs.iter().map(|run| run.id).collect::<Vec<_>>(),
        [RunId(2), RunId(1)]
    );
    assert_eq!(runs[0].end, None);
    assert_eq!(runs[1].end, Some(end));
    assert_eq!(runs[1].start, run_start());
    assert_eq!(
        ledger.run(RunId(1)).await.expect("it reads"),
        Some(runs[1].clone())
    );
    assert_eq!(ledger.run(RunId(3)).await.expect("it reads"), None);
    assert_eq!(ledger.runs(1).await.expect("they are listed"), runs[..1]);
}

async fn only_a_run_that_was_started_can_end_or_be_named(ledger: &impl Ledger) {
    let end = RunEnd {
        state: RunState::Finished,
        totals: serde_json::json!({}),
        ended: at(9),
    };
    let error = ledger
        .finish_run(RunId(1), &end)
        .await
        .expect_err("there is no run");
    assert!(matches!(error, LedgerError::NoRun { run: RunId(1) }), "{error}");
    for entry in [
        Entry::Intent(intent("a", "customer", 1)),
        Entry::Object(object("a", "customer", "cus_1")),
        Entry::Change(change("a", "cus_1")),
        Entry::Result(result("a", RecordOutcome::Created)),
    ] {
        let error = refuse(ledger, [entry]).await;
        assert!(matches!(error, LedgerError::NoRun { run: RunId(1) }), "{error}");
    }
}

async fn records_are_given_in_the_order_of_the_keys_that_were_asked_for(ledger: &impl Ledger) {
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

async fn an_intent_stays_open_until_it_is_settled(ledger: &impl Ledger) {
    start(ledger).await;
    let intent = intent("a", "customer", 1);
    commit(ledger, [Entry::Intent(intent.clone())]).await;
    let known = &ledger.known(FLOW, &[key("a")]).await.expect("it reads")[0];
    assert_eq!(known.intent("customer"), Some(&intent));
    assert_eq!(ledger.open_intents(None).await.expect("it reads").len(), 1);
    commit(ledger, [done(&intent)]).await;
    let known = &ledger.known(FLOW, &[key("a")]).await.expect("it reads")[0];
    assert_eq!(known.intents, []);
    assert_eq!(ledger.open_intents(None).await.expect("it reads"), []);
}

async fn an_open_intent_can_be_committed_again(ledger: &impl Ledger) {
    start(ledger).await;
    let first = intent("a", "customer", 1);
    commit(ledger, [Entry::Intent(first.clone())]).await;
    let mut again = first.clone();
    again.created = at(60);
    commit(ledger, [Entry::Intent(again.clone()), Entry::Intent(again)]).await;
    let open = ledger.open_intents(None).await.expect("it reads");
    assert_eq!(
        open,
        [first],
        "its first time counts: Stripe forgets the key 24 hours after it"
    );
}

async fn a_settled_intent_is_never_opened_again(ledger: &impl Ledger) {
    start(ledger).await;
    let intent = intent("a", "customer", 1);
    commit(ledger, [Entry::Intent(intent.clone()), done(&intent)]).await;
    let error = refuse(ledger, [Entry::Intent(intent)]).await;
    assert_eq!(
        error.to_string(),
        "the intent `customers/a/customer/1` is settled already"
    );
}

async fn a_step_has_at_most_one_open_intent(ledger: &impl Ledger) {
    start(ledger).await;
    commit(ledger, [Entry::Intent(intent("a", "customer", 1))]).await;
    let error = refuse(ledger, [Entry::Intent(intent("a", "customer", 2))]).await;
    assert!(matches!(error, LedgerError::IntentConflict { .. }), "{error}");
    let both = [intent("b", "customer", 1), intent("b", "customer", 2)];
    let error = refuse(ledger, both.map(Entry::Intent)).await;
    assert!(matches!(error, LedgerError::IntentConflict { .. }), "{error}");
    commit(ledger, [Entry::Intent(intent("a", "invoice", 1))]).await;
    let late = [
        Entry::Intent(intent("a", "customer", 2)),
        done(&intent("a", "customer", 1)),
    ];
    let error = refuse(ledger, late).await;
    assert!(matches!(error, LedgerError::IntentConflict { .. }), "{error}");
    let in_time = [
        done(&intent("a", "customer", 1)),
        Entry::Intent(intent("a", "customer", 2)),
    ];
    commit(ledger, in_time).await;
}

async fn a_generation_is_used_once(ledger: &impl Ledger) {
    start(ledger).await;
    let first = intent("a", "customer", 1);
    commit(ledger, [Entry::Intent(first.clone()), refused(&first)]).await;
    let mut other = intent("a", "customer", 1);
    other.idempotency_key.push_str("/other body");
    let error = refuse(ledger, [Entry::Intent(other)]).await;
    assert!(matches!(error, LedgerError::IntentConflict { .. }), "{error}");
}

async fn only_an_open_intent_can_be_settled(ledger: &impl Ledger) {
    start(ledger).await;
    let intent = intent("a", "customer", 1);
    let error = refuse(ledger, [done(&intent)]).await;
    assert_eq!(
        error.to_string(),
        "there is no open intent `customers/a/customer/1`"
    );
    commit(ledger, [Entry::Intent(intent.clone()), refused(&intent)]).await;
    let error = refuse(ledger, [done(&intent)]).await;
    assert!(matches!(error, LedgerError::IntentNotOpen { .. }), "{error}");
    let next = super::sample::intent("a", "customer", 2);
    let error = refuse(ledger, [Entry::Intent(next.clone()), done(&next), done(&next)]).await;
    assert!(matches!(error, LedgerError::IntentNotOpen { .. }), "{error}");
}

async fn every_kind_of_settlement_counts_as_an_attempt(ledger: &impl Ledger) {
    start(ledger).await;
    let attempts = [1, 2, 3].map(|generation| intent("a", "customer", generation));
    for (index, settle) in [done, refused, abandoned].into_iter().enumerate() {
        let known = &ledger.known(FLOW, &[key("a")]).await.expect("it reads")[0];
        assert_eq!(known.next_generation("customer"), attempts[index].generation);
        commit(
            ledger,
            [Entry::Intent(attempts[index].clone()), settle(&attempts[index])],
        )
        .await;
    }
    let known = &ledger.known(FLOW, &[key("a")]).await.expect("it reads")[0];
    assert_eq!(known.next_generation("customer"), 4);
    assert_eq!(known.next_generation("invoice"), 1);
}

async fn open_intents_are_found_without_their_rows(ledger: &impl Ledger) {
    start(ledger).await;
    let mut late = intent("a", "customer", 1);
    late.created = at(5);
    let mut early = intent("b", "customer", 1);
    early.created = "2026-09-21T13:33:25.5Z".parse().expect("a time");
    let mut exact = intent("c", "customer", 1);
    exact.created = "2026-09-21T13:33:25Z".parse().expect("a time");
    let mut other = intent("a", "customer", 2);
    other.flow = "invoices".to_owned();
    other.created = at(-9);
    commit(
        ledger,
        [&late, &early, &exact, &other].map(|intent| Entry::Intent(intent.clone())),
    )
    .await;
    let mut all = [late, early, exact, other.clone()];
    all.sort_by_key(|intent| intent.created);
    assert_eq!(ledger.open_intents(None).await.expect("it reads"), all);
    assert_eq!(
        ledger.open_intents(Some("invoices")).await.expect("it reads"),
        [other]
    );
    assert_eq!(ledger.open_intents(Some("none")).await.expect("it reads"), []);
}

async fn an_intent_takes_the_fingerprint_away(ledger: &impl Ledger) {
    start(ledger).await;
    commit(ledger, [applied("a", "as it was"), applied("b", "as it was")]).await;
    let update = intent("a", "customer", 1);
    commit(ledger, [Entry::Intent(update.clone())]).await;
    let both = [key("a"), key("b")];
    let sent = ledger.fingerprints(FLOW, &both).await.expect("it reads");
    assert_eq!(sent, [None, Some(fingerprint("as it was"))]);
    commit(ledger, [refused(&update)]).await;
    assert_eq!(ledger.fingerprints(FLOW, &both).await.expect("it reads"), sent);
    commit(ledger, [applied("a", "as it is")]).await;
    assert_eq!(
        ledger.known(FLOW, &both).await.expect("it reads")[0].fingerprint,
        Some(fingerprint("as it is"))
    );
}

async fn an_object_that_is_gone_takes_the_fingerprint_away(ledger: &impl Ledger) {
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

async fn the_entries_of_a_commit_work_in_their_order(ledger: &impl Ledger) {
    start(ledger).await;
    let attempts = [1, 2, 3].map(|generation| intent("a", "customer", generation));
    commit(
        ledger,
        [
            applied("a", "before"),
            Entry::Intent(attempts[0].clone()),
            refused(&attempts[0]),
            Entry::Intent(attempts[1].clone()),
            done(&attempts[1]),
            Entry::Object(object("a", "customer", "cus_1")),
            applied("a", "after"),
            Entry::Object(object("b", "customer", "cus_2")),
            applied("b", "there"),
            gone("b", "customer"),
            gone("c", "customer"),
            Entry::Object(object("c", "customer", "cus_3")),
            Entry::Object(object("c", "customer", "cus_4")),
            applied("c", "one"),
            applied("c", "two"),
        ],
    )
    .await;
    let known = ledger
        .known(FLOW, &[key("a"), key("b"), key("c")])
        .await
        .expect("it reads");
    assert_eq!(known[0].fingerprint, Some(fingerprint("after")));
    assert_eq!(
        (known[1].fingerprint.clone(), known[1].object("customer")),
        (None, None)
    );
    assert_eq!(known[2].fingerprint, Some(fingerprint("two")));
    assert_eq!(
        known[2].object("customer").expect("it is there").stripe_id,
        "cus_4"
    );
    commit(
        ledger,
        [
            Entry::Intent(attempts[2].clone()),
            applied("a", "in front"),
            gone("a", "customer"),
        ],
    )
    .await;
    assert_eq!(
        ledger.fingerprints(FLOW, &[key("a")]).await.expect("it reads"),
        [None]
    );
}

async fn a_commit_with_one_wrong_entry_keeps_nothing(ledger: &impl Ledger) {
    start(ledger).await;
    let fine = intent("a", "customer", 1);
    let entries = [
        Entry::Intent(fine.clone()),
        Entry::Object(object("a", "customer", "cus_1")),
        applied("a", "now"),
        Entry::Result(result("a", RecordOutcome::Created)),
        Entry::Change(change("a", "cus_1")),
        done(&intent("b", "customer", 1)),
    ];
    refuse(ledger, entries).await;
    assert_eq!(ledger.open_intents(None).await.expect("it reads"), []);
    let known = ledger.known(FLOW, &[key("a")]).await.expect("it reads");
    assert_eq!(known, [sheetflow::ledger::KnownRecord::unknown(key("a"))]);
    let all = ResultPage {
        outcomes: Vec::new(),
        page: Page::first(10),
    };
    assert_eq!(ledger.results(RunId(1), &all).await.expect("it reads").items, []);
    assert_eq!(
        ledger
            .changes(RunId(1), Page::first(10))
            .await
            .expect("it reads")
            .items,
        []
    );
    commit(ledger, [Entry::Intent(fine)]).await;
}

async fn an_object_keeps_the_run_that_made_it(ledger: &impl Ledger) {
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

async fn an_object_is_traced_to_the_record_that_made_it(ledger: &impl Ledger) {
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

async fn keys_with_objects_are_paged_in_order(ledger: &impl Ledger) {
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

async fn results_are_paged_and_filtered(ledger: &impl Ledger) {
    start(ledger).await;
    let other = start(ledger).await;
    let outcomes = [
        RecordOutcome::Created,
        RecordOutcome::Failed,
        RecordOutcome::Created,
        RecordOutcome::Rejected,
    ];
    let mut results = outcomes.map(|outcome| result("a", outcome)).to_vec();
    results[1].message = Some("Invalid email address: \"no\"".to_owned());
    results[1].code = Some("email_invalid".to_owned());
    results[1].param = Some("email".to_owned());
    results[3].key = None;
    results[3].step = None;
    results[3].status = None;
    let mut foreign = result("z", RecordOutcome::Created);
    foreign.run = other;
    commit(
        ledger,
        [Entry::Result(results[0].clone()), Entry::Result(foreign)],
    )
    .await;
    commit(ledger, results[1..].iter().cloned().map(Entry::Result)).await;

    let mut wanted = ResultPage {
        outcomes: Vec::new(),
        page: Page::first(3),
    };
    let first = ledger.results(RunId(1), &wanted).await.expect("it reads");
    wanted.page.after = first.next;
    let second = ledger.results(RunId(1), &wanted).await.expect("it reads");
    assert_eq!((first.items.len(), second.next), (3, None));
    assert_eq!([first.items, second.items].concat(), results);

    let failed = ResultPage {
        outcomes: vec![RecordOutcome::Failed, RecordOutcome::Rejected],
        page: Page::first(10),
    };
    let failed = ledger.results(RunId(1), &failed).await.expect("it reads");
    assert_eq!(
        (failed.items, failed.next),
        (vec![results[1].clone(), results[3].clone()], None)
    );
}

async fn changes_come_last_first(ledger: &impl Ledger) {
    start(ledger).await;
    let mut made = change("a", "cus_1");
    made.before = None;
    let changes = [made, change("b", "cus_2"), change("a", "cus_1")];
    commit(ledger, changes.iter().cloned().map(Entry::Change)).await;
    let first = ledger.changes(RunId(1), Page::first(2)).await.expect("it reads");
    let rest = Page {
        after: first.next,
        limit: 2,
    };
    let second = ledger.changes(RunId(1), rest).await.expect("it reads");
    assert_eq!(first.items, [changes[2].clone(), changes[1].clone()]);
    assert_eq!((second.items, second.next), (vec![changes[0].clone()], None));
    assert_eq!(ledger.changes(RunId(2), rest).await.expect("it reads").items, []);
}
