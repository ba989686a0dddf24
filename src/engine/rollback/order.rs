//! The order of a rollback: the last change first, records side by side.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::engine::EngineError;
use crate::engine::events::{Event, Progress};
use crate::ledger::{Ledger, RecordOutcome, RecordResult};

use super::RollbackPlan;
use super::perform::Undoer;
use super::undoing::{PlannedUndo, UndoTotals, Undoing};

/// How many changes are ordered together. What comes behind them waits until they are through.
const CHUNK: usize = 500;
/// How many records are on their way at once.
const IN_FLIGHT: usize = 64;

/// Takes all changes back; gives the sums, and how many changes were not begun.
pub(super) async fn undo_all<L: Ledger>(
    undoer: &Arc<Undoer<L>>,
    mut plan: RollbackPlan,
    progress: &Progress,
    stop: watch::Receiver<bool>,
) -> Result<(UndoTotals, u64), EngineError> {
    progress.send(Event::Applying {
        flow: format!("rollback of run {}", plan.run.id),
        records: plan.totals.changes,
    });
    let mut pass = Pass {
        undoer,
        progress,
        stop,
        totals: UndoTotals::default(),
        left: 0,
    };
    let mut chunk: Vec<PlannedUndo> = Vec::new();
    for item in plan.items()? {
        let item = item?;
        let other_flow = chunk
            .last()
            .is_some_and(|last| last.change.flow != item.change.flow);
        if other_flow || chunk.len() >= CHUNK {
            pass.chunk(std::mem::take(&mut chunk)).await?;
        }
        chunk.push(item);
    }
    pass.chunk(chunk).await?;
    Ok((pass.totals, pass.left))
}

/// A rollback on its way.
struct Pass<'a, L> {
    undoer: &'a Arc<Undoer<L>>,
    progress: &'a Progress,
    stop: watch::Receiver<bool>,
    totals: UndoTotals,
    left: u64,
}

/// What became of the changes that must keep their order.
type Ended = Result<(Vec<RecordResult>, u64), EngineError>;

impl<L: Ledger> Pass<'_, L> {
    /// Takes changes of one flow back.
    async fn chunk(&mut self, chunk: Vec<PlannedUndo>) -> Result<(), EngineError> {
        let mut tasks: JoinSet<Ended> = JoinSet::new();
        for group in groups(chunk) {
            if tasks.len() >= IN_FLIGHT {
                self.take(&mut tasks).await?;
            }
            let (undoer, stop) = (Arc::clone(self.undoer), self.stop.clone());
            tasks.spawn(async move {
                let mut results = Vec::with_capacity(group.len());
                for item in &group {
                    if *stop.borrow() {
                        break;
                    }
                    results.push(undoer.undo(item).await?);
                }
                let left = group.len() - results.len();
                Ok((results, left as u64))
            });
        }
        while !tasks.is_empty() {
            self.take(&mut tasks).await?;
        }
        Ok(())
    }

    async fn take(&mut self, tasks: &mut JoinSet<Ended>) -> Result<(), EngineError> {
        let (results, left) = match tasks.join_next().await {
            None => return Ok(()),
            Some(Ok(ended)) => ended?,
            Some(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(EngineError::Thread),
            },
        };
        self.left += left;
        for result in results {
            self.totals.count(result.outcome);
            self.progress.send(Event::Record(result));
        }
        Ok(())
    }
}

impl UndoTotals {
    /// Counts what was done.
    fn count(&mut self, outcome: RecordOutcome) {
        self.changes += 1;
        match outcome {
            RecordOutcome::Deleted => self.taken_back += 1,
            RecordOutcome::Created | RecordOutcome::Updated | RecordOutcome::Called => self.restored += 1,
            RecordOutcome::Unchanged => self.kept += 1,
            RecordOutcome::Rejected => self.not_undone += 1,
            RecordOutcome::Failed => self.failed += 1,
        }
    }
}

/// Puts changes together that must keep their order: those of one record, those of one object, and what goes with an
/// object.
fn groups(chunk: Vec<PlannedUndo>) -> Vec<Vec<PlannedUndo>> {
    let mut groups: Vec<Vec<(usize, PlannedUndo)>> = Vec::new();
    let mut of: HashMap<String, usize> = HashMap::new();
    for (place, item) in chunk.into_iter().enumerate() {
        let whole = match &item.undoing {
            Undoing::With { id } => id,
            _ => &item.change.stripe_id,
        };
        let names = [
            format!("key {}", item.change.key.as_str()),
            format!("id {}", item.change.stripe_id),
            format!("id {whole}"),
        ];
        let found: Vec<usize> = names.iter().filter_map(|name| of.get(name).copied()).collect();
        let at = match found.as_slice() {
            [] => {
                groups.push(Vec::new());
                groups.len() - 1
            }
            [first, rest @ ..] => {
                for other in rest.iter().filter(|other| *other != first) {
                    join(&mut groups, &mut of, (*first, *other));
                }
                *first
            }
        };
        for name in names {
            of.insert(name, at);
        }
        if let Some(group) = groups.get_mut(at) {
            group.push((place, item));
        }
    }
    let whole = groups.into_iter().filter(|group| !group.is_empty());
    whole
        .map(|mut group| {
            group.sort_by_key(|(place, _)| *place);
            group.into_iter().map(|(_, item)| item).collect()
        })
        .collect()
}

/// Adds one group to another.
fn join(
    groups: &mut [Vec<(usize, PlannedUndo)>],
    of: &mut HashMap<String, usize>,
    (to, from): (usize, usize),
) {
    let moved = groups.get_mut(from).map(std::mem::take).unwrap_or_default();
    if let Some(group) = groups.get_mut(to) {
        group.extend(moved);
    }
    for at in of.values_mut().filter(|at| **at == from) {
        *at = to;
    }
}
