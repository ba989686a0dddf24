use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::engine::events::{Event, Progress};
use crate::engine::planning::planner::Purpose;
use crate::engine::{Applied, EngineError, Plan, Session};
use crate::ledger::{ProjectLock, RecordOutcome, RecordResult, RunState};
use crate::model::Mode;
use crate::plan::{Limits, Moved};
use crate::stripe::Counts;
use crate::watch::{Inputs, Observer, Snapshot};

use super::audience::{Audience, Question};
use super::generation::Generation;
use super::reach::{Basis, Reached};
use super::report::{AppliedFlow, News, PlannedFlow};

/// How many records of each flow are told of with a plan.
const SHOWN_RECORDS: usize = 20;
/// How many records that went wrong are told of after a run.
const SHOWN_TROUBLE: usize = 100;
/// How often a plan is made anew because its sheets changed while it was made.
const MOST_PLANS: usize = 20;

/// What is to be planned, and applied unless only the plan is wanted.
pub(super) struct RunOrder<'a> {
    pub(super) generation: Arc<Generation>,
    /// The flows, in the order in which they run.
    pub(super) reached: Vec<Reached>,
    pub(super) plan_only: bool,
    /// Turns true when a newer generation has something else for these flows. Looked at till the plan is applied.
    pub(super) superseded: watch::Receiver<bool>,
    /// Turns true when no further record shall be begun.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) observer: Observer,
    pub(super) progress: Progress,
    pub(super) teller: Teller<'a>,
}

/// How a run tells what happens.
#[derive(Clone)]
pub(super) struct Teller<'a> {
    pub(super) audience: &'a dyn Audience,
    pub(super) clock: crate::model::Clock,
}

/// What a run came to.
pub(super) enum RunEnd {
    /// A newer generation made it pointless; nothing was sent.
    Superseded,
    /// It came to its end.
    Ended {
        /// What each flow was planned with.
        planned: BTreeMap<Arc<str>, Basis>,
        /// Whether it went through all records.
        state: RunState,
    },
    /// It came to nothing.
    Failed {
        /// What each flow would have been planned with.
        planned: BTreeMap<Arc<str>, Basis>,
        /// Why.
        error: EngineError,
    },
}

/// A plan that may be applied, and what it was made of.
struct Prepared {
    plan: Option<Plan>,
    rows: Snapshot,
}

impl Teller<'_> {
    pub(super) fn tell(&self, news: News) {
        self.audience.tell(super::Report {
            at: self.clock.now(),
            news,
        });
    }
}

impl RunOrder<'_> {
    /// Plans, asks where it must, and applies.
    pub(super) async fn run(mut self) -> RunEnd {
        let locked = match self.plan_only {
            true => Ok(None),
            false => self.lock().await.map(Some),
        };
        let lock = match locked {
            Ok(lock) => lock,
            Err(error) => return self.failed(error),
        };
        let mut superseded = self.superseded.clone();
        let prepared = tokio::select! {
            biased;
            _ = superseded.wait_for(|is| *is) => return RunEnd::Superseded,
            prepared = self.prepare() => prepared,
        };
        let Prepared { plan, rows } = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return self.failed(error),
        };
        let state = match (plan, lock) {
            (Some(plan), Some(lock)) => self.apply(plan, &lock).await,
            _ => Ok(RunState::Finished),
        };
        match state {
            Ok(state) => RunEnd::Ended {
                planned: self.bases(&rows),
                state,
            },
            Err(error) => self.failed(error),
        }
    }

    fn session(&self) -> &Session {
        &self.generation.session
    }

    /// Holds other applies off, and brings to its end what an interrupted one left open.
    async fn lock(&self) -> Result<ProjectLock, EngineError> {
        let lock = self.session().lock()?;
        self.session().settle(&lock, &self.progress).await?;
        Ok(lock)
    }

    /// Makes the plan of rows that stand still, tells it, and asks. The plan is none when nothing is to be sent.
    async fn prepare(&mut self) -> Result<Prepared, EngineError> {
        for _ in 0..MOST_PLANS {
            let (plan, rows) = self.plan().await?;
            let Some(plan) = self.wanted(plan).await? else {
                return Ok(Prepared { plan: None, rows });
            };
            // A person may have taken a while to answer.
            if self.look(&rows).await.is_same(&rows) {
                return Ok(Prepared {
                    plan: Some(plan),
                    rows,
                });
            }
        }
        Err(EngineError::Restless)
    }

    async fn plan(&self) -> Result<(Plan, Snapshot), EngineError> {
        for _ in 0..MOST_PLANS {
            self.observer.quiet().await;
            let before = self.look(&self.generation.snapshot).await;
            let wanted = |name: &str| self.reached.iter().any(|reached| *reached.flow == *name);
            let plan = self
                .session()
                .plan_flows(Purpose::Apply, wanted, &self.progress)
                .await;
            let after = self.look(&before).await;
            // Trouble with rows that changed while they were read is no trouble.
            if after.is_same(&before) {
                return Ok((plan?, before));
            }
        }
        Err(EngineError::Restless)
    }

    /// Looks at the sheets of all flows of the run.
    async fn look(&self, former: &Snapshot) -> Snapshot {
        let flows = self.generation.flows().iter();
        let files = flows
            .filter(|flow| self.reached.iter().any(|reached| reached.flow == flow.name))
            .map(|flow| self.generation.files_of(flow));
        let inputs = files.fold(Inputs::default(), |all, files| all.with(&files));
        let former = former.clone();
        let looked = tokio::task::spawn_blocking(move || Snapshot::take(&inputs, &former)).await;
        // A look that came to no end is like no other.
        looked.unwrap_or_default()
    }

    /// Tells the plan; gives it back when it may be sent.
    async fn wanted(&self, mut plan: Plan) -> Result<Option<Plan>, EngineError> {
        self.teller.tell(self.planned(&mut plan)?);
        plan.check_guards()?;
        if self.plan_only {
            return Ok(None);
        }
        let summary = plan.summary();
        let mode = self
            .session()
            .connection
            .as_ref()
            .map_or(Mode::Test, |connection| connection.mode);
        if mode == Mode::Live && summary.totals.changing() > 0 {
            let question = Question {
                mode,
                flows: plan.flows.iter().map(|flow| flow.flow.name.to_string()).collect(),
                changing: summary.totals.changing(),
                money: summary.money,
            };
            if !self.teller.audience.approve(question).await {
                self.teller.tell(News::Declined { flows: self.names() });
                return Ok(None);
            }
        }
        Ok(Some(plan))
    }

    fn planned(&self, plan: &mut Plan) -> Result<News, EngineError> {
        let sums = (plan.summary(), self.limits());
        let mut flows = Vec::new();
        for flow in &mut plan.flows {
            let Some(reached) = self.reached.iter().find(|reached| reached.flow == flow.flow.name) else {
                continue;
            };
            let (totals, guard) = (flow.summary.totals, flow.guard.clone());
            let count = flow.record_count();
            let records = flow
                .records()?
                .take(SHOWN_RECORDS)
                .collect::<Result<Vec<_>, _>>()?;
            flows.push(PlannedFlow {
                reached: reached.clone(),
                totals,
                guard,
                more: count.saturating_sub(records.len() as u64),
                records,
            });
        }
        Ok(News::Planned {
            generation: self.generation.number,
            flows,
            sums,
        })
    }

    /// Sends the plan, and tells what came of it.
    async fn apply(&self, plan: Plan, lock: &ProjectLock) -> Result<RunState, EngineError> {
        let started = Instant::now();
        let money = plan.summary().money;
        let sent_before = self.counts();
        let (sender, events) = mpsc::unbounded_channel();
        let send = async {
            let progress = Progress::to(sender);
            self.session()
                .apply(lock, plan, &progress, self.stop.clone())
                .await
        };
        let (applied, trouble) = tokio::join!(send, self.listen(events));
        let applied = applied?;
        let state = applied.state;
        self.tell_applied(applied, (money, trouble), (sent_before, started.elapsed()));
        Ok(state)
    }

    fn tell_applied(
        &self,
        applied: Applied,
        (money, trouble): (Moved, Vec<RecordResult>),
        (sent_before, time): (Counts, Duration),
    ) {
        let Some(run) = applied.run else { return };
        self.teller.tell(News::Applied {
            generation: self.generation.number,
            run,
            totals: applied.totals(),
            flows: applied
                .flows
                .into_iter()
                .map(|(flow, totals)| AppliedFlow { flow, totals })
                .collect(),
            requests: applied.requests.since(&sent_before),
            money,
            interrupted: applied.state == RunState::Interrupted,
            left: applied.left,
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            trouble,
        });
    }

    /// Passes events on, and keeps the first records that went wrong.
    async fn listen(&self, mut events: mpsc::UnboundedReceiver<Event>) -> Vec<RecordResult> {
        let mut trouble = Vec::new();
        while let Some(event) = events.recv().await {
            if let Event::Record(result) = &event
                && is_trouble(result)
                && trouble.len() < SHOWN_TROUBLE
            {
                trouble.push(result.clone());
            }
            self.progress.send(event);
        }
        trouble
    }

    fn counts(&self) -> Counts {
        let connection = self.session().connection.as_ref();
        connection.map_or_else(Counts::default, |connection| connection.client.counts())
    }

    fn limits(&self) -> Limits {
        let connection = self.session().connection.as_ref();
        connection.map_or_else(Limits::default, |connection| connection.limits)
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.reached
            .iter()
            .map(|reached| Arc::clone(&reached.flow))
            .collect()
    }

    fn bases(&self, rows: &Snapshot) -> BTreeMap<Arc<str>, Basis> {
        let names = self.names();
        self.generation
            .flows()
            .iter()
            .filter(|flow| names.contains(&flow.name))
            .map(|flow| (Arc::clone(&flow.name), self.generation.basis(flow, rows)))
            .collect()
    }

    fn failed(&self, error: EngineError) -> RunEnd {
        RunEnd::Failed {
            planned: self.bases(&self.generation.snapshot),
            error,
        }
    }
}

/// Tells whether the plan did not say it: that a request failed, or that a step rejected the record.
fn is_trouble(result: &RecordResult) -> bool {
    match &result.outcome {
        RecordOutcome::Failed => true,
        RecordOutcome::Rejected => result.step.is_some(),
        RecordOutcome::Created
        | RecordOutcome::Updated
        | RecordOutcome::Deleted
        | RecordOutcome::Called
        | RecordOutcome::Unchanged => false,
    }
}
