use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::{AccountMark, RunId};

/// The driver's own error, which stays behind this room's door.
pub(super) type Cause = Arc<dyn Error + Send + Sync>;

/// Why the ledger could not be opened, read or written. After an error nothing of a commit is kept.
#[derive(Clone, Debug, Error)]
pub enum LedgerError {
    /// A newer version of the program has changed the file's layout.
    #[error(
        "the ledger `{path}` was written by a newer sheetflow (layout {found}, this one knows {known}): update sheetflow"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's layout.
        found: i64,
        /// The newest layout that this program knows.
        known: i64,
    },
    /// The file is no ledger, or is damaged.
    #[error("the ledger `{path}` is damaged or is no ledger: {detail}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file or its directory may not be written.
    #[error("`{path}` can't be written: the file or its directory is read-only")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("`{path}` can't be written: the disk is full")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another process writes to the file for too long.
    #[error("the ledger `{path}` is in use by another process")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A file or directory can't be made or opened.
    #[error("`{path}` can't be opened: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// Anything else that the database says.
    #[error("the ledger `{path}` failed: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What the database says.
        #[source]
        source: Cause,
    },
    /// Another apply of the same project runs.
    #[error("another sheetflow is at work on this project: {holder} (`{path}`)")]
    Locked {
        /// Who holds the lock.
        holder: String,
        /// The lock's file.
        path: PathBuf,
    },
    /// The ledger belongs to another account.
    #[error("the ledger belongs to account {known}, not to {found}")]
    OtherAccount {
        /// The account that the ledger belongs to, with its mode.
        known: String,
        /// The account that was to be recorded, with its mode.
        found: String,
    },
    /// No such run was started.
    #[error("the ledger has no run {run}")]
    NoRun {
        /// The run's number.
        run: RunId,
    },
    /// A step has an open intent, or one of the same generation, already.
    #[error(
        "the intent `{idempotency_key}` can't be added: its step has another one that is open or of the same generation"
    )]
    IntentConflict {
        /// The new intent.
        idempotency_key: String,
    },
    /// The intent is settled: its request must never be sent again.
    #[error("the intent `{idempotency_key}` is settled already")]
    IntentSettled {
        /// The intent.
        idempotency_key: String,
    },
    /// There is no open intent of this name to settle.
    #[error("there is no open intent `{idempotency_key}`")]
    IntentNotOpen {
        /// The intent.
        idempotency_key: String,
    },
    /// The journal was closed, or its task ended.
    #[error("the journal is closed")]
    Closed,
    /// A test asked for this failure.
    #[error("commit {commit} was made to fail")]
    Injected {
        /// The commit's number, from 1.
        commit: u64,
    },
}

impl LedgerError {
    /// Says why a file or directory of the ledger could not be opened or made.
    pub(super) fn opening(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                LedgerError::ReadOnly { path }
            }
            io::ErrorKind::StorageFull => LedgerError::Full { path },
            _ => LedgerError::Open {
                path,
                source: Arc::new(error),
            },
        }
    }

    pub(super) fn other_account(known: &AccountMark, found: &AccountMark) -> Self {
        LedgerError::OtherAccount {
            known: named(known),
            found: named(found),
        }
    }
}

fn named(account: &AccountMark) -> String {
    format!(
        "`{}` ({})",
        account.id,
        if account.livemode { "live" } else { "test" }
    )
}
