//! What was sent and what came of it, kept so that nothing is ever sent twice.
//!
//! [`Ledger`] is the interface, with two twins that keep the same promises: [`SqliteLedger`] on disk
//! and [`MemoryLedger`] for tests and for runs that leave nothing behind. [`Journal`] gathers what
//! many records have to keep into few durable commits. [`ProjectLock`] holds a second apply off.
//! [`FailingLedger`] breaks one commit, for tests.
//!
//! # The intent protocol
//!
//! 1. Before a request that changes something is sent, its [`Intent`] is committed.
//! 2. After the answer, one commit holds the [`Settlement`], and with it what the answer changed: the
//!    object, the change for undo, the result, the record's fingerprint.
//! 3. An intent without a settlement is *open*: nobody knows whether its request was carried out.
//!
//! The ledger itself refuses what would break this: a second open intent for a step, an intent whose
//! idempotency key is settled, the settlement of an intent that is not open. And an intent takes the
//! record's fingerprint away until a new one is recorded, so that a record that may have been changed
//! in Stripe never looks as if it had nothing to do, even when its row is put back to what it was.
//!
//! # What is in it
//!
//! Customer data: the forms as they were sent, and the keys of rows. Files are made for their owner
//! alone (mode 0600). Never a secret key.
#![expect(
    clippy::disallowed_methods,
    reason = "the ledger and the lock are files, and the journal owns a task"
)]

mod entry;
mod error;
mod failing;
mod interface;
mod journal;
mod known;
mod lock;
mod memory;
mod run;
mod sqlite;

pub use entry::{
    ChangeRecord, Entry, GoneObject, Intent, IntentAction, ObjectRecord, RecordFingerprint, RecordOutcome,
    RecordResult, Settlement, SettlementOutcome, StaleRecord, UndoneObject,
};
pub use error::LedgerError;
pub use failing::FailingLedger;
pub use interface::Ledger;
pub use journal::Journal;
pub use known::{
    Cursor, KnownObject, KnownRecord, Page, Paged, Provenance, ResultCount, ResultPage, StandingObject,
};
pub use lock::ProjectLock;
pub use memory::MemoryLedger;
pub use run::{AccountMark, RunEnd, RunId, RunStart, RunState, RunSummary};
pub use sqlite::SqliteLedger;
