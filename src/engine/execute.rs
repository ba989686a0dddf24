use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::catalog::{Catalog, Operation, OperationKind};
use crate::lang::program::Step;
use crate::ledger::{
    ChangeRecord, Entry, Intent, IntentAction, Journal, KnownObject, KnownRecord, Ledger, ObjectRecord,
    RecordFingerprint, RecordOutcome, RecordResult, RunId, Settlement,
};
use crate::model::{DesiredStep, Fingerprint, Form, FormValue, RecordKey, Value};
use crate::plan::{self, Action, Known, PlannedRecord};
use crate::stripe::{self, Answer, Client, ClientError, Method, Request};

use super::EngineError;
use super::answer::{endpoint, failed, object_id, settled};
use super::decider::{ledger_knows, only_id, retrieve, takes_metadata};
use super::evaluation::FlowEvaluation;
use super::lookup::{Lookup, Query};
use super::mark::{MARK, mark};

/// Carries out the records of one flow.
pub(super) struct Executor<L> {
    pub(super) client: Client,
    pub(super) journal: Arc<Journal<L>>,
    pub(super) run: RunId,
    /// The account's id, for idempotency keys.
    pub(super) account: String,
    pub(super) project: String,
    pub(super) evaluation: Arc<FlowEvaluation>,
    pub(super) lookups: Arc<Mutex<Vec<Option<Lookup>>>>,
}

/// One record on its way.
struct Progressing {
    planned: PlannedRecord,
    key: RecordKey,
    known: Option<KnownRecord>,
    /// What later steps may use of each step's object.
    objects: Vec<Option<Value>>,
    /// What the ledger must hold before anything more is sent.
    unwritten: Vec<Entry>,
    created: bool,
    updated: bool,
    /// Whether the row differs from what was created, so that the next plan has to say so again.
    differs: bool,
}

/// An object to change.
struct Update {
    id: String,
    form: Form,
    /// The former values of the fields that are sent.
    before: Form,
}

/// Why a record ends before its last step.
enum Stopped {
    /// Our own check.
    Rejected { step: String, message: String },
    /// Stripe's answer, or none.
    Failed { step: String, error: Box<ClientError> },
    /// The run can't go on at all.
    Run(EngineError),
}

impl From<EngineError> for Stopped {
    fn from(error: EngineError) -> Self {
        Stopped::Run(error)
    }
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
        let objects = vec![None; planned.steps().len()];
        let mut record = Progressing {
            planned,
            key,
            known,
            objects,
            unwritten: Vec::new(),
            created: false,
            updated: false,
            differs: false,
        };
        let flow = Arc::clone(&self.evaluation.flow);
        let mut ended = Ok(());
        for step in flow.steps() {
            ended = self.step(step, &mut record).await;
            if ended.is_err() {
                break;
            }
        }
        let result = self.ended(&mut record, ended)?;
        let mut entries = std::mem::take(&mut record.unwritten);
        entries.push(Entry::Result(result.clone()));
        self.journal.append(entries).await?;
        Ok(result)
    }

    fn ended(
        &self,
        record: &mut Progressing,
        ended: Result<(), Stopped>,
    ) -> Result<RecordResult, EngineError> {
        let outcome = match (record.created, record.updated) {
            (true, _) => RecordOutcome::Created,
            (false, true) => RecordOutcome::Updated,
            (false, false) => RecordOutcome::Unchanged,
        };
        match ended {
            Ok(()) => {
                if !record.differs {
                    record.unwritten.push(Entry::Fingerprint(RecordFingerprint {
                        flow: self.evaluation.flow.name.to_string(),
                        key: record.key.clone(),
                        fingerprint: record.planned.fingerprint.clone(),
                    }));
                }
                Ok(self.result(&record.planned, outcome))
            }
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

    async fn step(&self, step: &Step, record: &mut Progressing) -> Result<(), Stopped> {
        let planned = record
            .planned
            .steps()
            .get(step.index)
            .map(|planned| planned.action.clone());
        let action = match planned {
            Some(action) if is_final(&action) => action,
            _ => self.decide_now(step, record).await?,
        };
        match action {
            Action::Create { form } => self.create(step, record, form).await,
            Action::Update { id, form, changes } => {
                let before = changes
                    .into_iter()
                    .map(|change| (change.field, FormValue::Text(change.old.unwrap_or_default())));
                let before = before.collect();
                self.update(step, record, Update { id, form, before }).await
            }
            Action::Unchanged { id, adopted } => {
                if adopted {
                    let desired = self.desired(step, record)?;
                    let object = self.object_record(step, record, (id.clone(), desired.form.clone(), false));
                    record.unwritten.push(Entry::Object(object));
                }
                self.leave(step, record, &id).await
            }
            Action::Kept { id, .. } => {
                record.differs = true;
                self.leave(step, record, &id).await
            }
            Action::Undecided { .. } => Err(Stopped::Rejected {
                step: step.name.to_string(),
                message: "what to look for is not known even after the steps before".to_owned(),
            }),
        }
    }

    fn desired(&self, step: &Step, record: &Progressing) -> Result<DesiredStep, Stopped> {
        self.evaluation
            .step(step.index, &record.planned.row, &record.objects)
            .map_err(|rejection| Stopped::Rejected {
                step: step.name.to_string(),
                message: format!("{}: {}", rejection.place, rejection.message),
            })
    }

    /// Decides a step that could not be decided before the steps before it had run.
    async fn decide_now(&self, step: &Step, record: &Progressing) -> Result<Action, Stopped> {
        let desired = self.desired(step, record)?;
        let rejected = |message| Stopped::Rejected {
            step: step.name.to_string(),
            message,
        };
        let mark = mark(&self.project, &self.evaluation.flow, step, &record.key);
        let known = match ledger_knows(record.known.as_ref(), step) {
            Some(known) => known,
            None => {
                let mut lookups = self.lookups.lock().await;
                match lookups.get_mut(step.index).and_then(Option::as_mut) {
                    Some(lookup) => {
                        let query = Query {
                            mark: &mark,
                            wanted: desired.wanted.as_ref(),
                        };
                        lookup.find_now(&self.client, query).await?.map_err(rejected)?
                    }
                    None => Known::Nothing,
                }
            }
        };
        let mut action = plan::decide(step, &desired, &known).map_err(|(message, _)| rejected(message))?;
        if let Action::Create { form } = &mut action
            && takes_metadata(step)
        {
            form.set_text(format!("metadata[{MARK}]"), mark);
        }
        Ok(action)
    }

    async fn create(&self, step: &Step, record: &mut Progressing, form: Form) -> Result<(), Stopped> {
        let operation = self.operation(step, OperationKind::Create)?;
        let answer = self
            .send(step, record, (operation, operation.path.to_owned(), &form, None))
            .await?;
        let id = object_id(&answer).unwrap_or_default();
        record.unwritten.push(Entry::Change(self.change(
            step,
            record,
            (&id, None, form.clone()),
        )));
        let object = self.object_record(step, record, (id, form, true));
        record.unwritten.push(Entry::Object(object));
        record.objects[step.index] = Some(Value::from_json(&answer.body));
        record.created = true;
        Ok(())
    }

    async fn update(&self, step: &Step, record: &mut Progressing, update: Update) -> Result<(), Stopped> {
        let Update { id, form, before } = update;
        let operation = self.operation(step, OperationKind::Update)?;
        let path = match operation.path_params.as_slice() {
            [hole] => stripe::fill(operation.path, &[(hole, &id)]).map_err(EngineError::from)?,
            _ => operation.path.to_owned(),
        };
        let desired = self.desired(step, record)?;
        let answer = self
            .send(step, record, (operation, path, &form, Some(&id)))
            .await?;
        let former = former_form(record, step);
        let made_here = ledger_object(record, step).is_some_and(|object| object.created_by_us);
        let after = sent_now(step, &former.unwrap_or_default(), &desired);
        record.unwritten.push(Entry::Change(self.change(
            step,
            record,
            (&id, Some(before), form),
        )));
        let object = self.object_record(step, record, (id, after, made_here));
        record.unwritten.push(Entry::Object(object));
        record.objects[step.index] = Some(Value::from_json(&answer.body));
        record.updated = true;
        Ok(())
    }

    /// Leaves an object as it is; reads it when a later step uses more of it than its id.
    async fn leave(&self, step: &Step, record: &mut Progressing, id: &str) -> Result<(), Stopped> {
        let object = match self.evaluation.needs_whole(step.index) {
            true => retrieve(&self.client, step, id)
                .await?
                .map(|object| Value::from_json(&object)),
            false => None,
        };
        record.objects[step.index] = Some(object.unwrap_or_else(|| only_id(id)));
        Ok(())
    }

    fn operation(&self, step: &Step, kind: OperationKind) -> Result<&'static Operation, Stopped> {
        let resource = Catalog::embedded().resource(step.resource);
        resource
            .and_then(|resource| resource.operation(kind))
            .ok_or_else(|| Stopped::Rejected {
                step: step.name.to_string(),
                message: format!("Stripe has no such operation for a {}", step.resource),
            })
    }

    /// Sends one request that changes something: its intent is durable before, its outcome is written
    /// with whatever the record writes next, and always before its next step.
    async fn send(
        &self,
        step: &Step,
        record: &mut Progressing,
        (operation, path, form, id): (&'static Operation, String, &Form, Option<&str>),
    ) -> Result<Answer, Stopped> {
        let intent = self.intent(step, record, (operation, path, form, id));
        let idempotency_key = intent.idempotency_key.clone();
        let path = intent.path.clone();
        let mut entries = std::mem::take(&mut record.unwritten);
        entries.push(Entry::Intent(intent));
        self.journal.append(entries).await.map_err(EngineError::from)?;
        let endpoint = endpoint(operation);
        let request = Request {
            method: Method::Post,
            endpoint: &endpoint,
            path: &path,
            form,
            idempotency_key: Some(&idempotency_key),
            object: id,
        };
        let sent = self.client.send(&request).await;
        if let Some(outcome) = settled(&sent) {
            record.unwritten.push(Entry::Settled(Settlement {
                idempotency_key,
                outcome,
                at: Timestamp::now(),
            }));
        }
        sent.map_err(|error| Stopped::Failed {
            step: step.name.to_string(),
            error: Box::new(error),
        })
    }

    fn intent(
        &self,
        step: &Step,
        record: &Progressing,
        (operation, path, form, id): (&'static Operation, String, &Form, Option<&str>),
    ) -> Intent {
        let flow = &self.evaluation.flow;
        let generation = record
            .known
            .as_ref()
            .map_or(1, |known| known.next_generation(&step.name));
        let action = if id.is_some() {
            IntentAction::Update
        } else {
            IntentAction::Create
        };
        let hash = Fingerprint::of([
            self.account.as_str(),
            &flow.name,
            record.key.as_str(),
            &step.name,
            &generation.to_string(),
            operation.id,
            &path,
            form.fingerprint().as_str(),
        ]);
        Intent {
            idempotency_key: format!("sheetflow-{hash}"),
            run: self.run,
            flow: flow.name.to_string(),
            key: record.key.clone(),
            step: step.name.to_string(),
            generation,
            action,
            operation: operation.id.to_owned(),
            method: operation.method.to_owned(),
            path,
            form: form.clone(),
            object_id: id.map(str::to_owned),
            place: record.planned.place.clone(),
            created: Timestamp::now(),
        }
    }

    /// Notes what a request changed, so that it can be taken back.
    fn change(
        &self,
        step: &Step,
        record: &Progressing,
        (stripe_id, before, after): (&str, Option<Form>, Form),
    ) -> ChangeRecord {
        ChangeRecord {
            run: self.run,
            flow: self.evaluation.flow.name.to_string(),
            key: record.key.clone(),
            step: step.name.to_string(),
            resource: step.resource.to_owned(),
            stripe_id: stripe_id.to_owned(),
            action: if before.is_some() {
                IntentAction::Update
            } else {
                IntentAction::Create
            },
            before,
            after,
        }
    }

    fn object_record(
        &self,
        step: &Step,
        record: &Progressing,
        (stripe_id, form, created_by_us): (String, Form, bool),
    ) -> ObjectRecord {
        ObjectRecord {
            flow: self.evaluation.flow.name.to_string(),
            key: record.key.clone(),
            step: step.name.to_string(),
            resource: step.resource.to_owned(),
            stripe_id,
            fingerprint: form.fingerprint(),
            form,
            created_by_us,
            run: self.run,
            place: record.planned.place.clone(),
            updated: Timestamp::now(),
        }
    }
}

/// Tells whether an action can be carried out as it was planned.
fn is_final(action: &Action) -> bool {
    match action {
        Action::Create { form } => form.is_known(),
        Action::Update { form, .. } => form.is_known(),
        Action::Unchanged { .. } | Action::Kept { .. } => true,
        Action::Undecided { .. } => false,
    }
}

fn ledger_object<'a>(record: &'a Progressing, step: &Step) -> Option<&'a KnownObject> {
    record.known.as_ref()?.object(&step.name)
}

fn former_form(record: &Progressing, step: &Step) -> Option<Form> {
    ledger_object(record, step).map(|object| object.form.clone())
}

/// Gives all that an object has been sent, after an update: the flow's fields as they are wanted now, and
/// what else was sent before, such as the mark.
fn sent_now(step: &Step, former: &Form, desired: &DesiredStep) -> Form {
    let bound = |name: &str| {
        step.bindings.iter().any(|binding| {
            name.strip_prefix(&binding.name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        })
    };
    let kept = former
        .iter()
        .filter(|(name, _)| !bound(name))
        .chain(desired.form.iter());
    kept.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}
