//! What each kind of step sends, and what the ledger is told of it.

use std::sync::Arc;

use crate::catalog::{Catalog, Operation, OperationKind};
use crate::engine::EngineError;
use crate::engine::former::former_values;
use crate::engine::mark::{MARK, mark};
use crate::engine::planning::decider::only_id;
use crate::engine::read::{Retrieved, is_stub, retrieve};
use crate::engine::step_at::StepAt;
use crate::lang::program::{Step, StepDetail, StepKind};
use crate::ledger::{Entry, GoneObject, IntentAction, Ledger};
use crate::model::{DesiredStep, Form, Value};
use crate::plan::remembered_call;
use crate::stripe::{self, Method, Request};

use super::answer::{endpoint, object_id};
use super::execute::Executor;
use super::progressing::{Progressing, Sent, Stopped, ledger_object};
use super::send::{Changed, Sending, method_named};

/// An object to change.
pub(super) struct Update {
    pub(super) id: String,
    pub(super) form: Form,
    /// The former values of the fields that are sent.
    pub(super) before: Form,
}

impl<L: Ledger> Executor<L> {
    pub(super) async fn create(
        &self,
        at: &StepAt<'_>,
        record: &mut Progressing,
        form: Form,
    ) -> Result<(), Stopped> {
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
        let changed = Changed {
            action: IntentAction::Create,
            operation: operation.id,
            path: operation.path.to_owned(),
            id: &id,
            before: None,
            after: form.clone(),
        };
        let change = self.change(at, record, changed);
        record.unwritten.push(Entry::Change(change));
        let object = self.object_record(at, record, (id, form, true));
        record.unwritten.push(Entry::Object(object));
        let object = Value::from_json(&answer.body);
        record.objects.set(at.index(), at.line, object);
        record.done.created.get_or_insert(Sent::of(&answer));
        Ok(())
    }

    pub(super) async fn update(
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
            path: path.clone(),
            form: &form,
            object: Some(&id),
        };
        let answer = match self.send(at, record, sending).await {
            Ok(answer) if is_stub(&answer.body) => return Err(self.gone(at, record, &id)),
            Err(Stopped::Failed { error, .. })
                if error.status() == Some(404) && self.is_gone(at, &id).await? =>
            {
                return Err(self.gone(at, record, &id));
            }
            sent => sent?,
        };
        let former = ledger_object(record, at).map(|object| object.form.clone());
        let before = former_values(&form, &before, former.as_ref());
        // The mark tells of an object that the ledger has forgotten, such as one whose row was gone for a while.
        let mark = mark(&self.project, &self.evaluation.flow, at, &record.key);
        let marked = answer.body.pointer(&format!("/metadata/{MARK}"));
        let made_here = ledger_object(record, at).is_some_and(|object| object.created_by_us)
            || marked.and_then(serde_json::Value::as_str) == Some(&mark);
        let after = sent_now(at.step, &former.unwrap_or_default(), desired);
        let changed = Changed {
            action: IntentAction::Update,
            operation: operation.id,
            path,
            id: &id,
            before: Some(before),
            after: form,
        };
        let change = self.change(at, record, changed);
        record.unwritten.push(Entry::Change(change));
        let object = self.object_record(at, record, (id, after, made_here));
        record.unwritten.push(Entry::Object(object));
        let object = Value::from_json(&answer.body);
        record.objects.renew(&object);
        record.objects.set(at.index(), at.line, object);
        record.done.updated.get_or_insert(Sent::of(&answer));
        Ok(())
    }

    /// Leaves an object as it is; reads it when a later step uses more of it than its id.
    pub(super) async fn leave(
        &self,
        at: &StepAt<'_>,
        record: &mut Progressing,
        id: &str,
    ) -> Result<(), Stopped> {
        let object = match self.evaluation.needs_whole(at.index()) {
            true => match retrieve(&self.client, at.step.resource, id).await? {
                Retrieved::Object(object) => Value::from_json(&object),
                Retrieved::Gone if at.step.kind != StepKind::Call => return Err(self.gone(at, record, id)),
                Retrieved::Gone | Retrieved::Unreadable => only_id(id),
            },
            false => only_id(id),
        };
        record.objects.set(at.index(), at.line, object);
        Ok(())
    }

    /// Tells whether an object is there no longer, by looking.
    async fn is_gone(&self, at: &StepAt<'_>, id: &str) -> Result<bool, EngineError> {
        Ok(retrieve(&self.client, at.step.resource, id).await? == Retrieved::Gone)
    }

    /// Ends a record whose object other hands deleted since the plan was made. The ledger forgets the object, and
    /// nothing is sent of which the plan did not speak: the next plan says what the flow's verb makes of it.
    fn gone(&self, at: &StepAt<'_>, record: &mut Progressing, id: &str) -> Stopped {
        if ledger_object(record, at).is_some_and(|object| object.stripe_id == id) {
            record.unwritten.push(Entry::ObjectGone(GoneObject {
                flow: self.evaluation.flow.name.to_string(),
                key: record.key.clone(),
                step: at.name.clone(),
            }));
        }
        let next = match at.step.kind {
            StepKind::Create | StepKind::Upsert | StepKind::Mirror => "; the next plan makes a new one",
            StepKind::Update | StepKind::Find => "; the next plan looks for another one",
            StepKind::Delete | StepKind::Call | StepKind::Request => "",
        };
        Stopped::Rejected {
            step: at.name.clone(),
            message: format!("{id} was deleted in Stripe by other hands{next}"),
        }
    }

    /// Reads the object of an earlier step again.
    pub(super) async fn refresh(
        &self,
        (index, line): (usize, Option<usize>),
        record: &mut Progressing,
    ) -> Result<(), Stopped> {
        let flow = Arc::clone(&self.evaluation.flow);
        let step = flow.steps().find(|step| step.index == index);
        let (Some(step), Some(id)) = (step, record.objects.id(index, line)) else {
            return Ok(());
        };
        match retrieve(&self.client, step.resource, &id).await?.object() {
            Some(object) => record.objects.renew(&Value::from_json(&object)),
            // What was said of an object that is gone must not pass an `ensure`.
            None => record.objects.set(index, line, Value::Null),
        }
        Ok(())
    }

    pub(super) async fn delete(
        &self,
        at: &StepAt<'_>,
        record: &mut Progressing,
        id: &str,
    ) -> Result<(), Stopped> {
        if let StepDetail::Delete(request) = &at.step.detail {
            self.send_removal(at, record, (request, id)).await?;
        }
        record.objects.set(at.index(), at.line, Value::Null);
        Ok(())
    }

    /// Calls another operation, or sends a free request.
    pub(super) async fn call(
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
            endpoint: stripe::endpoint_of(method_named(method), &path),
            method: method_named(method),
            path: path.clone(),
            form: &form,
            object: None,
        };
        let answer = self.send(at, record, sending).await?;
        // An answer without an id is known by where it came from.
        let id = object_id(&answer).unwrap_or_else(|| path.clone());
        let changed = Changed {
            action: IntentAction::Call,
            operation,
            path,
            id: &id,
            before: None,
            after: form,
        };
        let change = self.change(at, record, changed);
        record.unwritten.push(Entry::Change(change));
        let object = self.object_record(at, record, (id, remembered, false));
        record.unwritten.push(Entry::Object(object));
        let object = Value::from_json(&answer.body);
        record.objects.renew(&object);
        record.objects.set(at.index(), at.line, object);
        record.done.called.get_or_insert(Sent::of(&answer));
        Ok(())
    }

    /// Sends a request that changes nothing.
    pub(super) async fn read(
        &self,
        at: &StepAt<'_>,
        desired: &DesiredStep,
        record: &mut Progressing,
        path: &str,
    ) -> Result<(), Stopped> {
        let request = Request {
            method: Method::Get,
            endpoint: &stripe::endpoint_of(Method::Get, path),
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
}

/// Gives all that an object has been sent, after an update: the flow's fields as they are wanted now, and
/// what else was sent before, such as the mark.
pub(super) fn sent_now(step: &Step, former: &Form, desired: &DesiredStep) -> Form {
    let bound = |name: &str| {
        let mut bindings = step.bindings.iter();
        bindings.any(|binding| Form::belongs(name, &binding.name))
    };
    let kept = former
        .iter()
        .filter(|(name, _)| !bound(name))
        .chain(desired.form.iter());
    kept.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}
