use std::sync::Arc;

use sheetflow::ledger::{Entry, FailingLedger, Journal, Ledger, LedgerError, MemoryLedger, RunId};

use super::sample::{intent, start};

async fn journal(failing: u64) -> Journal<FailingLedger<MemoryLedger>> {
    let ledger = FailingLedger::new(MemoryLedger::new(), failing);
    assert_eq!(start(&ledger).await, RunId(1));
    Journal::start(Arc::new(ledger))
}

fn entry(record: usize) -> Vec<Entry> {
    vec![Entry::Intent(intent(&record.to_string(), "customer", 1))]
}

#[tokio::test]
async fn what_is_appended_is_in_the_ledger_when_append_returns() {
    let journal = journal(0).await;
    journal.append(entry(1)).await.expect("it is kept");
    assert_eq!(
        journal.ledger().open_intents(None).await.expect("it reads").len(),
        1
    );
    journal.close().await.expect("it closes");
}

#[tokio::test]
async fn records_side_by_side_share_commits() {
    let journal = Arc::new(journal(0).await);
    let mut records = tokio::task::JoinSet::new();
    for record in 0..3_000 {
        let journal = Arc::clone(&journal);
        records.spawn(async move { journal.append(entry(record)).await });
    }
    while let Some(kept) = records.join_next().await {
        kept.expect("the task ends").expect("it is kept");
    }
    let kept = journal.ledger().open_intents(None).await.expect("it reads");
    assert_eq!(kept.len(), 3_000);
    assert!(
        journal.ledger().commits() <= 30,
        "{} commits",
        journal.ledger().commits()
    );
    let journal = Arc::into_inner(journal).expect("nobody else holds it");
    journal.close().await.expect("it closes");
}

#[tokio::test]
async fn after_a_failed_commit_nothing_is_taken_any_more() {
    let journal = journal(2).await;
    journal.append(entry(1)).await.expect("it is kept");
    for record in 2..4 {
        let error = journal.append(entry(record)).await.expect_err("it is refused");
        assert!(matches!(error, LedgerError::Injected { commit: 2 }), "{error}");
    }
    let kept = journal.ledger().open_intents(None).await.expect("it reads");
    assert_eq!(kept.len(), 1);
    assert_eq!(journal.ledger().commits(), 2, "the ledger is not asked again");
    let error = journal.close().await.expect_err("the failure is told again");
    assert!(matches!(error, LedgerError::Injected { .. }), "{error}");
}

#[tokio::test]
async fn closing_commits_what_still_waits() {
    let ledger = Arc::new(MemoryLedger::new());
    start(&*ledger).await;
    let journal = Journal::start(Arc::clone(&ledger));
    let handed_over = tokio::select! {
        biased;
        _ = journal.append(entry(1)) => false,
        () = std::future::ready(()) => true,
    };
    assert!(handed_over, "nobody waits for it any more");
    journal.close().await.expect("it closes");
    assert_eq!(ledger.open_intents(None).await.expect("it reads").len(), 1);
}
