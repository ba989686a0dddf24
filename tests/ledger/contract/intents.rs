use sheetflow::ledger::{Entry, Ledger, LedgerError, Page, RecordOutcome, ResultPage, RunId};

use super::{commit, refuse};
use crate::ledger::sample::{
    FLOW, abandoned, applied, at, change, done, fingerprint, gone, intent, key, object, refused, result,
    start,
};

pub(super) async fn an_intent_stays_open_until_it_is_settled(ledger: &impl Ledger) {
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

pub(super) async fn an_open_intent_can_be_committed_again(ledger: &impl Ledger) {
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

pub(super) async fn a_settled_intent_is_never_opened_again(ledger: &impl Ledger) {
    start(ledger).await;
    let intent = intent("a", "customer", 1);
    commit(ledger, [Entry::Intent(intent.clone()), done(&intent)]).await;
    let error = refuse(ledger, [Entry::Intent(intent)]).await;
    assert_eq!(
        error.to_string(),
        "the intent `customers/a/customer/1` is settled already"
    );
}

pub(super) async fn a_step_has_at_most_one_open_intent(ledger: &impl Ledger) {
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

pub(super) async fn a_generation_is_used_once(ledger: &impl Ledger) {
    start(ledger).await;
    let first = intent("a", "customer", 1);
    commit(ledger, [Entry::Intent(first.clone()), refused(&first)]).await;
    let mut other = intent("a", "customer", 1);
    other.idempotency_key.push_str("/other body");
    let error = refuse(ledger, [Entry::Intent(other)]).await;
    assert!(matches!(error, LedgerError::IntentConflict { .. }), "{error}");
}

pub(super) async fn only_an_open_intent_can_be_settled(ledger: &impl Ledger) {
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
    let next = crate::ledger::sample::intent("a", "customer", 2);
    let error = refuse(ledger, [Entry::Intent(next.clone()), done(&next), done(&next)]).await;
    assert!(matches!(error, LedgerError::IntentNotOpen { .. }), "{error}");
}

pub(super) async fn every_kind_of_settlement_counts_as_an_attempt(ledger: &impl Ledger) {
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

pub(super) async fn open_intents_are_found_without_their_rows(ledger: &impl Ledger) {
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

pub(super) async fn an_intent_takes_the_fingerprint_away(ledger: &impl Ledger) {
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

pub(super) async fn the_entries_of_a_commit_work_in_their_order(ledger: &impl Ledger) {
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

pub(super) async fn a_commit_with_one_wrong_entry_keeps_nothing(ledger: &impl Ledger) {
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
        flow: None,
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
