//! Deletions, and what goes with a row that is gone: what a mirror made, and unfinished drafts.

use std::sync::Arc;

use crate::engine::EngineError;
use crate::engine::planning::drafts;
use crate::engine::step_at::StepAt;
use crate::lang::program::{RemovalRequest, StepDetail};
use crate::ledger::{Entry, GoneObject, IntentAction, Ledger};
use crate::model::Form;
use crate::plan::Action;
use crate::stripe;

use super::execute::Executor;
use super::progressing::{Progressing, Sent, Stopped, ledger_object};
use super::send::{Changed, Sending, method_named};

impl<L: Ledger> Executor<L> {
    /// Removes what a mirror made, or a draft that was begun, for a record whose row is gone.
    pub(super) async fn remove(&self, record: &mut Progressing) -> Result<(), Stopped> {
        let flow = Arc::clone(&self.evaluation.flow);
        let planned = record.planned.steps().to_vec();
        for removed in planned.into_iter().rev() {
            let step = flow.steps().find(|step| Some(step.index) == removed.step);
            let (Some(step), Action::Remove { id, .. }) = (step, removed.action) else {
                continue;
            };
            let request = match &step.detail {
                StepDetail::Mirror(removal) => removal.request,
                _ => drafts::request_of(step.resource),
            };
            if let Some(request) = &request {
                self.send_removal(&StepAt::new(step, removed.line), record, (request, &id))
                    .await?;
            }
        }
        Ok(())
    }

    /// Sends a removal. An object that is gone already is as well removed.
    pub(super) async fn send_removal(
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
            method: method_named(request.method.as_str()),
            path: path.clone(),
            form: &form,
            object: Some(id),
        };
        let sent = match self.send(at, record, sending).await {
            Ok(answer) => Sent::of(&answer),
            Err(Stopped::Failed { error, .. }) if error.status() == Some(404) => Sent {
                id: Some(id.to_owned()),
                request_id: error.request_id().map(str::to_owned),
            },
            Err(stopped) => return Err(stopped),
        };
        let changed = Changed {
            action: IntentAction::Delete,
            operation: at.step.kind.as_str(),
            path,
            id,
            before: ledger_object(record, at).map(|object| object.form.clone()),
            after: form,
        };
        let change = self.change(at, record, changed);
        record.unwritten.push(Entry::Change(change));
        if ledger_object(record, at).is_some() {
            record.unwritten.push(Entry::ObjectGone(GoneObject {
                flow: self.evaluation.flow.name.to_string(),
                key: record.key.clone(),
                step: at.name.clone(),
            }));
        }
        record.done.deleted.get_or_insert(sent);
        Ok(())
    }
}
