use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::engine::EngineError;
use crate::engine::events::{Event, Progress};
use crate::engine::planning::planner::{FlowPlan, Plan};
use crate::lang::program::Share;
use crate::ledger::{Entry, Journal, KnownRecord, Ledger, RecordOutcome, RecordResult, RunId, RunState};
use crate::model::{Clock, Decimal, RecordKey};
use crate::plan::{Outcome, PlannedRecord, Totals};
use crate::stripe::{Client, Counts};

use super::execute::Executor;

/// How many records are on their way at once. Requests wait for their turn in the client.
const IN_FLIGHT: usize = 128;
/// How many planned records are read, and asked of the ledger, at once.
const CHUNK: usize = 500;

/// What an apply did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The run's number; `None` when there was nothing to do.
    pub run: Option<RunId>,
    /// How many records ended in which way, by flow.
    pub flows: Vec<(String, Totals)>,
    /// The requests that were sent.
    pub requests: Counts,
    /// How it ended: finished, interrupted by a person, or stopped because too much went wrong.
    pub state: RunState,
    /// Records that were not begun.
    pub left: u64,
}

impl Applied {
    /// Gives the sums over all flows.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (_, flow) in &self.flows {
            totals.add(flow);
        }
        totals
    }

    /// Gives what the ledger keeps of it: the sums over all flows, and below `flows` those of each.
    pub(in crate::engine) fn recorded(&self) -> serde_json::Value {
        let mut recorded = serde_json::json!(self.totals());
        let flows = self
            .flows
            .iter()
            .map(|(name, totals)| serde_json::json!({"name": name, "totals": totals}));
        if let Some(members) = recorded.as_object_mut() {
            members.insert("flows".to_owned(), flows.collect());
            members.insert("left".to_owned(), self.left.into());
        }
        recorded
    }
}

/// Carries out plans.
pub(in crate::engine) struct Apply<'a, L: Ledger> {
    pub(in crate::engine) client: &'a Client,
    pub(in crate::engine) ledger: &'a Arc<L>,
    pub(in crate::engine) journal: Arc<Journal<L>>,
    pub(in crate::engine) run: RunId,
    pub(in crate::engine) account: &'a str,
    pub(in crate::engine) project: &'a str,
    pub(in crate::engine) clock: &'a Clock,
    pub(in crate::engine) progress: &'a Progress,
    /// Turns true when no further record shall be begun.
    pub(in crate::engine) stop: watch::Receiver<bool>,
}

/// The count of one flow while it runs.
struct Running {
    totals: Totals,
    left: u64,
    /// Records that a check stopped on their way.
    stopped: u64,
}

impl Running {
    /// Tells whether so much has failed that the flow wants to stop.
    fn goes_wrong(&self, stop: Option<Share>, records: u64) -> bool {
        let failed = self.totals.failed + self.stopped;
        match stop {
            None => false,
            Some(Share::Count(count)) => failed >= count,
            Some(Share::Percent(percent)) => {
                let share = Decimal::from(failed) * Decimal::ONE_HUNDRED;
                failed > 0 && share > percent.saturating_mul(Decimal::from(records))
            }
        }
    }
}

impl<L: Ledger> Apply<'_, L> {
    /// Carries out all flows in order. Records that were begun are always brought to their end.
    pub(in crate::engine) async fn run(
        &self,
        plan: Plan,
    ) -> Result<(Vec<(String, Totals)>, u64), EngineError> {
        let mut flows = Vec::new();
        let mut left = 0;
        for mut flow in plan.flows {
            let running = self.flow(&mut flow).await?;
            left += running.left;
            flows.push((flow.flow.name.to_string(), running.totals));
        }
        Ok((flows, left))
    }

    async fn flow(&self, plan: &mut FlowPlan) -> Result<Running, EngineError> {
        let summary = plan.summary.clone();
        let name = plan.flow.name.to_string();
        self.progress.send(Event::Applying {
            flow: name.clone(),
            records: summary.totals.changing(),
        });
        let executor = Arc::new(Executor {
            client: self.client.clone(),
            journal: Arc::clone(&self.journal),
            run: self.run,
            account: self.account.to_owned(),
            project: self.project.to_owned(),
            evaluation: Arc::clone(&plan.evaluation),
            lookups: Arc::clone(&plan.lookups),
            clock: self.clock.clone(),
        });
        // What the plan left alone is counted, not looked at again.
        let mut running = Running {
            totals: Totals::default(),
            left: 0,
            stopped: 0,
        };
        let mut tasks = JoinSet::new();
        let plan_stop = plan.flow.stop;
        let mut planned = 0;
        let mut items = plan.records()?;
        loop {
            let chunk = items.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>()?;
            if chunk.is_empty() {
                break;
            }
            planned += chunk.len() as u64;
            let mut known = self.known(&name, &chunk).await?;
            for record in chunk {
                if *self.stop.borrow() || running.goes_wrong(plan_stop, summary.totals.records) {
                    running.left += 1;
                    continue;
                }
                if let Outcome::Rejected(_) = &record.outcome {
                    let result = executor.result(&record, RecordOutcome::Rejected);
                    self.journal.append(vec![Entry::Result(result.clone())]).await?;
                    self.count(&mut running, result);
                    continue;
                }
                if tasks.len() >= IN_FLIGHT {
                    self.take_finished(&mut tasks, &mut running).await?;
                }
                let known = record.key.as_ref().and_then(|key| known.remove(key));
                let executor = Arc::clone(&executor);
                tasks.spawn(async move { executor.record(record, known).await });
            }
        }
        while !tasks.is_empty() {
            self.take_finished(&mut tasks, &mut running).await?;
        }
        let unchanged = summary.totals.records.saturating_sub(planned);
        running.totals.records += unchanged;
        running.totals.unchanged += unchanged;
        Ok(running)
    }

    async fn known(
        &self,
        flow: &str,
        chunk: &[PlannedRecord],
    ) -> Result<HashMap<RecordKey, KnownRecord>, EngineError> {
        let keys: Vec<RecordKey> = chunk.iter().filter_map(|record| record.key.clone()).collect();
        let known = self.ledger.known(flow, &keys).await?;
        Ok(known
            .into_iter()
            .map(|record| (record.key.clone(), record))
            .collect())
    }

    /// Waits for one record to end. A run that can't go on is stopped here; what is in flight then is
    /// settled by the next apply.
    async fn take_finished(
        &self,
        tasks: &mut JoinSet<Result<RecordResult, EngineError>>,
        running: &mut Running,
    ) -> Result<(), EngineError> {
        match tasks.join_next().await {
            None => Ok(()),
            Some(Ok(result)) => {
                self.count(running, result?);
                Ok(())
            }
            Some(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Ok(()),
            },
        }
    }

    fn count(&self, running: &mut Running, result: RecordResult) {
        let totals = &mut running.totals;
        totals.records += 1;
        match result.outcome {
            RecordOutcome::Created => totals.created += 1,
            RecordOutcome::Updated => totals.updated += 1,
            RecordOutcome::Deleted => totals.deleted += 1,
            RecordOutcome::Called => totals.called += 1,
            RecordOutcome::Unchanged => totals.unchanged += 1,
            RecordOutcome::Rejected => {
                totals.rejected += 1;
                running.stopped += u64::from(result.step.is_some());
            }
            RecordOutcome::Failed => totals.failed += 1,
        }
        self.progress.send(Event::Record(result));
    }
}
