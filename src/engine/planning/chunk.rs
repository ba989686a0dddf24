//! Rows on their way from a sheet to the ledger: read on a thread of its own, evaluated on others.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::engine::evaluation::{self, Evaluated, FlowEvaluation, Groups};
use crate::engine::{EngineError, Selection};
use crate::model::Row;
use crate::source::{Rows, SourceError};

/// How many rows are evaluated, and asked of the ledger, at once.
pub(in crate::engine) const CHUNK: usize = 1_000;

/// Rows that are evaluated, or will be.
pub(super) enum Chunk {
    Evaluated(evaluation::Chunk),
    Evaluating(JoinHandle<evaluation::Chunk>),
}

impl Chunk {
    /// Waits until the rows are evaluated.
    pub(super) async fn evaluated(self) -> Result<evaluation::Chunk, EngineError> {
        match self {
            Chunk::Evaluated(rows) => Ok(rows),
            Chunk::Evaluating(rows) => rows.await.map_err(|_| EngineError::Thread),
        }
    }
}

/// Reads a sheet and hands its records on, in the order of the sheet.
pub(super) struct Reader {
    pub(super) evaluation: Arc<FlowEvaluation>,
    pub(super) selection: Selection,
    pub(super) sender: mpsc::Sender<Result<Chunk, EngineError>>,
}

impl Reader {
    /// Reads a sheet whose rows are records. With `alone` they are evaluated on this thread.
    pub(super) fn read_rows(&self, rows: Rows, alone: bool) -> Result<(), EngineError> {
        let mut rows = rows.filter(|row| {
            row.as_ref()
                .map_or(true, |row| self.selection.wants_row(row.number))
        });
        loop {
            let chunk = rows
                .by_ref()
                .take(CHUNK)
                .collect::<Result<Vec<Row>, SourceError>>()?;
            if chunk.is_empty() {
                return Ok(());
            }
            let work = Work {
                evaluation: Arc::clone(&self.evaluation),
                selection: self.selection.clone(),
            };
            let chunk = match alone {
                true => Chunk::Evaluated(work.rows(chunk)),
                false => Chunk::Evaluating(tokio::task::spawn_blocking(move || work.rows(chunk))),
            };
            if self.sender.blocking_send(Ok(chunk)).is_err() {
                return Ok(());
            }
        }
    }

    /// Reads a sheet whose rows are lines of groups. All lines are in memory, since the last row may belong to
    /// the first group.
    pub(super) fn read_groups(&self, mut rows: Rows) -> Result<(), EngineError> {
        let mut groups = Groups::default();
        loop {
            let chunk = rows
                .by_ref()
                .take(CHUNK)
                .collect::<Result<Vec<Row>, SourceError>>()?;
            if chunk.is_empty() {
                break;
            }
            let mut grouped = self.evaluation.group(chunk, &mut groups);
            // A row that is in no group is none of those that are asked for.
            grouped.evaluated.retain(|_| self.selection.takes_all_keys());
            if self.sender.blocking_send(Ok(Chunk::Evaluated(grouped))).is_err() {
                return Ok(());
            }
        }
        let wanted = |lines: &Vec<Row>| lines.iter().any(|row| self.selection.wants_row(row.number));
        let mut records: Vec<Evaluated> = Vec::new();
        for lines in groups.into_lines().into_iter().filter(wanted) {
            records.push(self.evaluation.evaluate_group(lines));
            if records.len() == CHUNK && !self.send_records(std::mem::take(&mut records)) {
                return Ok(());
            }
        }
        self.send_records(records);
        Ok(())
    }

    /// Sends records on; tells whether anybody wants more.
    fn send_records(&self, mut records: Vec<Evaluated>) -> bool {
        let flow = &self.evaluation.flow.name;
        records.retain(|record| self.selection.wants_key(flow, record.key()));
        let chunk = evaluation::Chunk {
            evaluated: records,
            guarded: Vec::new(),
        };
        self.sender.blocking_send(Ok(Chunk::Evaluated(chunk))).is_ok()
    }
}

/// What evaluating a chunk needs on another thread.
struct Work {
    evaluation: Arc<FlowEvaluation>,
    selection: Selection,
}

impl Work {
    fn rows(&self, rows: Vec<Row>) -> evaluation::Chunk {
        let mut chunk = self.evaluation.evaluate(rows);
        chunk
            .evaluated
            .retain(|record| self.selection.wants_key(&self.evaluation.flow.name, record.key()));
        chunk
    }
}
