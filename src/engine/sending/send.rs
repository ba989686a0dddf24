//! Requests that change something: recorded before they are sent.

use crate::engine::EngineError;
use crate::engine::step_at::StepAt;
use crate::ledger::{ChangeRecord, Entry, Intent, IntentAction, Ledger, ObjectRecord, Settlement};
use crate::model::{Fingerprint, Form};
use crate::stripe::{Answer, Method, Request};

use super::answer::{named, settled};
use super::execute::Executor;
use super::progressing::{Progressing, Stopped};

/// A request that changes something.
pub(super) struct Sending<'a> {
    pub(super) action: IntentAction,
    /// The operation in the catalogue, or `request`.
    pub(super) operation: &'a str,
    /// What the limits count: method and path template.
    pub(super) endpoint: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) form: &'a Form,
    /// The object that is written.
    pub(super) object: Option<&'a str>,
}

/// What a request changed.
pub(super) struct Changed<'a> {
    pub(super) action: IntentAction,
    /// The operation in the catalogue, or the path of a free request.
    pub(super) operation: &'a str,
    pub(super) path: String,
    pub(super) id: &'a str,
    /// The former values of the fields that were sent.
    pub(super) before: Option<Form>,
    /// What was sent.
    pub(super) after: Form,
}

impl<L: Ledger> Executor<L> {
    /// Sends one request that changes something: its intent is durable before, its outcome is written
    /// with whatever the record writes next, and always before its next step.
    pub(super) async fn send(
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
        let sent = named(self.client.send(&request).await, &request, sending.action);
        if let Some(outcome) = settled(&sent) {
            record.unwritten.push(Entry::Settled(Settlement {
                idempotency_key,
                outcome,
                at: self.clock.now(),
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
        let intent = Intent {
            idempotency_key: String::new(),
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
            created: self.clock.now(),
        };
        Intent {
            idempotency_key: idempotency_key(&self.account, &intent),
            ..intent
        }
    }

    /// Notes what a request changed, so that it can be taken back.
    pub(super) fn change(&self, at: &StepAt<'_>, record: &Progressing, changed: Changed<'_>) -> ChangeRecord {
        ChangeRecord {
            run: self.run,
            flow: self.evaluation.flow.name.to_string(),
            key: record.key.clone(),
            step: at.name.clone(),
            resource: at.step.resource.to_owned(),
            stripe_id: changed.id.to_owned(),
            action: changed.action,
            before: changed.before,
            after: changed.after,
            operation: Some(changed.operation.to_owned()),
            path: Some(changed.path),
        }
    }

    pub(super) fn object_record(
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
            updated: self.clock.now(),
        }
    }
}

/// Derives the key of a request: the same for the same request of the same attempt, whichever run sends it.
pub(in crate::engine) fn idempotency_key(account: &str, intent: &Intent) -> String {
    let hash = Fingerprint::of([
        account,
        &intent.flow,
        intent.key.as_str(),
        &intent.step,
        &intent.generation.to_string(),
        &intent.operation,
        &intent.path,
        intent.form.fingerprint().as_str(),
    ]);
    format!("sheetflow-{hash}")
}

/// Gives the method with this name.
pub(in crate::engine) fn method_named(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "DELETE" => Method::Delete,
        _ => Method::Post,
    }
}
