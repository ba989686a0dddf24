use std::io;
use std::path::Path;
use std::sync::Arc;

use sqlx::migrate::MigrateError;

use crate::ledger::LedgerError;

/// What went wrong, before the file's name is added.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database says so.
    Database(sqlx::Error),
    /// The file holds what no version of this program writes.
    Damaged(String),
    /// The protocol, or the layout, is at fault; complete as it is.
    Named(LedgerError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Database(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Failure::Named(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::Damaged(error.to_string())
    }
}

impl Failure {
    /// Adds the file's name.
    pub(super) fn at(self, path: &Path) -> LedgerError {
        match self {
            Failure::Named(error) => error,
            Failure::Damaged(detail) => LedgerError::Corrupt {
                path: path.to_owned(),
                detail,
            },
            Failure::Database(error) => database(error, path),
        }
    }

    /// Tells whether another process stands in the way.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Failure::Database(error) if matches!(code(error), Some(5 | 6)))
    }

    /// Takes apart what the migrations say. `known` is the newest layout of this program.
    pub(super) fn of_migration(error: MigrateError, known: i64, path: &Path) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Failure::Database(error)
            }
            MigrateError::VersionMissing(found) => Failure::Named(LedgerError::Newer {
                path: path.to_owned(),
                found,
                known,
            }),
            other => Failure::Damaged(other.to_string()),
        }
    }
}

/// Gives SQLite's primary result code: the low byte. Source: <https://www.sqlite.org/rescode.html>.
fn code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?.parse::<i64>().ok()?;
    Some(code & 0xff)
}

fn database(error: sqlx::Error, path: &Path) -> LedgerError {
    let path = path.to_owned();
    match (code(&error), error) {
        (Some(5 | 6), _) => LedgerError::Busy { path },
        (Some(8), _) => LedgerError::ReadOnly { path },
        (Some(11 | 26), error) => LedgerError::Corrupt {
            path,
            detail: error.to_string(),
        },
        (Some(13), _) => LedgerError::Full { path },
        (Some(14), error) => LedgerError::Open {
            path,
            source: Arc::new(io::Error::other(error)),
        },
        (_, error @ (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))) => LedgerError::Corrupt {
            path,
            detail: error.to_string(),
        },
        (_, error) => LedgerError::Database {
            path,
            source: Arc::new(error),
        },
    }
}
