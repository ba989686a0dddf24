use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::catalog::{Catalog, Operation, OperationKind};
use crate::eval::{Objects, Stop};
use crate::lang::program::{RemovalRequest, RequestMethod, Step, StepDetail, StepKind};
use crate::ledger::{
    ChangeRecord, Entry, GoneObject, Intent, IntentAction, Journal, KnownObject, KnownRecord, Ledger,
    ObjectRecord, RecordFingerprint, RecordOutcome, RecordResult, RunId, Settlement,
};
use crate::model::{DesiredStep, Fingerprint, Form, FormValue, RecordKey, Value};
use crate::plan::{self, Action, Known, PlannedRecord, remembered_call};
use crate::stripe::{self, Answer, Client, ClientError, Method, Request};

use super::EngineError;
use super::answer::{endpoint, failed, object_id, settled};
use super::decider::{is_skipped, ledger_knows, only_id, retrieve, takes_metadata};
use super::evaluation::FlowEvaluation;
use super::lookup::{Lookup, Query};
use super::mark::{MARK, mark};
use super::step_at::StepAt;

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
    objects: Objects,
    /// What the ledger must hold before anything more is sent.
    unwritten: Vec<Entry>,
    done: Done,
    /// Whether the row differs from what was created, so that the next plan has to say so again.
    differs: bool,
}

/// What a record has sent so far.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    created: bool,
    updated: bool,
    deleted: bool,
    called: bool,
}

impl Done {
    /// Gives the strongest of it.
    fn outcome(self) -> RecordOutcome {
        if self.created {
            RecordOutcome::Created
        } else if self.updated {
            RecordOutcome::Updated
        } else if self.deleted {
            RecordOutcome::Deleted
        } else if self.called {
            RecordOutcome::Called
        } else {
            RecordOutcome::Unchanged
        }
    }
}

/// An object to change.
struct Update {
    id: String,
    form: Form,
    /// The former values of the fields that are sent.
    before: Form,
}

/// A request that changes something.
struct Sending<'a> {
    action: IntentAction,
    /// The operation in the catalogue, or `request`.
    operation: &'a str,
    /// What the limits count: method and path template.
    endpoint: String,
    method: Method,
    path: String,
    form: &'a Form,
    /// The object that is written.
    object: Option<&'a str>,
}

/// Why a record ends before its last step.
enum Stopped {
    /// Our own check.
    Rejected { step: String, message: String },
    /// Stripe's answer, or none.
    Failed { step: String, error: Box<ClientError> },
    /// A find found nothing, and the flow passes such records over.
    Skipped,
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
                    self.step(&at, &desired, record).await?;
                }
                Some(Stop::Refresh { step, line }) => self.refresh((step, line), record).await?,
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
                let outcome = record.done.outcome();
                if !record.differs && outcome != RecordOutcome::Deleted {
                    record.unwritten.push(Entry::Fingerprint(RecordFingerprint {
                        flow: self.evaluation.flow.name.to_string(),
                        key: record.key.clone(),
                        fingerprint: record.planned.fingerprint.clone(),
                        basis: record.planned.basis.clone(),
                    }));
                }
                Ok(self.result(&record.planned, outcome))
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
            | Action::Open => Err(Stopped::Rejected {
                step: at.name.clone(),
                message: "what to look for is not known even after the steps before".to_owned(),
            }),
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
        let known = match ledger_knows(record.known.as_ref(), &at.name) {
            Some(known) => known,
            None if matches!(step.kind, StepKind::Call | StepKind::Request) => Known::Nothing,
            None => {
                let mut lookups = self.lookups.lock().await;
                match lookups.get_mut(step.index).and_then(Option::as_mut) {
                    Some(lookup) => {
                        let query = Query {
                            mark: &mark,
                            wanted: desired.wanted.as_ref(),
                            further: &desired.further,
                        };
                        lookup.find_now(&self.client, query).await?.map_err(rejected)?
                    }
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

    async fn create(&self, at: &StepAt<'_>, record: &mut Progressing, form: Form) -> Result<(), Stopped> {
        let operation = self.operation(at, OperationKind::Create)?;
        let sending = Sending {
            action: IntentAction::Create,
            operation: operation.id,
            endpoint: endpoint(operation),
            method: Method::Post,
            path: operation.path.to_owned(),
            form: &form,
            object: None,
        };
        let answer = self.send(at, record, sending).await?;
        let id = object_id(&answer).unwrap_or_default();
        let change = self.change(at, record, (&id, None, form.clone()), IntentAction::Create);
        record.unwritten.push(Entry::Change(change));
        let object = self.object_record(at, record, (id, form, true));
        record.unwritten.push(Entry::Object(object));
        let object = Value::from_json(&answer.body);
        record.objects.set(at.index(), at.line, object);
        record.done.created = true;
        Ok(())
    }

    async fn update(
        &self,
        at: &StepAt<'_>,
        desired: &DesiredStep,
        record: &mut Progressing,
        update: Update,
    ) -> Result<(), Stopped> {
        let Update { id, form, before } = update;
        let operation = self.operation(at, OperationKind::Update)?;
        let path = match operation.path_params.as_slice() {
            [hole] => stripe::fill(operation.path, &[(hole, &id)]).map_err(EngineError::from)?,
            _ => operation.path.to_owned(),
        };
        let sending = Sending {
            action: IntentAction::Update,
            operation: operation.id,
            endpoint: endpoint(operation),
            method: Method::Post,
            path,
            form: &form,
            object: Some(&id),
        };
        let answer = self.send(at, record, sending).await?;
        let former = ledger_object(record, at).map(|object| object.form.clone());
        // The mark tells of an object that the ledger has forgotten, such as one whose row was gone for a while.
        let mark = mark(&self.project, &self.evaluation.flow, at, &record.key);
        let marked = answer.body.pointer(&format!("/metadata/{MARK}"));
        let made_here = ledger_object(record, at).is_some_and(|object| object.created_by_us)
            || marked.and_then(serde_json::Value::as_str) == Some(&mark);
        let after = sent_now(at.step, &former.unwrap_or_default(), desired);
        let change = self.change(at, record, (&id, Some(before), form), IntentAction::Update);
        record.unwritten.push(Entry::Change(change));
        let object = self.object_record(at, record, (id, after, made_here));
        record.unwritten.push(Entry::Object(object));
        let object = Value::from_json(&answer.body);
        record.objects.renew(&object);
        record.objects.set(at.index(), at.line, object);
        record.done.updated = true;
        Ok(())
    }

    /// Leaves an object as it is; reads it when a later step uses more of it than its id.
    async fn leave(&self, at: &StepAt<'_>, record: &mut Progressing, id: &str) -> Result<(), Stopped> {
        let object = match self.evaluation.needs_whole(at.index()) {
            true => retrieve(&self.client, at.step, id)
                .await?
                .map(|object| Value::from_json(&object)),
            false => None,
        };
        let object = object.unwrap_or_else(|| only_id(id));
        record.objects.set(at.index(), at.line, object);
        Ok(())
    }

    /// Reads the object of an earlier step again.
    async fn refresh(
        &self,
        (index, line): (usize, Option<usize>),
        record: &mut Progressing,
    ) -> Result<(), Stopped> {
        let flow = Arc::clone(&self.evaluation.flow);
        let step = flow.steps().find(|step| step.index == index);
        let (Some(step), Some(id)) = (step, record.objects.id(index, line)) else {
            return Ok(());
        };
        if let Some(object) = retrieve(&self.client, step, &id).await? {
            let object = Value::from_json(&object);
            record.objects.renew(&object);
        }
        Ok(())
    }

    async fn delete(&self, at: &StepAt<'_>, record: &mut Progressing, id: &str) -> Result<(), Stopped> {
        if let StepDetail::Delete(request) = &at.step.detail {
            self.send_removal(at, record, (request, id)).await?;
        }
        record.objects.set(at.index(), at.line, Value::Null);
        Ok(())
    }

    /// Removes what a mirror made for a record whose row is gone.
    async fn remove(&self, record: &mut Progressing) -> Result<(), Stopped> {
        let flow = Arc::clone(&self.evaluation.flow);
        let planned = record.planned.steps().to_vec();
        for removed in planned.into_iter().rev() {
            let step = flow.steps().find(|step| Some(step.index) == removed.step);
            let (Some(step), Action::Remove { id, .. }) = (step, removed.action) else {
                continue;
            };
            let StepDetail::Mirror(removal) = &step.detail else {
                continue;
            };
            if let Some(request) = &removal.request {
                self.send_removal(&StepAt::new(step, removed.line), record, (request, &id))
                    .await?;
            }
        }
        Ok(())
    }

    /// Sends a removal. An object that is gone already is as well removed.
    async fn send_removal(
        &self,
        at: &StepAt<'_>,
        record: &mut Progressing,
        (request, id): (&RemovalRequest, &str),
    ) -> Result<(), Stopped> {
        let hole = request
            .path
            .split_once('{')
            .and_then(|(_, rest)| rest.split_once('}'));
        let path = match hole {
            Some((name, _)) => stripe::fill(request.path, &[(name, id)]).map_err(EngineError::from)?,
            None => request.path.to_owned(),
        };
        let mut form = Form::default();
        if let Some((name, value)) = request.field {
            form.set_text(name, value);
        }
        let sending = Sending {
            action: IntentAction::Delete,
            operation: at.step.kind.as_str(),
            endpoint: format!("{} {}", request.method.as_str(), request.path),
            method: method_of(request.method),
            path,
            form: &form,
            object: Some(id),
        };
        match self.send(at, record, sending).await {
            Ok(_) => {}
            Err(Stopped::Failed { error, .. }) if error.status() == Some(404) => {}
            Err(stopped) => return Err(stopped),
        }
        let change = self.change(at, record, (id, None, form), IntentAction::Delete);
        record.unwritten.push(Entry::Change(change));
        if ledger_object(record, at).is_some() {
            record.unwritten.push(Entry::ObjectGone(GoneObject {
                flow: self.evaluation.flow.name.to_string(),
                key: record.key.clone(),
                step: at.name.clone(),
            }));
        }
        record.done.deleted = true;
        Ok(())
    }

    /// Calls another operation, or sends a free request.
    async fn call(
        &self,
        at: &StepAt<'_>,
        record: &mut Progressing,
        (operation, method, path): (&str, &str, String),
        form: Form,
    ) -> Result<(), Stopped> {
        let remembered = remembered_call(method, &path, &form);
        let sending = Sending {
            action: IntentAction::Call,
            operation,
            endpoint: endpoint_of(method, &path),
            method: match method {
                "DELETE" => Method::Delete,
                _ => Method::Post,
            },
            path: path.clone(),
            form: &form,
            object: None,
        };
        let answer = self.send(at, record, sending).await?;
        // An answer without an id is known by where it came from.
        let id = object_id(&answer).unwrap_or(path);
        let change = self.change(at, record, (&id, None, form), IntentAction::Call);
        record.unwritten.push(Entry::Change(change));
        let object = self.object_record(at, record, (id, remembered, false));
        record.unwritten.push(Entry::Object(object));
        let object = Value::from_json(&answer.body);
        record.objects.renew(&object);
        record.objects.set(at.index(), at.line, object);
        record.done.called = true;
        Ok(())
    }

    /// Sends a request that changes nothing.
    async fn read(
        &self,
        at: &StepAt<'_>,
        desired: &DesiredStep,
        record: &mut Progressing,
        path: &str,
    ) -> Result<(), Stopped> {
        let request = Request {
            method: Method::Get,
            endpoint: &endpoint_of("GET", path),
            path,
            form: &desired.form,
            idempotency_key: None,
            object: None,
        };
        let answer = self
            .client
            .send(&request)
            .await
            .map_err(|error| Stopped::Failed {
                step: at.name.clone(),
                error: Box::new(error),
            })?;
        record
            .objects
            .set(at.index(), at.line, Value::from_json(&answer.body));
        Ok(())
    }

    fn operation(&self, at: &StepAt<'_>, kind: OperationKind) -> Result<&'static Operation, Stopped> {
        let resource = Catalog::embedded().resource(at.step.resource);
        resource
            .and_then(|resource| resource.operation(kind))
            .ok_or_else(|| Stopped::Rejected {
                step: at.name.clone(),
                message: format!("Stripe has no such operation for a {}", at.step.resource),
            })
    }

    /// Sends one request that changes something: its intent is durable before, its outcome is written
    /// with whatever the record writes next, and always before its next step.
    async fn send(
        &self,
        at: &StepAt<'_>,
        record: &mut Progressing,
        sending: Sending<'_>,
    ) -> Result<Answer, Stopped> {
        let intent = self.intent(at, record, &sending);
        let idempotency_key = intent.idempotency_key.clone();
        let mut entries = std::mem::take(&mut record.unwritten);
        entries.push(Entry::Intent(intent));
        self.journal.append(entries).await.map_err(EngineError::from)?;
        let request = Request {
            method: sending.method,
            endpoint: &sending.endpoint,
            path: &sending.path,
            form: sending.form,
            idempotency_key: Some(&idempotency_key),
            object: sending.object,
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
            step: at.name.clone(),
            error: Box::new(error),
        })
    }

    fn intent(&self, at: &StepAt<'_>, record: &Progressing, sending: &Sending<'_>) -> Intent {
        let flow = &self.evaluation.flow;
        let generation = record
            .known
            .as_ref()
            .map_or(1, |known| known.next_generation(&at.name));
        let hash = Fingerprint::of([
            self.account.as_str(),
            &flow.name,
            record.key.as_str(),
            &at.name,
            &generation.to_string(),
            sending.operation,
            &sending.path,
            sending.form.fingerprint().as_str(),
        ]);
        Intent {
            idempotency_key: format!("sheetflow-{hash}"),
            run: self.run,
            flow: flow.name.to_string(),
            key: record.key.clone(),
            step: at.name.clone(),
            generation,
            action: sending.action,
            operation: sending.operation.to_owned(),
            method: sending.method.to_string(),
            path: sending.path.clone(),
            form: sending.form.clone(),
            object_id: sending.object.map(str::to_owned),
            place: record.planned.place.clone(),
            created: Timestamp::now(),
        }
    }

    /// Notes what a request changed, so that it can be taken back.
    fn change(
        &self,
        at: &StepAt<'_>,
        record: &Progressing,
        (stripe_id, before, after): (&str, Option<Form>, Form),
        action: IntentAction,
    ) -> ChangeRecord {
        ChangeRecord {
            run: self.run,
            flow: self.evaluation.flow.name.to_string(),
            key: record.key.clone(),
            step: at.name.clone(),
            resource: at.step.resource.to_owned(),
            stripe_id: stripe_id.to_owned(),
            action,
            before,
            after,
        }
    }

    fn object_record(
        &self,
        at: &StepAt<'_>,
        record: &Progressing,
        (stripe_id, form, created_by_us): (String, Form, bool),
    ) -> ObjectRecord {
        ObjectRecord {
            flow: self.evaluation.flow.name.to_string(),
            key: record.key.clone(),
            step: at.name.clone(),
            resource: at.step.resource.to_owned(),
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
        | Action::Open => false,
    }
}

fn ledger_object<'a>(record: &'a Progressing, at: &StepAt<'_>) -> Option<&'a KnownObject> {
    record.known.as_ref()?.object(&at.name)
}

fn method_of(method: RequestMethod) -> Method {
    match method {
        RequestMethod::Get => Method::Get,
        RequestMethod::Post => Method::Post,
        RequestMethod::Delete => Method::Delete,
    }
}

/// Names the endpoint of a path for the limits: what looks like an id counts as a hole.
pub(super) fn endpoint_of(method: &str, path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .enumerate()
        .map(|(place, part)| {
            let is_id = place > 1 && part.contains(|letter: char| letter.is_ascii_digit());
            if is_id { "{id}" } else { part }
        })
        .collect();
    format!("{method} {}", parts.join("/"))
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
