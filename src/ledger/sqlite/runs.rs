use sqlx::SqlitePool;

use crate::ledger::{
    AccountMark, ChangeRecord, Cursor, IntentAction, LedgerError, Page, Paged, RecordOutcome, RecordResult,
    ResultCount, ResultPage, RunEnd, RunId, RunStart, RunState, RunSummary,
};
use crate::model::RecordKey;

use super::failure::Failure;
use super::row::{parse_json, parse_number, parse_time, parse_word};

pub(super) async fn account(readers: &SqlitePool) -> Result<Option<AccountMark>, Failure> {
    let row: Option<(String, bool)> = sqlx::query_as("SELECT id, livemode FROM account")
        .fetch_optional(readers)
        .await?;
    Ok(row.map(|(id, livemode)| AccountMark { id, livemode }))
}

pub(super) async fn record_account(writer: &SqlitePool, account: &AccountMark) -> Result<(), Failure> {
    let (id, livemode): (String, bool) = sqlx::query_as(
        "INSERT INTO account (only_one, id, livemode) VALUES (1, ?1, ?2) \
         ON CONFLICT (only_one) DO UPDATE SET id = id RETURNING id, livemode",
    )
    .bind(&account.id)
    .bind(account.livemode)
    .fetch_one(writer)
    .await?;
    let known = AccountMark { id, livemode };
    if known == *account {
        Ok(())
    } else {
        Err(LedgerError::other_account(&known, account).into())
    }
}

pub(super) async fn start(writer: &SqlitePool, start: &RunStart) -> Result<RunId, Failure> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO runs (command, generation, flows, started) VALUES (?1, ?2, ?3, ?4) RETURNING id",
    )
    .bind(&start.command)
    .bind(start.generation)
    .bind(serde_json::to_string(&start.flows)?)
    .bind(start.started.to_string())
    .fetch_one(writer)
    .await?;
    Ok(RunId(id))
}

pub(super) async fn finish(writer: &SqlitePool, run: RunId, end: &RunEnd) -> Result<(), Failure> {
    let done = sqlx::query("UPDATE runs SET state = ?2, totals = ?3, ended = ?4 WHERE id = ?1")
        .bind(run.0)
        .bind(end.state.as_str())
        .bind(end.totals.to_string())
        .bind(end.ended.to_string())
        .execute(writer)
        .await?;
    if done.rows_affected() == 0 {
        Err(LedgerError::NoRun { run }.into())
    } else {
        Ok(())
    }
}

type RunRow = (
    i64,
    String,
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
);

pub(super) async fn newest(readers: &SqlitePool, limit: u32) -> Result<Vec<RunSummary>, Failure> {
    let rows: Vec<RunRow> = sqlx::query_as(
        "SELECT id, command, generation, flows, started, state, totals, ended FROM runs \
         ORDER BY id DESC LIMIT ?1",
    )
    .bind(limit)
    .fetch_all(readers)
    .await?;
    rows.into_iter().map(read_run).collect()
}

pub(super) async fn one(readers: &SqlitePool, run: RunId) -> Result<Option<RunSummary>, Failure> {
    let row: Option<RunRow> = sqlx::query_as(
        "SELECT id, command, generation, flows, started, state, totals, ended FROM runs WHERE id = ?1",
    )
    .bind(run.0)
    .fetch_optional(readers)
    .await?;
    row.map(read_run).transpose()
}

/// Only rows whose text has the name in it are taken apart: a flow that never ran costs one look at each run.
pub(super) async fn last_of(readers: &SqlitePool, flow: &str) -> Result<Option<RunSummary>, Failure> {
    let row: Option<RunRow> = sqlx::query_as(
        "SELECT id, command, generation, flows, started, state, totals, ended FROM runs \
         WHERE instr(flows, ?2) > 0 \
           AND EXISTS (SELECT 1 FROM json_each(runs.flows) WHERE json_extract(value, '$[0]') = ?1) \
         ORDER BY id DESC LIMIT 1",
    )
    .bind(flow)
    .bind(serde_json::to_string(flow)?)
    .fetch_optional(readers)
    .await?;
    row.map(read_run).transpose()
}

fn read_run(row: RunRow) -> Result<RunSummary, Failure> {
    let (id, command, generation, flows, started, state, totals, ended) = row;
    let start = RunStart {
        command,
        generation: parse_number(generation)?,
        flows: parse_json(&flows)?,
        started: parse_time(&started)?,
    };
    let end = match (state, totals, ended) {
        (Some(state), Some(totals), Some(ended)) => Some(RunEnd {
            state: parse_word(&state, RunState::parse)?,
            totals: parse_json(&totals)?,
            ended: parse_time(&ended)?,
        }),
        _ => None,
    };
    Ok(RunSummary {
        id: RunId(id),
        start,
        end,
    })
}

type ResultRow = (
    i64,
    String,
    Option<String>,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
);

pub(super) async fn results(
    readers: &SqlitePool,
    run: RunId,
    wanted: &ResultPage,
) -> Result<Paged<RecordResult>, Failure> {
    let rows: Vec<ResultRow> = sqlx::query_as(
        "SELECT id, flow, key, place, step, outcome, stripe_id, message, code, param, request_id, status \
         FROM results WHERE run = ?1 AND id > ?2 \
           AND (json_array_length(?3) = 0 OR outcome IN (SELECT value FROM json_each(?3))) \
           AND (?5 IS NULL OR flow = ?5) \
         ORDER BY id LIMIT ?4",
    )
    .bind(run.0)
    .bind(wanted.page.after.map_or(0, |cursor| cursor.0))
    .bind(serde_json::to_string(&wanted.outcomes)?)
    .bind(wanted.page.limit)
    .bind(&wanted.flow)
    .fetch_all(readers)
    .await?;
    let next = next_page(rows.last().map(|row| row.0), rows.len(), wanted.page.limit);
    let items = rows
        .into_iter()
        .map(|row| read_result(run, row))
        .collect::<Result<_, _>>()?;
    Ok(Paged { items, next })
}

/// A full page may have another behind it; the last item says where that begins.
fn next_page(last: Option<i64>, length: usize, limit: u32) -> Option<Cursor> {
    let full = u32::try_from(length).is_ok_and(|length| length == limit);
    last.filter(|_| full).map(Cursor)
}

fn read_result(run: RunId, row: ResultRow) -> Result<RecordResult, Failure> {
    let (_, flow, key, place, step, outcome, stripe_id, message, code, param, request_id, status) = row;
    Ok(RecordResult {
        run,
        flow,
        key: key.map(RecordKey::from_text),
        place,
        step,
        outcome: parse_word(&outcome, RecordOutcome::parse)?,
        stripe_id,
        message,
        code,
        param,
        request_id,
        status: status.map(parse_number).transpose()?,
    })
}

pub(super) async fn result_counts(readers: &SqlitePool, run: RunId) -> Result<Vec<ResultCount>, Failure> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT flow, outcome, count(*) FROM results WHERE run = ?1 \
         GROUP BY flow, outcome ORDER BY flow, outcome",
    )
    .bind(run.0)
    .fetch_all(readers)
    .await?;
    let counts = rows.into_iter().map(|(flow, outcome, count)| {
        Ok(ResultCount {
            flow,
            outcome: parse_word(&outcome, RecordOutcome::parse)?,
            count: parse_number(count)?,
        })
    });
    counts.collect()
}

type ChangeRow = (
    i64,
    i64,
    String,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
);

pub(super) async fn changes(
    readers: &SqlitePool,
    run: RunId,
    page: Page,
) -> Result<Paged<ChangeRecord>, Failure> {
    let rows: Vec<ChangeRow> = sqlx::query_as(
        "SELECT id, run, flow, key, step, resource, stripe_id, action, before, after, operation, path FROM changes \
         WHERE run = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    )
    .bind(run.0)
    .bind(page.after.map_or(i64::MAX, |cursor| cursor.0))
    .bind(page.limit)
    .fetch_all(readers)
    .await?;
    let next = next_page(rows.last().map(|row| row.0), rows.len(), page.limit);
    let items = rows.into_iter().map(read_change).collect::<Result<_, _>>()?;
    Ok(Paged { items, next })
}

pub(super) async fn changes_of(
    readers: &SqlitePool,
    stripe_id: &str,
    limit: u32,
) -> Result<Vec<ChangeRecord>, Failure> {
    let rows: Vec<ChangeRow> = sqlx::query_as(
        "SELECT id, run, flow, key, step, resource, stripe_id, action, before, after, operation, path FROM changes \
         WHERE stripe_id = ?1 ORDER BY id LIMIT ?2",
    )
    .bind(stripe_id)
    .bind(limit)
    .fetch_all(readers)
    .await?;
    rows.into_iter().map(read_change).collect()
}

fn read_change(row: ChangeRow) -> Result<ChangeRecord, Failure> {
    let (_, run, flow, key, step, resource, stripe_id, action, before, after, operation, path) = row;
    Ok(ChangeRecord {
        run: RunId(run),
        flow,
        key: RecordKey::from_text(key),
        step,
        resource,
        stripe_id,
        action: parse_word(&action, IntentAction::parse)?,
        before: before.as_deref().map(parse_json).transpose()?,
        after: parse_json(&after)?,
        operation,
        path,
    })
}
