use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::{SqliteConnection, SqlitePool};

use crate::ledger::{
    ChangeRecord, Entry, GoneObject, Intent, LedgerError, ObjectRecord, RecordFingerprint, RecordResult,
    RunId, Settlement, SettlementOutcome,
};

use super::batch::Batch;
use super::failure::Failure;
use super::row::form_text;

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
        write_settlements(&mut transaction, &batch.settlements).await?;
        write_gone(&mut transaction, &batch.gone).await?;
        write_objects(&mut transaction, &batch.objects).await?;
        write_fingerprints(&mut transaction, &batch.fingerprints).await?;
        write_changes(&mut transaction, &batch.changes).await?;
        write_results(&mut transaction, &batch.results).await?;
        write_intents(&mut transaction, &batch.intents).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Binds rows as one JSON text, `?1`, which the statement takes apart. Without rows it does nothing.
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
    let missing: Option<i64> = sqlx::query_scalar(
        "SELECT run.value FROM json_each(?1) AS run \
         WHERE run.value NOT IN (SELECT id FROM runs) ORDER BY run.value LIMIT 1",
    )
    .bind(serde_json::to_string(&runs)?)
    .fetch_optional(connection)
    .await?;
    match missing {
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
        Entry::Settled(_) | Entry::ObjectGone(_) | Entry::Fingerprint(_) => None,
    }
}

async fn write_settlements(
    connection: &mut SqliteConnection,
    settlements: &[&Settlement],
) -> Result<(), Failure> {
    if settlements.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = settlements
        .iter()
        .map(|settlement| settlement_row(settlement))
        .collect();
    let rows = serde_json::to_string(&rows)?;
    let not_open: Option<String> = sqlx::query_scalar(
        "SELECT entry.value ->> 0 FROM json_each(?1) AS entry \
         LEFT JOIN intents ON intents.idempotency_key = entry.value ->> 0 AND intents.state = 'open' \
         WHERE intents.idempotency_key IS NULL ORDER BY entry.key LIMIT 1",
    )
    .bind(&rows)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(idempotency_key) = not_open {
        return Err(LedgerError::IntentNotOpen { idempotency_key }.into());
    }
    sqlx::query(
        "UPDATE intents SET state = entry.value ->> 1, settled = entry.value ->> 2, \
         object_id = coalesce(entry.value ->> 3, object_id), request_id = entry.value ->> 4, \
         status = entry.value ->> 5, code = entry.value ->> 6, message = entry.value ->> 7, \
         form = CASE entry.value ->> 1 WHEN 'done' THEN '[]' ELSE form END \
         FROM json_each(?1) AS entry WHERE intents.idempotency_key = entry.value ->> 0",
    )
    .bind(&rows)
    .execute(connection)
    .await?;
    Ok(())
}

fn settlement_row(settlement: &Settlement) -> impl Serialize + '_ {
    let key = &settlement.idempotency_key;
    let at = settlement.at;
    match &settlement.outcome {
        SettlementOutcome::Done {
            stripe_id,
            request_id,
        } => (
            key,
            "done",
            at,
            stripe_id.as_ref(),
            request_id.as_ref(),
            None,
            None,
            None,
        ),
        SettlementOutcome::Refused {
            status,
            code,
            message,
            request_id,
        } => (
            key,
            "refused",
            at,
            None,
            request_id.as_ref(),
            Some(*status),
            code.as_ref(),
            Some(message),
        ),
        SettlementOutcome::Abandoned { reason } => {
            (key, "abandoned", at, None, None, None, None, Some(reason))
        }
    }
}

async fn write_gone(connection: &mut SqliteConnection, gone: &[&GoneObject]) -> Result<(), Failure> {
    let rows: Vec<_> = gone
        .iter()
        .map(|gone| (&gone.flow, &gone.key, &gone.step))
        .collect();
    execute(
        connection,
        "DELETE FROM objects WHERE (flow, key, step) IN \
         (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1))",
        &rows,
    )
    .await?;
    forget_fingerprints(connection, &rows).await
}

/// Takes fingerprints away; each row begins with the flow and the key.
async fn forget_fingerprints<Row: Serialize>(
    connection: &mut SqliteConnection,
    rows: &[Row],
) -> Result<(), Failure> {
    execute(
        connection,
        "DELETE FROM records WHERE (flow, key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))",
        rows,
    )
    .await
}

async fn write_objects(connection: &mut SqliteConnection, objects: &[&ObjectRecord]) -> Result<(), Failure> {
    let rows = objects
        .iter()
        .map(|object| {
            Ok((
                (&object.flow, &object.key, &object.step),
                (&object.resource, &object.stripe_id, form_text(&object.form)?),
                (
                    &object.fingerprint,
                    object.created_by_us,
                    object.run,
                    &object.place,
                    object.updated,
                ),
            ))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    execute(
        connection,
        "INSERT INTO objects (flow, key, step, resource, stripe_id, form, fingerprint, created_by_us, \
                              made_run, run, place, updated) \
         SELECT value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[0][2]', \
                value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]', \
                value ->> '$[2][0]', value ->> '$[2][1]', value ->> '$[2][2]', value ->> '$[2][2]', \
                value ->> '$[2][3]', value ->> '$[2][4]' \
         FROM json_each(?1) WHERE true \
         ON CONFLICT (flow, key, step) DO UPDATE SET \
                resource = excluded.resource, form = excluded.form, fingerprint = excluded.fingerprint, \
                created_by_us = excluded.created_by_us, run = excluded.run, place = excluded.place, \
                updated = excluded.updated, stripe_id = excluded.stripe_id, \
                made_run = CASE stripe_id WHEN excluded.stripe_id THEN made_run ELSE excluded.made_run END",
        &rows,
    )
    .await
}

async fn write_fingerprints(
    connection: &mut SqliteConnection,
    records: &[&RecordFingerprint],
) -> Result<(), Failure> {
    let rows: Vec<_> = records
        .iter()
        .map(|record| (&record.flow, &record.key, &record.fingerprint))
        .collect();
    execute(
        connection,
        "INSERT INTO records (flow, key, fingerprint) \
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1) WHERE true \
         ON CONFLICT (flow, key) DO UPDATE SET fingerprint = excluded.fingerprint",
        &rows,
    )
    .await
}

async fn write_changes(connection: &mut SqliteConnection, changes: &[&ChangeRecord]) -> Result<(), Failure> {
    let rows = changes
        .iter()
        .map(|change| {
            let before = change.before.as_ref().map(form_text).transpose()?;
            Ok((
                (
                    change.run,
                    &change.flow,
                    &change.key,
                    &change.step,
                    &change.resource,
                ),
                (
                    &change.stripe_id,
                    change.action,
                    before,
                    form_text(&change.after)?,
                ),
            ))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    execute(
        connection,
        "INSERT INTO changes (run, flow, key, step, resource, stripe_id, action, before, after) \
         SELECT value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[0][2]', value ->> '$[0][3]', \
                value ->> '$[0][4]', value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]', \
                value ->> '$[1][3]' \
         FROM json_each(?1)",
        &rows,
    )
    .await
}

async fn write_results(connection: &mut SqliteConnection, results: &[&RecordResult]) -> Result<(), Failure> {
    let rows: Vec<_> = results
        .iter()
        .map(|result| {
            (
                (
                    result.run,
                    &result.flow,
                    &result.key,
                    &result.place,
                    &result.step,
                    result.outcome,
                ),
                (&result.stripe_id, &result.message, &result.code, &result.param),
                (&result.request_id, result.status),
            )
        })
        .collect();
    execute(
        connection,
        "INSERT INTO results (run, flow, key, place, step, outcome, stripe_id, message, code, param, \
                              request_id, status) \
         SELECT value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[0][2]', value ->> '$[0][3]', \
                value ->> '$[0][4]', value ->> '$[0][5]', value ->> '$[1][0]', value ->> '$[1][1]', \
                value ->> '$[1][2]', value ->> '$[1][3]', value ->> '$[2][0]', value ->> '$[2][1]' \
         FROM json_each(?1)",
        &rows,
    )
    .await
}

async fn write_intents(connection: &mut SqliteConnection, intents: &[&Intent]) -> Result<(), Failure> {
    if intents.is_empty() {
        return Ok(());
    }
    let rows = intents
        .iter()
        .map(|intent| {
            Ok((
                (
                    &intent.flow,
                    &intent.key,
                    &intent.step,
                    intent.generation,
                    &intent.idempotency_key,
                ),
                (
                    intent.run,
                    intent.action,
                    &intent.operation,
                    &intent.method,
                    &intent.path,
                ),
                (form_text(&intent.form)?, &intent.object_id, intent.created),
            ))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    check_intents(connection, &serde_json::to_string(&rows)?).await?;
    execute(
        connection,
        "INSERT INTO intents (flow, key, step, generation, idempotency_key, run, action, operation, method, \
                              path, form, object_id, created) \
         SELECT value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[0][2]', value ->> '$[0][3]', \
                value ->> '$[0][4]', value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]', \
                value ->> '$[1][3]', value ->> '$[1][4]', value ->> '$[2][0]', value ->> '$[2][1]', \
                value ->> '$[2][2]' \
         FROM json_each(?1) WHERE true \
         ON CONFLICT (idempotency_key) DO NOTHING",
        &rows,
    )
    .await?;
    let records: Vec<_> = intents.iter().map(|intent| (&intent.flow, &intent.key)).collect();
    forget_fingerprints(connection, &records).await
}

/// Refuses intents that are settled, and those whose step has another open one or one of the same
/// generation. The table's own constraints say the same; this says which intent it was.
async fn check_intents(connection: &mut SqliteConnection, rows: &str) -> Result<(), Failure> {
    let refused: Option<(String, bool)> = sqlx::query_as(
        "SELECT entry.value ->> '$[0][4]', true \
         FROM json_each(?1) AS entry CROSS JOIN intents \
         WHERE intents.idempotency_key = entry.value ->> '$[0][4]' AND intents.state <> 'open' \
         UNION ALL \
         SELECT entry.value ->> '$[0][4]', false \
         FROM json_each(?1) AS entry CROSS JOIN intents \
         WHERE intents.flow = entry.value ->> '$[0][0]' AND intents.key = entry.value ->> '$[0][1]' \
           AND intents.step = entry.value ->> '$[0][2]' \
           AND intents.idempotency_key <> entry.value ->> '$[0][4]' \
           AND (intents.state = 'open' OR intents.generation = entry.value ->> '$[0][3]') \
         LIMIT 1",
    )
    .bind(rows)
    .fetch_optional(connection)
    .await?;
    match refused {
        Some((idempotency_key, true)) => Err(LedgerError::IntentSettled { idempotency_key }.into()),
        Some((idempotency_key, false)) => Err(LedgerError::IntentConflict { idempotency_key }.into()),
        None => Ok(()),
    }
}
