use sheetflow::ledger::{
    AccountMark, Entry, Ledger, LedgerError, Page, RecordOutcome, ResultPage, RunEnd, RunId, RunStart,
    RunState,
};

use super::{commit, refuse};
use crate::ledger::sample::{FLOW, at, change, fingerprint, intent, object, result, run_start, start};

pub(super) async fn a_ledger_belongs_to_one_account(ledger: &impl Ledger) {
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

pub(super) async fn runs_are_numbered_from_one_and_listed_newest_first(ledger: &impl Ledger) {
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

pub(super) async fn only_a_run_that_was_started_can_end_or_be_named(ledger: &impl Ledger) {
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

pub(super) async fn results_are_paged_and_filtered(ledger: &impl Ledger) {
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
        flow: None,
        page: Page::first(3),
    };
    let first = ledger.results(RunId(1), &wanted).await.expect("it reads");
    wanted.page.after = first.next;
    let second = ledger.results(RunId(1), &wanted).await.expect("it reads");
    assert_eq!((first.items.len(), second.next), (3, None));
    assert_eq!([first.items, second.items].concat(), results);

    let failed = ResultPage {
        outcomes: vec![RecordOutcome::Failed, RecordOutcome::Rejected],
        flow: None,
        page: Page::first(10),
    };
    let failed = ledger.results(RunId(1), &failed).await.expect("it reads");
    assert_eq!(
        (failed.items, failed.next),
        (vec![results[1].clone(), results[3].clone()], None)
    );
}

pub(super) async fn the_last_run_of_a_flow_is_the_newest_that_names_it(ledger: &impl Ledger) {
    let of = |flows: &[&str]| RunStart {
        flows: flows
            .iter()
            .map(|flow| ((*flow).to_owned(), fingerprint("text")))
            .collect(),
        ..run_start()
    };
    for flows in [
        &["customers", "say \"hi\""][..],
        &["invoices", "customers"],
        &["invoices"],
        &[],
    ] {
        ledger.start_run(&of(flows)).await.expect("it starts");
    }
    for (flow, wanted) in [("invoices", 3), ("customers", 2), ("say \"hi\"", 1)] {
        let last = ledger.last_run(flow).await.expect("it reads");
        assert_eq!(last.map(|run| run.id), Some(RunId(wanted)), "{flow}");
    }
    assert_eq!(ledger.last_run("custom").await.expect("it reads"), None);
}

pub(super) async fn changes_come_last_first(ledger: &impl Ledger) {
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

pub(super) async fn results_are_counted_and_read_by_flow(ledger: &impl Ledger) {
    start(ledger).await;
    let mut other = result("b", RecordOutcome::Failed);
    other.flow = "another".to_owned();
    let results = [
        result("a", RecordOutcome::Created),
        result("b", RecordOutcome::Failed),
        other.clone(),
        result("c", RecordOutcome::Created),
    ];
    commit(ledger, results.iter().cloned().map(Entry::Result)).await;
    let counts = ledger.result_counts(RunId(1)).await.expect("it reads");
    let counts: Vec<_> = counts
        .iter()
        .map(|count| (&*count.flow, count.outcome, count.count))
        .collect();
    assert_eq!(
        counts,
        [
            ("another", RecordOutcome::Failed, 1),
            (FLOW, RecordOutcome::Created, 2),
            (FLOW, RecordOutcome::Failed, 1),
        ]
    );
    let page = ResultPage {
        outcomes: vec![RecordOutcome::Failed],
        flow: Some("another".to_owned()),
        page: Page::first(10),
    };
    let found = ledger.results(RunId(1), &page).await.expect("it reads");
    assert_eq!(found.items, [other]);
    assert_eq!(ledger.result_counts(RunId(2)).await.expect("it reads"), []);
}

pub(super) async fn changes_of_one_object_come_first_first(ledger: &impl Ledger) {
    start(ledger).await;
    start(ledger).await;
    let mut later = change("a", "cus_1");
    later.run = RunId(2);
    later.operation = None;
    later.path = None;
    let changes = [change("a", "cus_1"), change("b", "cus_2"), later];
    commit(ledger, changes.iter().cloned().map(Entry::Change)).await;
    let found = ledger.changes_of("cus_1", 9).await.expect("it reads");
    assert_eq!(found, [changes[0].clone(), changes[2].clone()]);
    let found = ledger.changes_of("cus_1", 1).await.expect("it reads");
    assert_eq!(found, [changes[0].clone()]);
    assert_eq!(ledger.changes_of("cus_3", 9).await.expect("it reads"), []);
}
