use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Row};

use super::books::Loaded;
use super::error::SandboxError;
use super::idempotency::Kept;
use super::shapes::Shapes;
use super::store::Record;
use super::writer::Change;

/// The format of the file, kept in SQLite's `user_version`.
const FORMAT: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE objects (
        sequence INTEGER PRIMARY KEY,
        resource TEXT NOT NULL,
        id TEXT NOT NULL,
        parent TEXT,
        deleted INTEGER NOT NULL,
        json TEXT NOT NULL
    ) STRICT;
    CREATE TABLE idempotency_keys (
        key TEXT PRIMARY KEY,
        fingerprint BLOB NOT NULL,
        status INTEGER NOT NULL,
        body TEXT NOT NULL,
        request TEXT NOT NULL,
        created INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
    PRAGMA user_version = 1;
";

/// The SQLite file that keeps a sandbox's state.
///
/// A commit survives the end of the process at any moment. It need not survive the end of the machine:
/// the write-ahead log is not forced to the disk at each commit.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    connection: SqliteConnection,
    /// Held for as long as the file is in use; the system lets go of it when the process ends.
    _lock: File,
}

impl StateFile {
    /// Opens a state file, and makes it when there is none.
    ///
    /// Errors when another sandbox uses it, or when it is another kind of file.
    pub(super) async fn open(path: &Path) -> Result<Self, SandboxError> {
        let lock = lock(path)?;
        let failed = |source| SandboxError::State {
            path: path.to_owned(),
            source,
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        let connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        let mut file = StateFile {
            path: path.to_owned(),
            connection,
            _lock: lock,
        };
        file.prepare().await?;
        Ok(file)
    }

    /// Makes the tables of a new file.
    async fn prepare(&mut self) -> Result<(), SandboxError> {
        let (found, tables) = self.format().await.map_err(|source| self.failed(source))?;
        match (found, tables) {
            (FORMAT, _) => Ok(()),
            (0, 0) => make_tables(&mut self.connection)
                .await
                .map_err(|source| self.failed(source)),
            _ => Err(SandboxError::Format {
                path: self.path.clone(),
                found,
                expected: FORMAT,
            }),
        }
    }

    /// Gives the format that the file says, and how many tables and indexes it has.
    async fn format(&mut self) -> Result<(i64, i64), sqlx::Error> {
        let row =
            sqlx::query("SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version")
                .fetch_one(&mut self.connection)
                .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Reads everything. Objects of resources that the catalogue no longer has are left out.
    pub(super) async fn load(&mut self, shapes: &Shapes) -> Result<Loaded, SandboxError> {
        let records = self.records(shapes).await.map_err(|source| self.failed(source))?;
        let keys = self.keys().await.map_err(|source| self.failed(source))?;
        let last = self.last_sequence().await.map_err(|source| self.failed(source))?;
        Ok(Loaded { records, keys, last })
    }

    async fn last_sequence(&mut self) -> Result<u64, sqlx::Error> {
        let last: i64 = sqlx::query("SELECT coalesce(max(sequence), 0) FROM objects")
            .fetch_one(&mut self.connection)
            .await?
            .try_get(0)?;
        Ok(last.unsigned_abs())
    }

    async fn records(&mut self, shapes: &Shapes) -> Result<Vec<Record>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT sequence, resource, id, parent, deleted, json FROM objects ORDER BY sequence",
        )
        .fetch_all(&mut self.connection)
        .await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(resource) = shapes.catalog.resource(row.try_get(1)?) else {
                continue;
            };
            records.push(Record {
                sequence: row.try_get::<i64, _>(0)?.unsigned_abs(),
                resource: resource.name,
                id: row.try_get(2)?,
                parent: row.try_get(3)?,
                deleted: row.try_get(4)?,
                json: Bytes::from(row.try_get::<String, _>(5)?),
            });
        }
        Ok(records)
    }

    async fn keys(&mut self) -> Result<Vec<Kept>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT key, fingerprint, status, body, request, created FROM idempotency_keys ORDER BY created",
        )
        .fetch_all(&mut self.connection)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Kept {
                    key: row.try_get(0)?,
                    fingerprint: row.try_get(1)?,
                    status: row.try_get(2)?,
                    body: Bytes::from(row.try_get::<String, _>(3)?),
                    request: row.try_get(4)?,
                    created: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// Writes changes in one transaction, and forgets keys that were made before `oldest`.
    pub(super) async fn write(&mut self, changes: &[Change], oldest: i64) -> Result<(), SandboxError> {
        write(&mut self.connection, changes, oldest)
            .await
            .map_err(|source| self.failed(source))
    }

    /// Closes the file, which moves the log into it.
    pub(super) async fn close(self) -> Result<(), SandboxError> {
        let path = self.path;
        self.connection
            .close()
            .await
            .map_err(|source| SandboxError::State { path, source })
    }

    fn failed(&self, source: sqlx::Error) -> SandboxError {
        SandboxError::State {
            path: self.path.clone(),
            source,
        }
    }
}

async fn make_tables(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
    transaction.commit().await
}

async fn write(
    connection: &mut SqliteConnection,
    changes: &[Change],
    oldest: i64,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for change in changes {
        for record in &change.records {
            write_record(&mut transaction, record).await?;
        }
        if let Some(kept) = &change.kept {
            write_key(&mut transaction, kept).await?;
        }
    }
    sqlx::query("DELETE FROM idempotency_keys WHERE created <= ?")
        .bind(oldest)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn write_record(connection: &mut SqliteConnection, record: &Record) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT OR REPLACE INTO objects (sequence, resource, id, parent, deleted, json) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(record.sequence.cast_signed())
    .bind(record.resource)
    .bind(record.id.as_str())
    .bind(record.parent.as_deref())
    .bind(record.deleted)
    .bind(text(&record.json))
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_key(connection: &mut SqliteConnection, kept: &Kept) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT OR REPLACE INTO idempotency_keys (key, fingerprint, status, body, request, created) \
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(kept.key.as_str())
    .bind(kept.fingerprint.as_slice())
    .bind(kept.status)
    .bind(text(&kept.body))
    .bind(kept.request.as_str())
    .bind(kept.created)
    .execute(connection)
    .await?;
    Ok(())
}

/// All bodies are JSON that this program wrote.
fn text(json: &Bytes) -> &str {
    std::str::from_utf8(json).unwrap_or("null")
}

/// Takes the lock beside the state file.
fn lock(path: &Path) -> Result<File, SandboxError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let beside = PathBuf::from(name);
    let opened = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .map_err(|source| SandboxError::Lock {
            path: beside.clone(),
            source,
        })?;
    match opened.try_lock() {
        Ok(()) => Ok(opened),
        Err(TryLockError::WouldBlock) => Err(SandboxError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(SandboxError::Lock { path: beside, source }),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

    use super::StateFile;
    use crate::sandbox::error::SandboxError;

    #[tokio::test]
    async fn another_programs_database_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("other.db");
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true);
        let mut other = SqliteConnection::connect_with(&options)
            .await
            .expect("a database");
        sqlx::raw_sql("CREATE TABLE notes (text TEXT)")
            .execute(&mut other)
            .await
            .expect("a table");
        other.close().await.expect("it closes");
        let opened = StateFile::open(&path).await;
        assert!(
            matches!(opened, Err(SandboxError::Format { found: 0, .. })),
            "{opened:?}"
        );
    }
}
