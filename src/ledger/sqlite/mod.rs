//! The ledger on disk: one SQLite file.
//!
//! Readers see the last commit while a commit runs (WAL); there is one writer, and a commit is on the
//! disk when it returns (`synchronous = FULL`). A batch costs a few statements, not one for each entry:
//! entries are bound as one JSON text and taken apart by `json_each`.

mod batch;
mod commit;
mod failure;
mod file;
mod open;
mod read;
mod row;
mod runs;
mod statement;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use sqlx::SqlitePool;

use crate::model::{Fingerprint, RecordKey};

use super::{
    AccountMark, ChangeRecord, Entry, Intent, KnownRecord, Ledger, LedgerError, Page, Paged, Provenance,
    RecordResult, ResultCount, ResultPage, RunEnd, RunId, RunStart, RunSummary, StandingObject,
};

use batch::Batch;
use failure::Failure;

/// A ledger in an SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteLedger {
    /// Opens a ledger, makes it with its directory when there is none (mode 0600 on Unix), and brings
    /// its layout up to date.
    ///
    /// Errors when it was written by a newer version, is damaged, or can't be written.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        open::open(path).await.map_err(|failure| failure.at(path))
    }

    /// Ends all connections; everything that was committed is in the one file then.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Gives the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn named<Answer>(&self, answer: Result<Answer, Failure>) -> Result<Answer, LedgerError> {
        answer.map_err(|failure| failure.at(&self.path))
    }
}

impl Ledger for SqliteLedger {
    async fn account(&self) -> Result<Option<AccountMark>, LedgerError> {
        self.named(runs::account(&self.readers).await)
    }

    async fn record_account(&self, account: &AccountMark) -> Result<(), LedgerError> {
        self.named(runs::record_account(&self.writer, account).await)
    }

    async fn start_run(&self, start: &RunStart) -> Result<RunId, LedgerError> {
        self.named(runs::start(&self.writer, start).await)
    }

    async fn finish_run(&self, run: RunId, end: &RunEnd) -> Result<(), LedgerError> {
        self.named(runs::finish(&self.writer, run, end).await)
    }

    async fn runs(&self, limit: u32) -> Result<Vec<RunSummary>, LedgerError> {
        self.named(runs::newest(&self.readers, limit).await)
    }

    async fn run(&self, run: RunId) -> Result<Option<RunSummary>, LedgerError> {
        self.named(runs::one(&self.readers, run).await)
    }

    async fn last_run(&self, flow: &str) -> Result<Option<RunSummary>, LedgerError> {
        self.named(runs::last_of(&self.readers, flow).await)
    }

    async fn fingerprints(
        &self,
        flow: &str,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<Fingerprint>>, LedgerError> {
        self.named(read::fingerprints(&self.readers, flow, keys).await)
    }

    async fn known(&self, flow: &str, keys: &[RecordKey]) -> Result<Vec<KnownRecord>, LedgerError> {
        self.named(read::known(&self.readers, flow, keys).await)
    }

    async fn open_intents(&self, flow: Option<&str>) -> Result<Vec<Intent>, LedgerError> {
        self.named(read::open_intents(&self.readers, flow).await)
    }

    async fn commit(&self, entries: Vec<Entry>) -> Result<(), LedgerError> {
        let batches = Batch::split(&entries);
        self.named(commit::commit(&self.writer, &entries, &batches).await)
    }

    async fn results(&self, run: RunId, page: &ResultPage) -> Result<Paged<RecordResult>, LedgerError> {
        self.named(runs::results(&self.readers, run, page).await)
    }

    async fn result_counts(&self, run: RunId) -> Result<Vec<ResultCount>, LedgerError> {
        self.named(runs::result_counts(&self.readers, run).await)
    }

    async fn changes_of(&self, stripe_id: &str, limit: u32) -> Result<Vec<ChangeRecord>, LedgerError> {
        self.named(runs::changes_of(&self.readers, stripe_id, limit).await)
    }

    async fn standing(&self, stripe_ids: &[String]) -> Result<Vec<Vec<StandingObject>>, LedgerError> {
        self.named(read::standing(&self.readers, stripe_ids).await)
    }

    async fn changes(&self, run: RunId, page: Page) -> Result<Paged<ChangeRecord>, LedgerError> {
        self.named(runs::changes(&self.readers, run, page).await)
    }

    async fn object_by_id(&self, stripe_id: &str) -> Result<Option<Provenance>, LedgerError> {
        self.named(read::object_by_id(&self.readers, stripe_id).await)
    }

    async fn undone(&self, flow: &str) -> Result<Vec<String>, LedgerError> {
        self.named(read::undone(&self.readers, flow).await)
    }

    async fn keys(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<RecordKey>, LedgerError> {
        self.named(read::keys(&self.readers, flow, after, limit).await)
    }

    async fn unfinished(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<RecordKey>, LedgerError> {
        self.named(read::unfinished(&self.readers, flow, after, limit).await)
    }
}
