use std::collections::BTreeMap;

use crate::catalog::{Catalog, OperationKind};
use crate::eval::{Objects, Stop};
use crate::lang::program::{Missing, Step, StepDetail, StepKind};
use crate::ledger::KnownRecord;
use crate::model::{DesiredStep, Rejection, Value};
use crate::plan::{self, Action, Known, Outcome, PlannedRecord, PlannedStep};
use crate::stripe::Client;

use super::EngineError;
use super::evaluation::{Asked, FlowEvaluation};
use super::lookup::{Lookup, Query};
use super::mark::{MARK, mark};
use super::read::retrieve;
use super::step_at::StepAt;

/// Decides what happens to the records of one flow: evaluates each step, asks what is known of its
/// object, and compares.
pub(super) struct Decider<'a> {
    pub(super) project: &'a str,
    pub(super) client: Option<&'a Client>,
    pub(super) evaluation: &'a FlowEvaluation,
    /// For each step, whether an earlier flow may still make its object.
    pub(super) decided_earlier: &'a [bool],
}

/// Why a record goes no further.
enum Ended {
    Rejected(Rejection),
    /// A find found nothing, and the flow passes such records over.
    Skipped,
    Run(EngineError),
}

impl From<EngineError> for Ended {
    fn from(error: EngineError) -> Self {
        Ended::Run(error)
    }
}

impl From<Rejection> for Ended {
    fn from(rejection: Rejection) -> Self {
        Ended::Rejected(rejection)
    }
}

impl Decider<'_> {
    /// Decides all steps of a record; `None` for one that is passed over.
    pub(super) async fn record(
        &self,
        asked: Asked,
        ledger: Option<&KnownRecord>,
        lookups: &[Option<Lookup>],
    ) -> Result<Option<PlannedRecord>, EngineError> {
        if let Some(open) = ledger.and_then(|ledger| ledger.intents.first()) {
            let sent = open.created.strftime("%Y-%m-%d %H:%M:%S UTC");
            let message = format!(
                "what became of its request of {sent} is not known yet; `sheetflow settle` finds out"
            );
            return Ok(Some(asked.rejected(message)));
        }
        let steps = match self.steps(&asked, (ledger, lookups)).await {
            Ok(steps) => steps,
            Err(Ended::Rejected(rejection)) => return Ok(Some(asked.rejected_with(rejection))),
            Err(Ended::Skipped) => return Ok(None),
            Err(Ended::Run(error)) => return Err(error),
        };
        let basis = self.evaluation.basis(&asked.lines);
        let reasons = ledger
            .and_then(|known| known.basis.as_ref())
            .map(|earlier| basis.changed_since(earlier))
            .unwrap_or_default();
        Ok(Some(PlannedRecord {
            basis,
            reasons,
            key: Some(asked.key),
            place: asked.place,
            lines: asked.lines,
            fingerprint: asked.fingerprint,
            outcome: Outcome::Steps(steps),
        }))
    }

    async fn steps(
        &self,
        asked: &Asked,
        (ledger, lookups): (Option<&KnownRecord>, &[Option<Lookup>]),
    ) -> Result<Vec<PlannedStep>, Ended> {
        let mut walk = self.evaluation.walk(&asked.lines);
        let mut objects = Objects::default();
        let mut planned: Vec<PlannedStep> = Vec::new();
        while let Some(stop) = self.evaluation.go_on(&mut walk, &objects)? {
            let (step, line, desired) = match stop {
                Stop::Step { step, line, desired } => (step, line, desired),
                Stop::Refresh { step, line } => {
                    let sends = planned.iter().any(|step| step.action.sends());
                    self.refresh((step, line), sends, &mut objects).await?;
                    continue;
                }
                Stop::Open => {
                    planned.push(open());
                    continue;
                }
            };
            let at = StepAt::new(step, line);
            let known = self.known(&at, asked, &desired, (ledger, lookups)).await?;
            let action = plan::decide(step, &desired, &known).map_err(|(message, field)| Rejection {
                message,
                place: asked.place.clone(),
                field,
            })?;
            if is_skipped(step, &action) {
                return Err(Ended::Skipped);
            }
            let action = self.marked(&at, asked, action);
            match self.object(step, &action, &known).await? {
                Some(object) => objects.set(step.index, line, object),
                None => objects.forget(step.index, line),
            }
            self.forget_changed(&action, &mut objects);
            planned.push(PlannedStep {
                name: at.name,
                step: Some(step.index),
                line,
                resource: step.resource.to_owned(),
                action,
            });
        }
        Ok(planned)
    }

    async fn known(
        &self,
        at: &StepAt<'_>,
        asked: &Asked,
        desired: &DesiredStep,
        (ledger, lookups): (Option<&KnownRecord>, &[Option<Lookup>]),
    ) -> Result<Known, Ended> {
        let step = at.step;
        if let Some(known) = ledger_knows(ledger, &at.name) {
            return Ok(known);
        }
        if matches!(step.kind, StepKind::Call | StepKind::Request) {
            return Ok(Known::Nothing);
        }
        let Some(lookup) = lookups.get(step.index).and_then(Option::as_ref) else {
            return Ok(Known::Nothing);
        };
        let mark = mark(self.project, &self.evaluation.flow, at, &asked.key);
        let query = Query {
            mark: &mark,
            wanted: desired.wanted.as_ref(),
            further: &desired.further,
        };
        let known = lookup
            .find(self.client, query)
            .await?
            .map_err(|message| Rejection {
                message,
                place: asked.place.clone(),
                field: None,
            })?;
        let later = self.decided_earlier.get(step.index).copied().unwrap_or(false);
        Ok(match known {
            Known::Nothing if later && step.matching.is_some() => Known::NotLookedUp,
            // A create that compares with nothing is decided by the ledger alone.
            Known::NotLookedUp if step.kind == StepKind::Create => Known::Nothing,
            known => known,
        })
    }

    /// Adds the mark to what is created, where the resource has metadata.
    fn marked(&self, at: &StepAt<'_>, asked: &Asked, mut action: Action) -> Action {
        if let Action::Create { form } = &mut action
            && takes_metadata(at.step)
        {
            let mark = mark(self.project, &self.evaluation.flow, at, &asked.key);
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
            Action::Create { .. }
            | Action::Undecided { .. }
            | Action::ToFind
            | Action::Call { .. }
            | Action::Read { .. }
            | Action::Delete { .. }
            | Action::Remove { .. }
            | Action::Open => return Ok(None),
            Action::Found { id: None } | Action::Absent => return Ok(Some(Value::Null)),
            Action::Update { id, .. } => {
                // The update may change any field but the id.
                return Ok((!self.evaluation.needs_whole(step.index)).then(|| only_id(id)));
            }
            Action::Unchanged { id, .. }
            | Action::Kept { id, .. }
            | Action::Found { id: Some(id) }
            | Action::Called { id } => id,
        };
        if !self.evaluation.needs_whole(step.index) {
            return Ok(Some(only_id(id)));
        }
        if let Known::Found { object, .. } = known {
            return Ok(Some(Value::from_json(object)));
        }
        match self.client {
            Some(client) => Ok(retrieve(client, step.resource, id)
                .await?
                .map(|object| Value::from_json(&object))),
            None => Ok(None),
        }
    }

    /// Reads an object again, unless the steps before may change it first.
    async fn refresh(
        &self,
        (step, line): (usize, Option<usize>),
        sends: bool,
        objects: &mut Objects,
    ) -> Result<(), EngineError> {
        if !self.evaluation.needs_whole(step) {
            return Ok(());
        }
        let id = objects.id(step, line);
        objects.forget(step, line);
        let (Some(id), false, Some(client)) = (id, sends, self.client) else {
            return Ok(());
        };
        let flow = &self.evaluation.flow;
        let Some(step_of) = flow.steps().find(|other| other.index == step) else {
            return Ok(());
        };
        if let Some(object) = retrieve(client, step_of.resource, &id).await? {
            objects.set(step, line, Value::from_json(&object));
        }
        Ok(())
    }

    /// Forgets what a call may change.
    fn forget_changed(&self, action: &Action, objects: &mut Objects) {
        if let Action::Call { path, .. } = action {
            let path = path.as_deref();
            objects.retain(|step, id| {
                let named = path.is_none_or(|path| path.split('/').any(|part| part == id));
                !named || !self.evaluation.needs_whole(step)
            });
        }
    }
}

/// Tells whether a find found nothing and passes the record over.
pub(super) fn is_skipped(step: &Step, action: &Action) -> bool {
    matches!(step.detail, StepDetail::Find(Missing::Skip)) && matches!(action, Action::Found { id: None })
}

/// What depends on a condition that is not known yet.
fn open() -> PlannedStep {
    PlannedStep {
        name: String::new(),
        step: None,
        line: None,
        resource: String::new(),
        action: Action::Open,
    }
}

/// Gives what the ledger knows of a step's object.
pub(super) fn ledger_knows(ledger: Option<&KnownRecord>, name: &str) -> Option<Known> {
    let object = ledger?.object(name)?;
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
