use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalog::{Catalog, OperationKind};
use crate::lang::program::{Step, StepKind};
use crate::ledger::KnownRecord;
use crate::model::{DesiredStep, Rejection, Value};
use crate::plan::{self, Action, Known, Outcome, PlannedRecord, PlannedStep};
use crate::stripe::{self, Client};

use super::EngineError;
use super::evaluation::{Asked, FlowEvaluation};
use super::lookup::{Lookup, Query};
use super::mark::{MARK, mark};
use super::read::read;

/// Decides what happens to the records of one flow: evaluates each step, asks what is known of its
/// object, and compares.
pub(super) struct Decider<'a> {
    pub(super) project: &'a str,
    pub(super) client: Option<&'a Client>,
    pub(super) evaluation: &'a FlowEvaluation,
    /// For each step, whether an earlier flow may still make its object.
    pub(super) decided_earlier: &'a [bool],
}

impl Decider<'_> {
    /// Decides all steps of a record.
    pub(super) async fn record(
        &self,
        asked: Asked,
        ledger: Option<&KnownRecord>,
        lookups: &[Option<Lookup>],
    ) -> Result<PlannedRecord, EngineError> {
        let flow = &self.evaluation.flow;
        if let Some(open) = ledger.and_then(|ledger| ledger.intents.first()) {
            let sent = open.created.strftime("%Y-%m-%d %H:%M:%S UTC");
            let message =
                format!("what became of its request of {sent} is not known yet; apply settles that first");
            return Ok(asked.rejected(message));
        }
        let mut objects: Vec<Option<Value>> = vec![None; lookups.len()];
        let mut steps = Vec::with_capacity(lookups.len());
        for step in flow.steps() {
            let desired = match self.evaluation.step(step.index, &asked.row, &objects) {
                Ok(desired) => desired,
                Err(rejection) => return Ok(asked.rejected_with(rejection)),
            };
            let known = match self.known(step, &asked, &desired, (ledger, lookups)).await? {
                Ok(known) => known,
                Err(message) => return Ok(asked.rejected(message)),
            };
            let action = match plan::decide(step, &desired, &known) {
                Ok(action) => self.marked(step, &asked, action),
                Err((message, field)) => {
                    let rejection = Rejection {
                        message,
                        place: asked.place.clone(),
                        field,
                    };
                    return Ok(asked.rejected_with(rejection));
                }
            };
            objects[step.index] = self.object(step, &action, &known).await?;
            steps.push(PlannedStep {
                name: step.name.to_string(),
                resource: step.resource.to_owned(),
                action,
            });
        }
        let basis = self.evaluation.basis(&asked.row);
        let reasons = ledger
            .and_then(|known| known.basis.as_ref())
            .map(|earlier| basis.changed_since(earlier))
            .unwrap_or_default();
        Ok(PlannedRecord {
            basis,
            reasons,
            key: Some(asked.key),
            place: asked.place,
            row: asked.row,
            fingerprint: asked.fingerprint,
            outcome: Outcome::Steps(steps),
        })
    }

    async fn known(
        &self,
        step: &Step,
        asked: &Asked,
        desired: &DesiredStep,
        (ledger, lookups): (Option<&KnownRecord>, &[Option<Lookup>]),
    ) -> Result<Result<Known, String>, EngineError> {
        if let Some(known) = ledger_knows(ledger, step) {
            return Ok(Ok(known));
        }
        let Some(lookup) = lookups.get(step.index).and_then(Option::as_ref) else {
            return Ok(Ok(Known::Nothing));
        };
        let mark = mark(self.project, &self.evaluation.flow, step, &asked.key);
        let query = Query {
            mark: &mark,
            wanted: desired.wanted.as_ref(),
        };
        let known = lookup.find(self.client, query).await?;
        let later = self.decided_earlier.get(step.index).copied().unwrap_or(false);
        Ok(match known {
            Ok(Known::Nothing) if later && step.matching.is_some() => Ok(Known::NotLookedUp),
            // A create that compares with nothing is decided by the ledger alone.
            Ok(Known::NotLookedUp) if step.kind == StepKind::Create => Ok(Known::Nothing),
            known => known,
        })
    }

    /// Adds the mark to what is created, where the resource has metadata.
    fn marked(&self, step: &Step, asked: &Asked, mut action: Action) -> Action {
        if let Action::Create { form } = &mut action
            && takes_metadata(step)
        {
            let mark = mark(self.project, &self.evaluation.flow, step, &asked.key);
            form.set_text(format!("metadata[{MARK}]"), mark);
        }
        action
    }

    /// Gives what later steps may know of a step's object before anything is sent.
    async fn object(
        &self,
        step: &Step,
        action: &Action,
        known: &Known,
    ) -> Result<Option<Value>, EngineError> {
        let id = match action {
            Action::Create { .. } | Action::Undecided { .. } => return Ok(None),
            Action::Update { id, .. } => {
                // The update may change any field but the id.
                return Ok((!self.evaluation.needs_whole(step.index)).then(|| only_id(id)));
            }
            Action::Unchanged { id, .. } | Action::Kept { id, .. } => id,
        };
        if !self.evaluation.needs_whole(step.index) {
            return Ok(Some(only_id(id)));
        }
        if let Known::Found { object, .. } = known {
            return Ok(Some(Value::from_json(object)));
        }
        match self.client {
            Some(client) => Ok(retrieve(client, step, id)
                .await?
                .map(|object| Value::from_json(&object))),
            None => Ok(None),
        }
    }
}

/// Gives what the ledger knows of a step's object.
pub(super) fn ledger_knows(ledger: Option<&KnownRecord>, step: &Step) -> Option<Known> {
    let object = ledger?.object(&step.name)?;
    Some(Known::Sent {
        id: object.stripe_id.clone(),
        form: object.form.clone(),
    })
}

/// Tells whether an object of this step's resource can carry a mark.
pub(super) fn takes_metadata(step: &Step) -> bool {
    let catalog = Catalog::embedded();
    catalog
        .resource(step.resource)
        .and_then(|resource| resource.operation(OperationKind::Create)?.params)
        .is_some_and(|shape| catalog.member(shape, "metadata").is_some())
}

/// Makes the object of which nothing is known but its id.
pub(super) fn only_id(id: &str) -> Value {
    Value::Record(BTreeMap::from([("id".to_owned(), Value::text(id))]))
}

/// Reads an object; `None` when it is gone, or can't be read alone.
pub(super) async fn retrieve(client: &Client, step: &Step, id: &str) -> Result<Option<Json>, EngineError> {
    let resource = Catalog::embedded().resource(step.resource);
    let Some(operation) = resource.and_then(|resource| resource.operation(OperationKind::Retrieve)) else {
        return Ok(None);
    };
    let [hole] = operation.path_params.as_slice() else {
        return Ok(None);
    };
    let path = stripe::fill(operation.path, &[(hole, id)])?;
    read(client, operation, &path).await
}
