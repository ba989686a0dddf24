//! Records carried out, step by step.

use std::sync::Arc;

use tokio::sync::RwLock;

use crate::engine::EngineError;
use crate::engine::evaluation::FlowEvaluation;
use crate::engine::mark::{MARK, mark};
use crate::engine::planning::decider::{is_skipped, takes_metadata};
use crate::engine::planning::lookup::{Lookup, Query};
use crate::engine::step_at::StepAt;
use crate::eval::{Objects, Stop};
use crate::lang::program::StepKind;
use crate::ledger::{
    Entry, Journal, KnownRecord, Ledger, RecordFingerprint, RecordOutcome, RecordResult, RunId,
};
use crate::model::{Clock, DesiredStep, FormValue, Value};
use crate::plan::{self, Action, DriftFate, Known, PlannedRecord};
use crate::stripe::Client;

use super::answer::failed;
use super::perform::{Update, sent_now};
use super::progressing::{Done, Progressing, Stopped, ledger_object};

/// Carries out the records of one flow.
pub(super) struct Executor<L> {
    pub(super) client: Client,
    pub(super) journal: Arc<Journal<L>>,
    pub(super) run: RunId,
    /// The account's id, for idempotency keys.
    pub(super) account: String,
    pub(super) project: String,
    pub(super) clock: Clock,
    pub(super) evaluation: Arc<FlowEvaluation>,
    pub(super) lookups: Arc<RwLock<Vec<Option<Lookup>>>>,
}

impl<L: Ledger> Executor<L> {
    /// Carries out one record, step by step. An error means that the run must stop.
    pub(super) async fn record(
        &self,
        planned: PlannedRecord,
        known: Option<KnownRecord>,
    ) -> Result<RecordResult, EngineError> {
        let Some(key) = planned.key.clone() else {
            return Ok(self.result(&planned, RecordOutcome::Rejected));
        };
        let mut record = Progressing {
            planned,
            key,
            known,
            objects: Objects::default(),
            unwritten: Vec::new(),
            done: Done::default(),
            differs: false,
        };
        let ended = match record.planned.lines.is_empty() {
            true => self.remove(&mut record).await,
            false => self.steps(&mut record).await,
        };
        let result = self.ended(&mut record, ended)?;
        let mut entries = std::mem::take(&mut record.unwritten);
        entries.push(Entry::Result(result.clone()));
        self.journal.append(entries).await?;
        Ok(result)
    }

    async fn steps(&self, record: &mut Progressing) -> Result<(), Stopped> {
        let lines = std::mem::take(&mut record.planned.lines);
        let mut walk = self.evaluation.walk(&lines);
        let mut last = String::new();
        loop {
            let stop = self
                .evaluation
                .go_on(&mut walk, &record.objects)
                .map_err(|rejection| Stopped::Rejected {
                    step: last.clone(),
                    message: format!("{}: {}", rejection.place, rejection.message),
                })?;
            match stop {
                None => return Ok(()),
                Some(Stop::Step { step, line, desired }) => {
                    let at = StepAt::new(step, line);
                    last.clone_from(&at.name);
                    let done = self.step(&at, &desired, record).await;
                    done.map_err(|stopped| stopped.at(&last))?;
                }
                Some(Stop::Refresh { step, line }) => {
                    let done = self.refresh((step, line), record).await;
                    done.map_err(|stopped| stopped.at(&last))?;
                }
                Some(Stop::Open) => {
                    return Err(Stopped::Rejected {
                        step: last,
                        message: "the condition of an `if` is not known even after the steps before"
                            .to_owned(),
                    });
                }
            }
        }
    }

    fn ended(
        &self,
        record: &mut Progressing,
        ended: Result<(), Stopped>,
    ) -> Result<RecordResult, EngineError> {
        match ended {
            Ok(()) => {
                let (outcome, sent) = record.done.strongest();
                let sent = sent.cloned();
                if !record.differs && outcome != RecordOutcome::Deleted {
                    record.unwritten.push(Entry::Fingerprint(RecordFingerprint {
                        flow: self.evaluation.flow.name.to_string(),
                        key: record.key.clone(),
                        fingerprint: record.planned.fingerprint.clone(),
                        basis: record.planned.basis.clone(),
                    }));
                }
                Ok(RecordResult {
                    stripe_id: sent.as_ref().and_then(|sent| sent.id.clone()),
                    request_id: sent.and_then(|sent| sent.request_id),
                    ..self.result(&record.planned, outcome)
                })
            }
            Err(Stopped::Skipped) => Ok(self.result(&record.planned, RecordOutcome::Unchanged)),
            Err(Stopped::Rejected { step, message }) => {
                let result = self.result(&record.planned, RecordOutcome::Rejected);
                Ok(RecordResult {
                    step: Some(step),
                    message: Some(message),
                    ..result
                })
            }
            Err(Stopped::Failed { step, error }) => {
                let result = self.result(&record.planned, RecordOutcome::Failed);
                Ok(failed(result, step, &error))
            }
            Err(Stopped::Run(error)) => Err(error),
        }
    }

    /// Makes the result of a record, without the details of a failure.
    pub(super) fn result(&self, planned: &PlannedRecord, outcome: RecordOutcome) -> RecordResult {
        let message = match &planned.outcome {
            plan::Outcome::Rejected(rejection) => Some(format!("{}: {}", rejection.place, rejection.message)),
            plan::Outcome::Steps(_) => None,
        };
        RecordResult {
            run: self.run,
            flow: self.evaluation.flow.name.to_string(),
            key: planned.key.clone(),
            place: planned.place.clone(),
            step: None,
            outcome,
            stripe_id: None,
            message,
            code: None,
            param: None,
            request_id: None,
            status: None,
        }
    }

    async fn step(
        &self,
        at: &StepAt<'_>,
        desired: &DesiredStep,
        record: &mut Progressing,
    ) -> Result<(), Stopped> {
        let planned = record.planned.step(at.index(), at.line);
        let action = match planned.map(|planned| planned.action.clone()) {
            Some(action) if is_final(&action) => action,
            _ => self.decide_now(at, desired, record).await?,
        };
        if is_skipped(at.step, &action) {
            return Err(Stopped::Skipped);
        }
        match action {
            Action::Create { form } => self.create(at, record, form).await,
            Action::Update { id, form, changes } => {
                let before = changes
                    .into_iter()
                    .map(|change| (change.field, FormValue::Text(change.old.unwrap_or_default())));
                let before = before.collect();
                self.update(at, desired, record, Update { id, form, before })
                    .await
            }
            Action::Unchanged { id, adopted } => {
                if adopted {
                    let object = self.object_record(at, record, (id.clone(), desired.form.clone(), false));
                    record.unwritten.push(Entry::Object(object));
                }
                self.take_over_drift(at, desired, record);
                self.leave(at, record, &id).await
            }
            Action::Kept { id, .. } => {
                record.differs = true;
                self.leave(at, record, &id).await
            }
            Action::Found { id: Some(id) } | Action::Called { id } => self.leave(at, record, &id).await,
            Action::Found { id: None } | Action::Absent => {
                record.objects.set(at.index(), at.line, Value::Null);
                Ok(())
            }
            Action::Delete { id } => self.delete(at, record, &id).await,
            Action::Call {
                method,
                path: Some(path),
                form,
                operation,
            } => self.call(at, record, (&operation, &method, path), form).await,
            Action::Read { path: Some(path) } => self.read(at, desired, record, &path).await,
            Action::Call { path: None, .. }
            | Action::Read { path: None }
            | Action::Undecided { .. }
            | Action::ToFind
            | Action::Remove { .. }
            | Action::Adopt { .. }
            | Action::NotAdopted { .. }
            | Action::Open => Err(Stopped::Rejected {
                step: at.name.clone(),
                message: "what to look for is not known even after the steps before".to_owned(),
            }),
        }
    }

    /// Remembers as sent what other hands changed to what the row wants.
    fn take_over_drift(&self, at: &StepAt<'_>, desired: &DesiredStep, record: &mut Progressing) {
        let planned = record.planned.step(at.index(), at.line);
        let mut drift = planned.iter().flat_map(|step| &step.drift);
        let (true, Some(known)) = (
            drift.any(|drift| drift.fate == DriftFate::Wanted),
            ledger_object(record, at),
        ) else {
            return;
        };
        let form = sent_now(at.step, &known.form, desired);
        let (id, made_here) = (known.stripe_id.clone(), known.created_by_us);
        let object = self.object_record(at, record, (id, form, made_here));
        record.unwritten.push(Entry::Object(object));
    }

    /// Gives what the ledger knows of a step's object, with what the plan knows of other hands.
    fn ledger_knows(&self, at: &StepAt<'_>, record: &Progressing) -> Option<Known> {
        let object = ledger_object(record, at)?;
        let planned = record.planned.step(at.index(), at.line);
        let (id, form) = (object.stripe_id.clone(), object.form.clone());
        match planned {
            Some(step) if step.gone.as_ref() == Some(&id) => None,
            Some(step) if !step.drift.is_empty() => Some(Known::Drifted {
                id,
                form,
                drift: step.drift.clone(),
            }),
            Some(_) | None => Some(Known::Sent { id, form }),
        }
    }

    /// Decides a step that could not be decided before the steps before it had run.
    async fn decide_now(
        &self,
        at: &StepAt<'_>,
        desired: &DesiredStep,
        record: &Progressing,
    ) -> Result<Action, Stopped> {
        let step = at.step;
        let rejected = |message| Stopped::Rejected {
            step: at.name.clone(),
            message,
        };
        let mark = mark(&self.project, &self.evaluation.flow, at, &record.key);
        let known = match self.ledger_knows(at, record) {
            Some(known) => known,
            None if matches!(step.kind, StepKind::Call | StepKind::Request) => Known::Nothing,
            None => {
                let query = Query {
                    mark: &mark,
                    wanted: desired.wanted.as_ref(),
                    further: &desired.further,
                };
                self.look_again(step.index).await?;
                let lookups = self.lookups.read().await;
                match lookups.get(step.index).and_then(Option::as_ref) {
                    Some(lookup) => lookup.find(Some(&self.client), query).await?.map_err(rejected)?,
                    None => Known::Nothing,
                }
            }
        };
        let mut action = plan::decide(step, desired, &known).map_err(|(message, _)| rejected(message))?;
        if let Action::Create { form } = &mut action
            && takes_metadata(step)
        {
            form.set_text(format!("metadata[{MARK}]"), mark);
        }
        Ok(action)
    }

    /// Makes a step's look-up one of now, once for all records.
    async fn look_again(&self, step: usize) -> Result<(), EngineError> {
        let is_fresh = |lookups: &[Option<Lookup>]| {
            let lookup = lookups.get(step).and_then(Option::as_ref);
            lookup.is_none_or(Lookup::is_fresh)
        };
        if is_fresh(&self.lookups.read().await) {
            return Ok(());
        }
        match self.lookups.write().await.get_mut(step).and_then(Option::as_mut) {
            Some(lookup) => lookup.look_again(&self.client).await,
            None => Ok(()),
        }
    }
}

/// Tells whether an action can be carried out as it was planned.
fn is_final(action: &Action) -> bool {
    match action {
        Action::Create { form } => form.is_known(),
        Action::Update { form, .. } => form.is_known(),
        Action::Unchanged { .. }
        | Action::Kept { .. }
        | Action::Found { .. }
        | Action::Delete { .. }
        | Action::Absent
        | Action::Called { .. } => true,
        Action::Call { path, form, .. } => path.is_some() && form.is_known(),
        Action::Undecided { .. }
        | Action::ToFind
        | Action::Read { .. }
        | Action::Remove { .. }
        | Action::Adopt { .. }
        | Action::NotAdopted { .. }
        | Action::Open => false,
    }
}
