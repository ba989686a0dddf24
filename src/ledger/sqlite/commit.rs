use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::{SqliteConnection, SqlitePool};

use crate::ledger::{Entry, Intent, LedgerError, RunId, Settlement};
use crate::model::RecordKey;

use super::batch::Batch;
use super::failure::Failure;
use super::statement::{
    FORGET_FINGERPRINTS, FORGET_OBJECTS, KEEP_CHANGES, KEEP_FINGERPRINTS, KEEP_INTENTS, KEEP_OBJECTS,
    KEEP_RESULTS, KEEP_UNDONE, NOT_OPEN, RIVALS, SETTLE, UNKNOWN_RUN,
};

/// Writes all batches in one transaction. Dropped half-way, it leaves nothing behind.
pub(super) async fn commit(
    writer: &SqlitePool,
    entries: &[Entry],
    batches: &[Batch<'_>],
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    check_runs(&mut transaction, entries).await?;
    for batch in batches {
        write(&mut transaction, batch).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn write(connection: &mut SqliteConnection, batch: &Batch<'_>) -> Result<(), Failure> {
    let attempts: Vec<Attempt<'_>> = batch.intents.iter().map(|intent| Attempt::of(intent)).collect();
    check_settlements(connection, &batch.settlements).await?;
    check_attempts(connection, batch, &attempts).await?;
    execute(connection, SETTLE, &batch.settlements).await?;
    execute(connection, FORGET_OBJECTS, &batch.gone).await?;
    execute(connection, FORGET_FINGERPRINTS, &batch.gone).await?;
    execute(connection, FORGET_FINGERPRINTS, &batch.stale).await?;
    execute(connection, KEEP_OBJECTS, &batch.objects).await?;
    execute(connection, KEEP_UNDONE, &batch.undone).await?;
    execute(connection, KEEP_FINGERPRINTS, &batch.fingerprints).await?;
    execute(connection, KEEP_CHANGES, &batch.changes).await?;
    execute(connection, KEEP_RESULTS, &batch.results).await?;
    execute(connection, KEEP_INTENTS, &batch.intents).await?;
    execute(connection, FORGET_FINGERPRINTS, &attempts).await
}

/// An intent without its body, which is most of its size.
#[derive(Serialize)]
struct Attempt<'a> {
    idempotency_key: &'a str,
    flow: &'a str,
    key: &'a RecordKey,
    step: &'a str,
    generation: u32,
}

impl<'a> Attempt<'a> {
    fn of(intent: &'a Intent) -> Self {
        Attempt {
            idempotency_key: &intent.idempotency_key,
            flow: &intent.flow,
            key: &intent.key,
            step: &intent.step,
            generation: intent.generation,
        }
    }
}

/// Binds rows as one JSON text, which the statement takes apart. Without rows it does nothing.
async fn execute<Row: Serialize>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    rows: &[Row],
) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = serde_json::to_string(rows)?;
    sqlx::query(statement).bind(rows).execute(connection).await?;
    Ok(())
}

async fn check_runs(connection: &mut SqliteConnection, entries: &[Entry]) -> Result<(), Failure> {
    let runs: BTreeSet<RunId> = entries.iter().filter_map(run_of).collect();
    let unknown: Option<i64> = sqlx::query_scalar(UNKNOWN_RUN)
        .bind(serde_json::to_string(&runs)?)
        .fetch_optional(connection)
        .await?;
    match unknown {
        Some(run) => Err(LedgerError::NoRun { run: RunId(run) }.into()),
        None => Ok(()),
    }
}

fn run_of(entry: &Entry) -> Option<RunId> {
    match entry {
        Entry::Intent(intent) => Some(intent.run),
        Entry::Object(object) => Some(object.run),
        Entry::Change(change) => Some(change.run),
        Entry::Result(result) => Some(result.run),
        Entry::Undone(object) => Some(object.run),
        Entry::Settled(_) | Entry::ObjectGone(_) | Entry::Fingerprint(_) | Entry::Stale(_) => None,
    }
}

async fn check_settlements(
    connection: &mut SqliteConnection,
    settlements: &[&Settlement],
) -> Result<(), Failure> {
    if settlements.is_empty() {
        return Ok(());
    }
    let not_open: Option<String> = sqlx::query_scalar(NOT_OPEN)
        .bind(serde_json::to_string(settlements)?)
        .fetch_optional(connection)
        .await?;
    match not_open {
        Some(idempotency_key) => Err(LedgerError::IntentNotOpen { idempotency_key }.into()),
        None => Ok(()),
    }
}

/// Refuses what the table's own constraints would refuse too, and says which intent it is. Looks at the
/// table as it is before the batch; what the batch settles before it opens an intent is taken as settled.
async fn check_attempts(
    connection: &mut SqliteConnection,
    batch: &Batch<'_>,
    attempts: &[Attempt<'_>],
) -> Result<(), Failure> {
    if attempts.is_empty() {
        return Ok(());
    }
    let rivals: Vec<(i64, String, bool, bool)> = sqlx::query_as(RIVALS)
        .bind(serde_json::to_string(attempts)?)
        .fetch_all(connection)
        .await?;
    for (index, name, open, same_generation) in rivals {
        let Some((index, attempt)) = usize::try_from(index)
            .ok()
            .and_then(|at| Some((at, attempts.get(at)?)))
        else {
            continue;
        };
        let open = open && !batch.settles_before(&name, index);
        let idempotency_key = attempt.idempotency_key.to_owned();
        match (name == idempotency_key, open) {
            (true, true) => {}
            (true, false) => return Err(LedgerError::IntentSettled { idempotency_key }.into()),
            (false, false) if !same_generation => {}
            (false, _) => return Err(LedgerError::IntentConflict { idempotency_key }.into()),
        }
    }
    Ok(())
}
