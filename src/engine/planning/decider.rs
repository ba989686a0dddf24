use std::collections::BTreeMap;

use crate::catalog::{Catalog, OperationKind};
use crate::engine::EngineError;
use crate::engine::evaluation::{Asked, FlowEvaluation};
use crate::engine::mark::{MARK, mark};
use crate::engine::read::{Retrieved, retrieve};
use crate::engine::step_at::StepAt;
use crate::eval::{Objects, Stop};
use crate::lang::program::{Missing, Step, StepDetail, StepKind};
use crate::ledger::KnownRecord;
use crate::model::{DesiredStep, Rejection, Value};
use crate::plan::{self, Action, Known, Outcome, PlannedRecord, PlannedStep};
use crate::stripe::Client;

use super::lookup::{Lookup, Query};
use super::planner::Purpose;
use super::refresh::{Hands, Refresh};

/// Decides what happens to the records of one flow: evaluates each step, asks what is known of its
/// object, and compares.
pub(super) struct Decider<'a> {
    pub(super) project: &'a str,
    pub(super) client: Option<&'a Client>,
    pub(super) evaluation: &'a FlowEvaluation,
    /// For each step, whether an earlier flow may still make its object.
    pub(super) decided_earlier: &'a [bool],
    /// What became of the objects that the ledger knows, where that was looked up.
    pub(super) refresh: Option<&'a Refresh>,
    pub(super) purpose: Purpose,
}

/// What is known of a step's object, and what other hands did to it.
struct Looked {
    known: Known,
    /// The object that the ledger knows and that is there no longer.
    gone: Option<String>,
}

/// One step of one record, with what may be known of its object.
#[derive(Clone, Copy)]
struct About<'a> {
    at: &'a StepAt<'a>,
    asked: &'a Asked,
    desired: &'a DesiredStep,
    ledger: Option<&'a KnownRecord>,
    lookups: &'a [Option<Lookup>],
}

/// What later steps may know of a step's object.
enum Later {
    Known(Value),
    /// It is told only after the step has run.
    Unknown,
    /// The ledger knows it, and it is there no longer.
    Gone(String),
}

impl Later {
    fn known(self) -> Option<Value> {
        match self {
            Later::Known(object) => Some(object),
            Later::Unknown | Later::Gone(_) => None,
        }
    }
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
    /// Tells whether a record that could not be passed over at first has nothing to do after all: it asks for what it
    /// asked for before, and other hands did nothing to its objects.
    pub(super) fn is_unchanged(
        &self,
        asked: &Asked,
        ledger: Option<&KnownRecord>,
    ) -> Result<bool, EngineError> {
        let (Some(refresh), Some(known)) = (self.refresh, ledger) else {
            return Ok(false);
        };
        Ok(known.fingerprint.as_ref() == Some(&asked.fingerprint) && refresh.is_untouched(known)?)
    }

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
            let about = About {
                at: &at,
                asked,
                desired: &desired,
                ledger,
                lookups,
            };
            let (planned_step, object) = self.step(&about).await?;
            match object {
                Some(object) => objects.set(step.index, line, object),
                None => objects.forget(step.index, line),
            }
            self.forget_changed(&planned_step.action, &mut objects);
            planned.push(planned_step);
        }
        match plan::check_invoices(&planned) {
            Ok(()) => Ok(planned),
            Err(message) => Err(Ended::Rejected(Rejection {
                message,
                place: asked.place.clone(),
                field: None,
            })),
        }
    }

    /// Decides a step, and gives what later steps may know of its object.
    async fn step(&self, about: &About<'_>) -> Result<(PlannedStep, Option<Value>), Ended> {
        let mut looked = self.look(about, None).await?;
        let mut action = self.decide(about, &looked)?;
        let mut object = self.object(about.at.step, &action, &looked.known).await?;
        if let Later::Gone(id) = object {
            looked = self.look(about, Some(id)).await?;
            action = self.decide(about, &looked)?;
            object = self.object(about.at.step, &action, &looked.known).await?;
        }
        let mut drift = match looked.known {
            Known::Drifted { drift, .. } => drift,
            _ => Vec::new(),
        };
        plan::settle_fates(&mut drift, about.desired, &action);
        let planned = PlannedStep {
            name: about.at.name.clone(),
            step: Some(about.at.index()),
            line: about.at.line,
            resource: about.at.step.resource.to_owned(),
            action,
            gone: looked.gone,
            drift,
        };
        Ok((planned, object.known()))
    }

    fn decide(&self, about: &About<'_>, looked: &Looked) -> Result<Action, Ended> {
        let step = about.at.step;
        let decided = match self.purpose {
            Purpose::Apply => plan::decide(step, about.desired, &looked.known),
            Purpose::Adopt => {
                let mark = mark(self.project, &self.evaluation.flow, about.at, &about.asked.key);
                plan::adopt(step, about.desired, &looked.known, &mark)
            }
        };
        let action = decided.map_err(|(message, field)| Rejection {
            message: match &looked.gone {
                None => message,
                Some(id) => {
                    format!("{id}, which stood for it, was deleted in Stripe by other hands; {message}")
                }
            },
            place: about.asked.place.clone(),
            field,
        })?;
        if is_skipped(step, &action) {
            return Err(Ended::Skipped);
        }
        Ok(self.marked(about.at, about.asked, action))
    }

    /// Finds out what is known of a step's object. `gone` is one that turned out to be deleted.
    async fn look(&self, about: &About<'_>, gone: Option<String>) -> Result<Looked, Ended> {
        let from_ledger = about.ledger.and_then(|ledger| ledger.object(&about.at.name));
        let gone = match from_ledger {
            None => None,
            Some(_) if gone.is_some() => gone,
            Some(object) => {
                let hands = self.refresh.map(|refresh| refresh.hands(object)).transpose()?;
                let (id, form) = (object.stripe_id.clone(), object.form.clone());
                let known = match hands {
                    Some(Hands::Deleted) => None,
                    Some(Hands::Changed(drift)) => Some(Known::Drifted { id, form, drift }),
                    Some(Hands::Off) | None => Some(Known::Sent { id, form }),
                };
                match known {
                    Some(known) => return Ok(Looked { known, gone: None }),
                    None => Some(object.stripe_id.clone()),
                }
            }
        };
        let known = self.known(about).await?;
        Ok(Looked { known, gone })
    }

    /// Looks for an object that the ledger does not know.
    async fn known(&self, about: &About<'_>) -> Result<Known, Ended> {
        let About {
            at,
            asked,
            desired,
            lookups,
            ..
        } = *about;
        let step = at.step;
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
    async fn object(&self, step: &Step, action: &Action, known: &Known) -> Result<Later, EngineError> {
        let id = match action {
            Action::Create { .. }
            | Action::Undecided { .. }
            | Action::ToFind
            | Action::Call { .. }
            | Action::Read { .. }
            | Action::Delete { .. }
            | Action::Remove { .. }
            | Action::NotAdopted { .. }
            | Action::Open => return Ok(Later::Unknown),
            Action::Found { id: None } | Action::Absent => return Ok(Later::Known(Value::Null)),
            Action::Update { id, .. } => {
                // The update may change any field but the id.
                return Ok(match self.evaluation.needs_whole(step.index) {
                    true => Later::Unknown,
                    false => Later::Known(only_id(id)),
                });
            }
            Action::Unchanged { id, .. }
            | Action::Adopt { id, .. }
            | Action::Kept { id, .. }
            | Action::Found { id: Some(id) }
            | Action::Called { id } => id,
        };
        if !self.evaluation.needs_whole(step.index) {
            return Ok(Later::Known(only_id(id)));
        }
        if let Known::Found { object, .. } = known {
            return Ok(Later::Known(Value::from_json(object)));
        }
        let Some(client) = self.client else {
            return Ok(Later::Unknown);
        };
        let from_ledger = matches!(known, Known::Sent { .. } | Known::Drifted { .. });
        Ok(match retrieve(client, step.resource, id).await? {
            Retrieved::Object(object) => Later::Known(Value::from_json(&object)),
            Retrieved::Gone if from_ledger && !matches!(action, Action::Called { .. }) => {
                Later::Gone(id.to_owned())
            }
            Retrieved::Gone | Retrieved::Unreadable => Later::Unknown,
        })
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
        if let Retrieved::Object(object) = retrieve(client, step_of.resource, &id).await? {
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
pub(in crate::engine) fn is_skipped(step: &Step, action: &Action) -> bool {
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
        gone: None,
        drift: Vec::new(),
    }
}

/// Tells whether an object of this step's resource can carry a mark.
pub(in crate::engine) fn takes_metadata(step: &Step) -> bool {
    let catalog = Catalog::embedded();
    catalog
        .resource(step.resource)
        .and_then(|resource| resource.operation(OperationKind::Create)?.params)
        .is_some_and(|shape| catalog.member(shape, "metadata").is_some())
}

/// Makes the object of which nothing is known but its id.
pub(in crate::engine) fn only_id(id: &str) -> Value {
    Value::Record(BTreeMap::from([("id".to_owned(), Value::text(id))]))
}
