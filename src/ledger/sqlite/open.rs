use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlSafeStr, SqlitePool};

use crate::ledger::LedgerError;

use super::SqliteLedger;
use super::failure::Failure;

/// The migrations: number, name, text. A released one is never changed; a new one is added below.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "start", include_str!("../migrations/0001_start.sql"))];

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Pages that a connection keeps, in KiB (negative, as SQLite wants it). Memory stays bounded whatever
/// the size of the file.
const CACHE: &str = "-16384";

pub(super) async fn open(path: &Path) -> Result<SqliteLedger, Failure> {
    make_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE)
        .disable_statement_logging();
    let writer = pool(1).connect_with(options.clone()).await?;
    migrate(&writer, path).await?;
    let readers = pool(2).connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(SqliteLedger {
        path: path.to_owned(),
        writer,
        readers,
    })
}

/// Connections live as long as the ledger: a new one could meet a disk that has become full.
fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(60))
        .test_before_acquire(false)
}

/// Applies what is missing, all of it in one transaction, which also holds off a second process.
async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), Failure> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let known = MIGRATIONS.iter().map(|(number, _, _)| *number).max().unwrap_or(0);
    migrator()
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| Failure::of_migration(error, known, path))?;
    transaction.commit().await?;
    Ok(())
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(number, name, text)| {
        // The checksum must not depend on how a checkout ends its lines.
        let text = AssertSqlSafe(text.replace("\r\n", "\n")).into_sql_str();
        Migration::new(*number, (*name).into(), MigrationType::Simple, text, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// Makes the file, readable by its owner alone; SQLite gives its journals the same mode. Finds out
/// beforehand what may not be written, since SQLite would open it for reading and fail later.
fn make_private(path: &Path) -> Result<(), LedgerError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => LedgerError::ReadOnly {
            path: path.to_owned(),
        },
        io::ErrorKind::StorageFull => LedgerError::Full {
            path: path.to_owned(),
        },
        _ => LedgerError::Open {
            path: path.to_owned(),
            source: Arc::new(error),
        },
    };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(failed).map(drop)
}
