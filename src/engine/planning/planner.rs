use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use tokio::sync::{RwLock, mpsc};

use crate::engine::evaluation::{Evaluated, FlowEvaluation};
use crate::engine::events::Progress;
use crate::engine::spool::Spool;
use crate::engine::{EngineError, Project, Selection};
use crate::eval::{Lookups, PlanCounts};
use crate::lang::program::{Flow, StepKind};
use crate::ledger::{KnownRecord, Ledger};
use crate::model::{RecordKey, Row, SourceSpec};
use crate::plan::{PlannedRecord, Summary};
use crate::stripe::Client;

use super::checked_source::open_as_checked;
use super::chunk::{CHUNK, Chunk, Reader};
use super::decider::Decider;
use super::lookup::Lookup;
use super::survey::Survey;

/// What an apply would do. Making it sends nothing that changes anything.
#[derive(Debug)]
pub struct Plan {
    /// The flows in the order in which they run.
    pub flows: Vec<FlowPlan>,
    /// Requests of an interrupted run that `apply` settles first.
    pub open_intents: usize,
    /// The run's own day.
    pub(in crate::engine) today: Date,
    /// Of a retry: the flows that the project no longer has.
    pub gone_flows: Vec<String>,
}

impl Plan {
    /// Errors with the first guard that does not hold.
    pub fn check_guards(&self) -> Result<(), EngineError> {
        let stopped = self
            .flows
            .iter()
            .find_map(|flow| Some((flow, flow.guard.as_ref()?)));
        match stopped {
            None => Ok(()),
            Some((flow, message)) => Err(EngineError::Guard {
                flow: flow.flow.name.to_string(),
                message: message.clone(),
            }),
        }
    }

    /// Gives the sums over all flows.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for flow in &self.flows {
            summary.merge(&flow.summary);
        }
        summary
    }
}

/// What an apply would do for one flow.
#[derive(Debug)]
pub struct FlowPlan {
    /// The flow.
    pub flow: Arc<Flow>,
    /// Its sums.
    pub summary: Summary,
    pub(in crate::engine) evaluation: Arc<FlowEvaluation>,
    pub(in crate::engine) lookups: Arc<RwLock<Vec<Option<Lookup>>>>,
    /// What a guard says that does not hold: nothing may be sent.
    pub guard: Option<String>,
    /// Of a retry: the keys that no row has any more, in order.
    pub gone: Vec<RecordKey>,
    records: Spool<PlannedRecord>,
}

impl FlowPlan {
    /// Tells whether every record is plainly unchanged.
    pub fn is_empty(&self) -> bool {
        self.records.len() == 0
    }

    /// Gives the number of records that are not simply unchanged.
    pub fn record_count(&self) -> u64 {
        self.records.len()
    }

    /// Reads the records that are not simply unchanged, in the order of the sheet.
    pub fn records(
        &mut self,
    ) -> Result<impl Iterator<Item = Result<PlannedRecord, EngineError>> + '_, EngineError> {
        self.records.read()
    }
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Purpose {
    /// What the rows ask for is sent.
    Apply,
    /// Existing objects are taken into the ledger, and nothing is sent.
    Adopt,
}

/// What planning needs from around it.
pub(in crate::engine) struct Planner<'a, L> {
    pub(in crate::engine) project: &'a Project,
    pub(in crate::engine) ledger: &'a L,
    pub(in crate::engine) client: Option<&'a Client>,
    pub(in crate::engine) selection: &'a Selection,
    pub(in crate::engine) spool_directory: &'a Path,
    pub(in crate::engine) today: Date,
    /// Whether the live objects are read that the ledger knows.
    pub(in crate::engine) refresh: bool,
    pub(in crate::engine) purpose: Purpose,
    /// How many threads evaluate rows.
    pub(in crate::engine) threads: NonZeroUsize,
    pub(in crate::engine) progress: &'a Progress,
}

impl<L: Ledger> Planner<'_, L> {
    /// Plans one flow. `earlier` are the flows that run before it.
    pub(in crate::engine) async fn plan_flow(
        &self,
        flow: Arc<Flow>,
        earlier: &[FlowPlan],
    ) -> Result<FlowPlan, EngineError> {
        let (spec, header) = self
            .project
            .source(&flow.source)
            .ok_or_else(|| EngineError::Account {
                message: format!(
                    "the source `{}` of flow `{}` can't be read",
                    flow.source, flow.name
                ),
            })?;
        let evaluation = FlowEvaluation::new(
            Arc::clone(&flow),
            Arc::clone(header),
            self.today,
            self.project.plugins.calls(),
        );
        let evaluation = Arc::new(evaluation.with_lookups(self.read_lookups(&flow).await?));
        let first_run = self.ledger.keys(&flow.name, None, 1).await?.is_empty();
        let mut survey = self.survey(&flow, spec, &evaluation).await?;
        self.refresh(&mut survey, &flow.name).await?;
        let undone = Arc::new(self.ledger.undone(&flow.name).await?.into_iter().collect());
        for lookup in survey.lookups.iter_mut().flatten() {
            lookup.pass_over(&undone);
            lookup.prepare(self.client, first_run).await?;
        }
        let decided_earlier = decided_earlier(&flow, earlier);
        self.decide(survey, evaluation, &decided_earlier).await
    }

    /// Reads a sheet on a thread of its own, and evaluates its chunks on as many as may be used. They come in
    /// the order of the sheet. The thread ends when the receiver is dropped.
    pub(super) fn read_rows(
        &self,
        spec: SourceSpec,
        evaluation: Arc<FlowEvaluation>,
    ) -> mpsc::Receiver<Result<Chunk, EngineError>> {
        let (sender, receiver) = mpsc::channel(self.threads.get());
        let root = self.project.root.clone();
        let alone = self.threads.get() == 1;
        let reader = Reader {
            evaluation,
            selection: self.selection.clone(),
            sender,
        };
        tokio::task::spawn_blocking(move || {
            let evaluation = &reader.evaluation;
            let opened = open_as_checked(&spec, &root, evaluation.header(), &evaluation.flow.name);
            let read = opened.and_then(|open| match evaluation.groups() {
                true => reader.read_groups(open.rows()),
                false => reader.read_rows(open.rows(), alone),
            });
            if let Err(error) = read {
                // When nobody listens any more, nobody misses the error.
                let _ = reader.sender.blocking_send(Err(error));
            }
        });
        receiver
    }

    /// Reads the sources that `lookup` looks into.
    async fn read_lookups(&self, flow: &Flow) -> Result<Lookups, EngineError> {
        let mut lookups = Lookups::default();
        for name in &flow.lookups {
            let Some((spec, header)) = self.project.source(name) else {
                continue;
            };
            let (spec, root) = (spec.clone(), self.project.root.clone());
            let (checked, flow) = (Arc::clone(header), Arc::clone(&flow.name));
            let rows = tokio::task::spawn_blocking(move || {
                let open = open_as_checked(&spec, &root, &checked, &flow)?;
                let rows = open.rows().collect::<Result<Vec<Row>, _>>();
                rows.map_err(EngineError::from)
            });
            let rows = rows.await.map_err(|_| EngineError::Thread)??;
            lookups.add(Arc::clone(name), header.columns.len(), rows);
        }
        Ok(lookups)
    }

    /// The second pass: decides each record that is not plainly unchanged.
    async fn decide(
        &self,
        mut survey: Survey,
        evaluation: Arc<FlowEvaluation>,
        decided_earlier: &[bool],
    ) -> Result<FlowPlan, EngineError> {
        let flow = Arc::clone(&evaluation.flow);
        let refresh = survey.refresh.take();
        let decider = Decider {
            project: &self.project.name,
            client: self.client,
            evaluation: &evaluation,
            decided_earlier,
            refresh: refresh.as_ref(),
            purpose: self.purpose,
        };
        let mut summary = survey.summary.clone();
        let mut records = Spool::new(self.spool_directory, &format!("{}-plan", flow.name));
        let mut sending = 0;
        let empty = Spool::new(self.spool_directory, "empty");
        let mut pending = std::mem::replace(&mut survey.pending, empty);
        let mut items = pending.read()?;
        loop {
            let chunk = items.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>()?;
            if chunk.is_empty() {
                break;
            }
            let keys: Vec<RecordKey> = chunk.iter().filter_map(Evaluated::asked_key).cloned().collect();
            let known = known_by_key(self.ledger.known(&flow.name, &keys).await?);
            for evaluated in chunk {
                let record = match evaluated {
                    Evaluated::Rejected(record) => record,
                    Evaluated::Record(asked) => match survey.conflict(&asked) {
                        Some(message) => asked.rejected(message),
                        None => {
                            let known = known.get(&asked.key);
                            if decider.is_unchanged(&asked, known)? {
                                summary.add_unchanged();
                                continue;
                            }
                            match decider.record(asked, known, &survey.lookups).await? {
                                Some(record) => record,
                                None => continue,
                            }
                        }
                    },
                };
                let record = match self.purpose {
                    Purpose::Apply => record,
                    Purpose::Adopt => match self.adoptable(&flow.name, record).await? {
                        Some(record) => record,
                        None => {
                            summary.add_unchanged();
                            continue;
                        }
                    },
                };
                let within_limit = self.selection.limit.is_none_or(|limit| sending < limit);
                if record.sends() || record.adopts() {
                    if !within_limit {
                        continue;
                    }
                    sending += 1;
                }
                summary.add(&record);
                records.push(record)?;
            }
        }
        drop(items);
        drop(pending);
        if self.purpose == Purpose::Adopt {
            return Ok(FlowPlan {
                guard: None,
                flow,
                summary,
                evaluation,
                lookups: Arc::new(RwLock::new(survey.lookups)),
                records,
                gone: Vec::new(),
            });
        }
        let removals = self.removals(&survey, &evaluation).await?;
        for record in removals.into_iter().chain(self.orphans(&survey, &flow).await?) {
            summary.add(&record);
            records.push(record)?;
        }
        let mut gone: Vec<RecordKey> = match self.selection.retried(&flow.name) {
            None => Vec::new(),
            Some(keys) => keys.iter().filter(|key| !survey.has(key)).cloned().collect(),
        };
        gone.sort();
        let counts = PlanCounts {
            creates: summary.steps.creates,
            updates: summary.steps.updates,
            deletes: summary.steps.deletes,
            calls: summary.steps.calls,
            rejected: summary.totals.rejected,
            rows: 0,
        };
        let guard = evaluation.check_guards(counts, &survey.guarded).err();
        let lookups = Arc::new(RwLock::new(survey.lookups));
        Ok(FlowPlan {
            guard,
            flow,
            summary,
            evaluation,
            lookups,
            gone,
            records,
        })
    }
}

pub(super) fn known_by_key(records: Vec<KnownRecord>) -> HashMap<RecordKey, KnownRecord> {
    records
        .into_iter()
        .map(|record| (record.key.clone(), record))
        .collect()
}

/// Tells for each step whether an earlier flow makes objects of its resource, so that what is not found
/// now may be there when the flow runs.
fn decided_earlier(flow: &Flow, earlier: &[FlowPlan]) -> Vec<bool> {
    flow.steps()
        .map(|step| {
            earlier.iter().any(|plan| {
                plan.summary.totals.created > 0
                    && plan
                        .flow
                        .steps()
                        .any(|other| other.resource == step.resource && other.kind != StepKind::Update)
            })
        })
        .collect()
}
