use serde::de::DeserializeOwned;
use sqlx::{SqliteConnection, SqlitePool};

use crate::ledger::{Intent, KnownObject, KnownRecord, Provenance, RunId, StandingObject};
use crate::model::{Basis, Fingerprint, RecordKey};

use super::failure::Failure;
use super::row::{IntentRow, parse_fingerprint, parse_json, parse_number, parse_time, read_intent};
use super::statement::{
    BASES, FINGERPRINTS, GENERATIONS, INTENTS, KEYS, OBJECTS, OPEN_INTENTS, STANDING, UNFINISHED,
};

pub(super) async fn fingerprints(
    readers: &SqlitePool,
    flow: &str,
    keys: &[RecordKey],
) -> Result<Vec<Option<Fingerprint>>, Failure> {
    let mut connection = readers.acquire().await?;
    read_fingerprints(&mut connection, flow, keys).await
}

async fn read_fingerprints(
    connection: &mut SqliteConnection,
    flow: &str,
    keys: &[RecordKey],
) -> Result<Vec<Option<Fingerprint>>, Failure> {
    read_list(connection, FINGERPRINTS, (flow, keys)).await
}

/// Reads something of each record, in the order of the keys.
async fn read_list<Item: DeserializeOwned>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    (flow, keys): (&str, &[RecordKey]),
) -> Result<Vec<Item>, Failure> {
    let list: String = sqlx::query_scalar(statement)
        .bind(flow)
        .bind(serde_json::to_string(keys)?)
        .fetch_one(connection)
        .await?;
    parse_json(&list)
}

/// Reads in one transaction, so that a commit in between can't tear a record apart.
pub(super) async fn known(
    readers: &SqlitePool,
    flow: &str,
    keys: &[RecordKey],
) -> Result<Vec<KnownRecord>, Failure> {
    let mut transaction = readers.begin().await?;
    let fingerprints = read_fingerprints(&mut transaction, flow, keys).await?;
    let bases: Vec<Option<Basis>> = read_list(&mut transaction, BASES, (flow, keys)).await?;
    let mut records: Vec<KnownRecord> = keys
        .iter()
        .zip(fingerprints.into_iter().zip(bases))
        .map(|(key, (fingerprint, basis))| KnownRecord {
            fingerprint,
            basis,
            ..KnownRecord::unknown(key.clone())
        })
        .collect();
    let batch = KeyBatch {
        flow,
        keys: serde_json::to_string(keys)?,
    };
    read_objects(&mut transaction, &batch, &mut records).await?;
    read_generations(&mut transaction, &batch, &mut records).await?;
    read_intents(&mut transaction, &batch, &mut records).await?;
    transaction.rollback().await?;
    Ok(records)
}

/// The keys of one batch, as a JSON list of their texts.
struct KeyBatch<'a> {
    flow: &'a str,
    keys: String,
}

fn record_at(records: &mut [KnownRecord], index: i64) -> Result<&mut KnownRecord, Failure> {
    usize::try_from(index)
        .ok()
        .and_then(|index| records.get_mut(index))
        .ok_or_else(|| Failure::Damaged(format!("no key has index {index}")))
}

type ObjectRow = (i64, String, String, String, String, String, bool, i64, i64);

async fn read_objects(
    connection: &mut SqliteConnection,
    batch: &KeyBatch<'_>,
    records: &mut [KnownRecord],
) -> Result<(), Failure> {
    let rows: Vec<ObjectRow> = sqlx::query_as(OBJECTS)
        .bind(batch.flow)
        .bind(&batch.keys)
        .fetch_all(connection)
        .await?;
    for (index, step, resource, stripe_id, form, fingerprint, created_by_us, made_run, run) in rows {
        record_at(records, index)?.objects.push(KnownObject {
            step,
            resource,
            stripe_id,
            form: parse_json(&form)?,
            fingerprint: parse_fingerprint(fingerprint)?,
            created_by_us,
            made_run: RunId(made_run),
            run: RunId(run),
        });
    }
    Ok(())
}

async fn read_generations(
    connection: &mut SqliteConnection,
    batch: &KeyBatch<'_>,
    records: &mut [KnownRecord],
) -> Result<(), Failure> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(GENERATIONS)
        .bind(batch.flow)
        .bind(&batch.keys)
        .fetch_all(connection)
        .await?;
    for (index, step, generation) in rows {
        record_at(records, index)?
            .generations
            .insert(step, parse_number(generation)?);
    }
    Ok(())
}

async fn read_intents(
    connection: &mut SqliteConnection,
    batch: &KeyBatch<'_>,
    records: &mut [KnownRecord],
) -> Result<(), Failure> {
    let rows: Vec<IntentRow> = sqlx::query_as(INTENTS)
        .bind(batch.flow)
        .bind(&batch.keys)
        .fetch_all(connection)
        .await?;
    for row in rows {
        let (index, intent) = read_intent(row)?;
        record_at(records, index)?.intents.push(intent);
    }
    Ok(())
}

pub(super) async fn open_intents(readers: &SqlitePool, flow: Option<&str>) -> Result<Vec<Intent>, Failure> {
    let rows: Vec<IntentRow> = sqlx::query_as(OPEN_INTENTS).bind(flow).fetch_all(readers).await?;
    let intents = rows
        .into_iter()
        .map(|row| read_intent(row).map(|(_, intent)| intent));
    let mut intents = intents.collect::<Result<Vec<_>, _>>()?;
    // Their texts would not sort: a fraction of a second is written only where there is one.
    intents.sort_by(|one, two| (one.created, &one.idempotency_key).cmp(&(two.created, &two.idempotency_key)));
    Ok(intents)
}

type ProvenanceRow = (String, String, String, String, bool, i64, i64, String, String);

pub(super) async fn object_by_id(
    readers: &SqlitePool,
    stripe_id: &str,
) -> Result<Option<Provenance>, Failure> {
    let row: Option<ProvenanceRow> = sqlx::query_as(
        "SELECT flow, key, step, resource, created_by_us, made_run, run, place, updated FROM objects \
         WHERE stripe_id = ?1 ORDER BY created_by_us DESC, made_run, flow, key, step LIMIT 1",
    )
    .bind(stripe_id)
    .fetch_optional(readers)
    .await?;
    let Some((flow, key, step, resource, created_by_us, made_run, run, place, updated)) = row else {
        return Ok(None);
    };
    Ok(Some(Provenance {
        flow,
        key: RecordKey::from_text(key),
        step,
        resource,
        stripe_id: stripe_id.to_owned(),
        created_by_us,
        made_run: RunId(made_run),
        run: RunId(run),
        place,
        updated: parse_time(&updated)?,
    }))
}

type StandingRow = (
    i64,
    String,
    String,
    String,
    String,
    String,
    bool,
    i64,
    i64,
    String,
    String,
    String,
);

pub(super) async fn standing(
    readers: &SqlitePool,
    stripe_ids: &[String],
) -> Result<Vec<Vec<StandingObject>>, Failure> {
    let rows: Vec<StandingRow> = sqlx::query_as(STANDING)
        .bind(serde_json::to_string(stripe_ids)?)
        .fetch_all(readers)
        .await?;
    let mut standing = vec![Vec::new(); stripe_ids.len()];
    for row in rows {
        let (index, object) = read_standing(row)?;
        let place = usize::try_from(index)
            .ok()
            .and_then(|index| standing.get_mut(index))
            .ok_or_else(|| Failure::Damaged(format!("no id has index {index}")))?;
        place.push(object);
    }
    Ok(standing)
}

fn read_standing(row: StandingRow) -> Result<(i64, StandingObject), Failure> {
    let (index, stripe_id, flow, key, step, resource, created_by_us, made_run, run, place, updated, form) =
        row;
    let provenance = Provenance {
        flow,
        key: RecordKey::from_text(key),
        step,
        resource,
        stripe_id,
        created_by_us,
        made_run: RunId(made_run),
        run: RunId(run),
        place,
        updated: parse_time(&updated)?,
    };
    let form = parse_json(&form)?;
    Ok((index, StandingObject { provenance, form }))
}

pub(super) async fn undone(readers: &SqlitePool, flow: &str) -> Result<Vec<String>, Failure> {
    let ids = sqlx::query_scalar("SELECT stripe_id FROM undone WHERE flow = ?1 ORDER BY stripe_id")
        .bind(flow)
        .fetch_all(readers)
        .await?;
    Ok(ids)
}

pub(super) async fn keys(
    readers: &SqlitePool,
    flow: &str,
    after: Option<&RecordKey>,
    limit: u32,
) -> Result<Vec<RecordKey>, Failure> {
    read_keys(readers, KEYS, (flow, after, limit)).await
}

pub(super) async fn unfinished(
    readers: &SqlitePool,
    flow: &str,
    after: Option<&RecordKey>,
    limit: u32,
) -> Result<Vec<RecordKey>, Failure> {
    read_keys(readers, UNFINISHED, (flow, after, limit)).await
}

async fn read_keys(
    readers: &SqlitePool,
    statement: &'static str,
    (flow, after, limit): (&str, Option<&RecordKey>, u32),
) -> Result<Vec<RecordKey>, Failure> {
    let keys: Vec<String> = sqlx::query_scalar(statement)
        .bind(flow)
        .bind(after.map_or("", RecordKey::as_str))
        .bind(limit)
        .fetch_all(readers)
        .await?;
    Ok(keys.into_iter().map(RecordKey::from_text).collect())
}
