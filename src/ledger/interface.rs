use std::future::Future;

use crate::model::{Fingerprint, RecordKey};

use super::{
    AccountMark, ChangeRecord, Entry, Intent, KnownRecord, LedgerError, Page, Paged, Provenance,
    RecordResult, ResultCount, ResultPage, RunEnd, RunId, RunStart, RunSummary, StandingObject,
};

/// The memory of a project. `tests/ledger.rs` holds the contract, for every implementation.
pub trait Ledger: Send + Sync + 'static {
    /// Gives the account that the ledger belongs to; `None` for a new one.
    fn account(&self) -> impl Future<Output = Result<Option<AccountMark>, LedgerError>> + Send;

    /// Binds the ledger to an account for ever. Does nothing when it belongs to it already, and errors
    /// when it belongs to another.
    fn record_account(&self, account: &AccountMark) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Begins a run and gives its number: 1 for the first, and one more for each.
    fn start_run(&self, start: &RunStart) -> impl Future<Output = Result<RunId, LedgerError>> + Send;

    /// Ends a run; the last end that is given stands. Errors when there is no such run.
    fn finish_run(&self, run: RunId, end: &RunEnd) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Gives the newest runs, the newest first.
    fn runs(&self, limit: u32) -> impl Future<Output = Result<Vec<RunSummary>, LedgerError>> + Send;

    /// Gives one run.
    fn run(&self, run: RunId) -> impl Future<Output = Result<Option<RunSummary>, LedgerError>> + Send;

    /// Gives the newest run that a flow took part in.
    fn last_run(&self, flow: &str) -> impl Future<Output = Result<Option<RunSummary>, LedgerError>> + Send;

    /// Gives the fingerprint of each key's record, in the order of the keys. Cheap: this is all that is
    /// read for a record that has nothing to do.
    fn fingerprints(
        &self,
        flow: &str,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Option<Fingerprint>>, LedgerError>> + Send;

    /// Gives all that is known of each key's record, in the order of the keys; nothing known is an
    /// empty [`KnownRecord`]. For batches of up to some thousands of keys.
    fn known(
        &self,
        flow: &str,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<KnownRecord>, LedgerError>> + Send;

    /// Gives all open intents of one flow or of all, oldest first; also those whose row is gone.
    fn open_intents(
        &self,
        flow: Option<&str>,
    ) -> impl Future<Output = Result<Vec<Intent>, LedgerError>> + Send;

    /// Keeps entries, in order, in one durable transaction: when this returns without an error, they
    /// survive a crash and a power failure; with an error, none of them is kept.
    ///
    /// Committing an open intent again does nothing, so that a run after a crash may do so. Errors with
    /// [`LedgerError::IntentConflict`], [`LedgerError::IntentSettled`], [`LedgerError::IntentNotOpen`]
    /// and [`LedgerError::NoRun`] when the intent protocol would be broken.
    fn commit(&self, entries: Vec<Entry>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Gives a page of a run's results, in the order in which they were committed.
    fn results(
        &self,
        run: RunId,
        page: &ResultPage,
    ) -> impl Future<Output = Result<Paged<RecordResult>, LedgerError>> + Send;

    /// Counts a run's results, by flow and outcome in the order of their words.
    fn result_counts(&self, run: RunId)
    -> impl Future<Output = Result<Vec<ResultCount>, LedgerError>> + Send;

    /// Gives a page of what a run changed, the last change first, as an undo goes through it.
    fn changes(
        &self,
        run: RunId,
        page: Page,
    ) -> impl Future<Output = Result<Paged<ChangeRecord>, LedgerError>> + Send;

    /// Gives what was changed of one object, by all runs, the first change first, at most `limit`. Looks
    /// through all changes.
    fn changes_of(
        &self,
        stripe_id: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ChangeRecord>, LedgerError>> + Send;

    /// Gives all that objects stand for, in the order of the ids: several records, or several steps, may share
    /// an object. The one that made it comes first.
    fn standing(
        &self,
        stripe_ids: &[String],
    ) -> impl Future<Output = Result<Vec<Vec<StandingObject>>, LedgerError>> + Send;

    /// Finds where an object comes from. Of several records that share one, gives the one that made it,
    /// else the first that found it.
    fn object_by_id(
        &self,
        stripe_id: &str,
    ) -> impl Future<Output = Result<Option<Provenance>, LedgerError>> + Send;

    /// Gives the objects of a flow that were taken back, in the order of their ids.
    fn undone(&self, flow: &str) -> impl Future<Output = Result<Vec<String>, LedgerError>> + Send;

    /// Gives the keys of a flow that have objects, in the order of their texts, at most `limit` of those
    /// behind `after`.
    fn keys(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<RecordKey>, LedgerError>> + Send;

    /// As [`Ledger::keys`], only of records that were begun, or changed, and then not applied in full.
    fn unfinished(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<RecordKey>, LedgerError>> + Send;
}
