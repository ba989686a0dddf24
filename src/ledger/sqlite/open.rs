use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlSafeStr, SqliteConnection, SqlitePool};

use super::failure::Failure;
use super::{SqliteLedger, file};

/// The migrations: number, name, text. A released one is never changed; a new one is added below.
pub(super) const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../migrations/0001_start.sql")),
    (2, "basis", include_str!("../migrations/0002_basis.sql")),
    (3, "rollback", include_str!("../migrations/0003_rollback.sql")),
];

/// What stands in the header of every ledger, for SQLite and `file`: the letters `shfl`.
const APPLICATION: i64 = 0x7368_666c;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How often, and how long apart, the same is tried where SQLite itself does not wait.
const BUSY_TRIES: u32 = 200;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Pages that the writer keeps, in KiB (negative, as SQLite wants it). Memory stays bounded whatever
/// the size of the file.
const WRITER_CACHE: &str = "-16384";

/// Pages that each reader keeps. What is read once is seldom read again.
const READER_CACHE: &str = "-4096";

pub(super) async fn open(path: &Path) -> Result<SqliteLedger, Failure> {
    file::prepare(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    let writer = connect_writer(&options.clone().pragma("cache_size", WRITER_CACHE)).await?;
    migrate(&writer, path).await?;
    file::made(path)?;
    let options = options
        .pragma("cache_size", READER_CACHE)
        .pragma("query_only", "ON");
    let readers = pool(2).connect_lazy_with(options);
    Ok(SqliteLedger {
        path: path.to_owned(),
        writer,
        readers,
    })
}

/// Connects, and makes the file one with a write-ahead log. SQLite does not wait by itself when another
/// process is about to do the same, so this tries again.
async fn connect_writer(options: &SqliteConnectOptions) -> Result<SqlitePool, Failure> {
    let mut tries = 0;
    loop {
        match pool(1).connect_with(options.clone()).await.map_err(Failure::from) {
            Err(failure) if failure.is_busy() && tries < BUSY_TRIES => tries += 1,
            other => return other,
        }
        tokio::time::sleep(BUSY_PAUSE).await;
    }
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
    claim(&mut transaction).await?;
    let known = MIGRATIONS.iter().map(|(number, _, _)| *number).max().unwrap_or(0);
    migrator()
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| Failure::of_migration(error, known, path))?;
    transaction.commit().await?;
    Ok(())
}

/// Writes into the file that it is a ledger. A file that may only be read is found out here: SQLite opens
/// it all the same, and would fail at the first commit.
async fn claim(connection: &mut SqliteConnection) -> Result<(), Failure> {
    let claimed: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    if claimed != 0 && claimed != APPLICATION {
        return Err(Failure::Damaged("it is another program's database".to_owned()));
    }
    let claim = AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION}"));
    sqlx::query(claim).execute(connection).await?;
    Ok(())
}

pub(super) fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(number, name, text)| {
        // The checksum must not depend on how a checkout ends its lines.
        let text = AssertSqlSafe(text.replace("\r\n", "\n")).into_sql_str();
        Migration::new(*number, (*name).into(), MigrationType::Simple, text, false)
    });
    Migrator::with_migrations(migrations.collect())
}
