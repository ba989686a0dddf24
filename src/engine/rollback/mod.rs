//! A run taken back, as far as Stripe allows: planned, shown, asked for, and sent as an apply is.
//!
//! [`Session::plan_rollback`] reads what the run changed, the last change first, and each object as it is now, and
//! decides what becomes of each change; [`Session::rollback`] does it. A rollback is a run of its own, with intents
//! before its requests: one that was killed is gone on with by another rollback of the same run.
//!
//! What a run made is taken back by the rules of [`rules`]; what it changed gets its former values, unless a later
//! run or other hands have changed it since. Afterwards the ledger says what is true, so that the next apply plans
//! from there: objects that are gone or out of use stand for nothing any more, and no record takes them over.

mod decide;
mod live;
mod opposites;
mod order;
mod perform;
mod planner;
mod restore;
mod rules;
mod send;
#[cfg(test)]
mod tests;
mod undoing;

use std::sync::Arc;

use tokio::sync::watch;

use crate::ledger::{Journal, ProjectLock, RunId, RunState, RunSummary};
use crate::stripe::Counts;

use super::EngineError;
use super::events::Progress;
use super::session::Session;
use super::spool::Spool;

pub use undoing::{Part, PlannedUndo, UndoRequest, UndoTotals, Undoing};

use perform::Undoer;
use planner::UndoPlanner;

/// Which run is taken back, and how far.
#[derive(Clone, Debug)]
pub struct RollbackWish {
    /// The run.
    pub run: RunId,
    /// Whether customers that it made are deleted too.
    pub delete_customers: bool,
    /// Whether what a later run or other hands changed since is taken back all the same.
    pub force: bool,
}

/// What a rollback would do. Making it sends nothing that changes anything.
#[derive(Debug)]
pub struct RollbackPlan {
    /// The run that is taken back.
    pub run: RunSummary,
    /// How many changes become what.
    pub totals: UndoTotals,
    /// Requests that change something.
    pub requests: u64,
    items: Spool<PlannedUndo>,
}

impl RollbackPlan {
    /// Reads what becomes of each change, the last change first; what goes with another object stands behind that.
    pub fn items(
        &mut self,
    ) -> Result<impl Iterator<Item = Result<PlannedUndo, EngineError>> + '_, EngineError> {
        self.items.read()
    }
}

/// What a rollback did.
#[derive(Clone, Debug)]
pub struct RolledBack {
    /// The rollback's own number; `None` when there was nothing to do.
    pub run: Option<RunId>,
    /// How many changes became what.
    pub totals: UndoTotals,
    /// The requests that were sent.
    pub requests: Counts,
    /// How it ended.
    pub state: RunState,
    /// Changes that were not begun.
    pub left: u64,
}

impl Session {
    /// Plans to take a run back. Reads the objects as they are now, and sends nothing that changes anything.
    pub async fn plan_rollback(
        &self,
        wish: &RollbackWish,
        progress: &Progress,
    ) -> Result<RollbackPlan, EngineError> {
        let planner = UndoPlanner {
            ledger: self.ledger(),
            client: &self.online()?.client,
            wish,
            spool_directory: &self.state().join("tmp"),
            progress,
        };
        planner.plan().await
    }

    /// Takes a run back as planned. Needs the lock. Stops calmly, between two changes, once `stop` turns true.
    pub async fn rollback(
        &self,
        _lock: &ProjectLock,
        plan: RollbackPlan,
        progress: &Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<RolledBack, EngineError> {
        let connection = self.online()?;
        if !plan.totals.acts() {
            return Ok(RolledBack {
                run: None,
                totals: plan.totals,
                requests: connection.client.counts(),
                state: RunState::Finished,
                left: 0,
            });
        }
        let run = self.start_run(&format!("rollback {}", plan.run.id), &[]).await?;
        let journal = Arc::new(Journal::start(Arc::clone(self.ledger())));
        let undoer = Arc::new(Undoer {
            client: connection.client.clone(),
            ledger: Arc::clone(self.ledger()),
            journal: Arc::clone(&journal),
            run,
            account: connection.account.clone(),
            clock: self.clock().clone(),
        });
        let outcome = order::undo_all(&undoer, plan, progress, stop.clone()).await;
        drop(undoer);
        let closed = match Arc::into_inner(journal) {
            Some(journal) => journal.close().await.map_err(EngineError::from),
            None => Ok(()),
        };
        let (totals, left) = match closed.and(outcome) {
            Ok(ended) => ended,
            Err(error) => {
                // Where the ledger itself is the trouble, the run stays without an end.
                let _ = self
                    .finish_run(run, RunState::Stopped, serde_json::Value::Null)
                    .await;
                return Err(error);
            }
        };
        let state = match *stop.borrow() {
            true => RunState::Interrupted,
            false => RunState::Finished,
        };
        let mut recorded = serde_json::json!(totals);
        if let Some(members) = recorded.as_object_mut() {
            members.insert("left".to_owned(), left.into());
        }
        self.finish_run(run, state, recorded).await?;
        Ok(RolledBack {
            run: Some(run),
            totals,
            requests: connection.client.counts(),
            state,
            left,
        })
    }
}
