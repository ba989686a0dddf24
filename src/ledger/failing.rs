use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::{Fingerprint, RecordKey};

use super::{
    AccountMark, ChangeRecord, Entry, Intent, KnownRecord, Ledger, LedgerError, Page, Paged, Provenance,
    RecordResult, ResultCount, ResultPage, RunEnd, RunId, RunStart, RunSummary, StandingObject,
};

/// A ledger whose nth commit fails, as on a full disk, and keeps nothing of it: for tests that ask what
/// is sent then. All else goes to the ledger inside.
#[derive(Debug)]
pub struct FailingLedger<Store> {
    inner: Store,
    failing: u64,
    commits: AtomicU64,
}

impl<Store: Ledger> FailingLedger<Store> {
    /// Lets the commit of this number fail; the first one is 1.
    pub fn new(inner: Store, failing: u64) -> Self {
        FailingLedger {
            inner,
            failing,
            commits: AtomicU64::new(0),
        }
    }

    /// Gives the number of commits that were asked for so far.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }
}

impl<Store: Ledger> Ledger for FailingLedger<Store> {
    async fn account(&self) -> Result<Option<AccountMark>, LedgerError> {
        self.inner.account().await
    }

    async fn record_account(&self, account: &AccountMark) -> Result<(), LedgerError> {
        self.inner.record_account(account).await
    }

    async fn start_run(&self, start: &RunStart) -> Result<RunId, LedgerError> {
        self.inner.start_run(start).await
    }

    async fn finish_run(&self, run: RunId, end: &RunEnd) -> Result<(), LedgerError> {
        self.inner.finish_run(run, end).await
    }

    async fn runs(&self, limit: u32) -> Result<Vec<RunSummary>, LedgerError> {
        self.inner.runs(limit).await
    }

    async fn run(&self, run: RunId) -> Result<Option<RunSummary>, LedgerError> {
        self.inner.run(run).await
    }

    async fn last_run(&self, flow: &str) -> Result<Option<RunSummary>, LedgerError> {
        self.inner.last_run(flow).await
    }

    async fn fingerprints(
        &self,
        flow: &str,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<Fingerprint>>, LedgerError> {
        self.inner.fingerprints(flow, keys).await
    }

    async fn known(&self, flow: &str, keys: &[RecordKey]) -> Result<Vec<KnownRecord>, LedgerError> {
        self.inner.known(flow, keys).await
    }

    async fn open_intents(&self, flow: Option<&str>) -> Result<Vec<Intent>, LedgerError> {
        self.inner.open_intents(flow).await
    }

    async fn commit(&self, entries: Vec<Entry>) -> Result<(), LedgerError> {
        let commit = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        if commit == self.failing {
            return Err(LedgerError::Injected { commit });
        }
        self.inner.commit(entries).await
    }

    async fn results(&self, run: RunId, page: &ResultPage) -> Result<Paged<RecordResult>, LedgerError> {
        self.inner.results(run, page).await
    }

    async fn result_counts(&self, run: RunId) -> Result<Vec<ResultCount>, LedgerError> {
        self.inner.result_counts(run).await
    }

    async fn changes_of(&self, stripe_id: &str, limit: u32) -> Result<Vec<ChangeRecord>, LedgerError> {
        self.inner.changes_of(stripe_id, limit).await
    }

    async fn standing(&self, stripe_ids: &[String]) -> Result<Vec<Vec<StandingObject>>, LedgerError> {
        self.inner.standing(stripe_ids).await
    }

    async fn changes(&self, run: RunId, page: Page) -> Result<Paged<ChangeRecord>, LedgerError> {
        self.inner.changes(run, page).await
    }

    async fn object_by_id(&self, stripe_id: &str) -> Result<Option<Provenance>, LedgerError> {
        self.inner.object_by_id(stripe_id).await
    }

    async fn undone(&self, flow: &str) -> Result<Vec<String>, LedgerError> {
        self.inner.undone(flow).await
    }

    async fn keys(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<RecordKey>, LedgerError> {
        self.inner.keys(flow, after, limit).await
    }

    async fn unfinished(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<RecordKey>, LedgerError> {
        self.inner.unfinished(flow, after, limit).await
    }
}
