//! Existing objects, taken into the ledger as they are.

use crate::lang::program::{Step, StepKind};
use crate::model::{DesiredStep, Form, FormValue};

use super::action::{Action, Change, NotAdopted};
use super::changes::{Former, binding_changes};
use super::decide::{Known, decide, several};
use super::drift::MARK;

/// Decides what a step takes into the ledger. Nothing is sent. Errors when the row must be rejected: several objects
/// match, or a find finds none. `mark` is the one that the step's own object would carry.
pub fn adopt(
    step: &Step,
    desired: &DesiredStep,
    known: &Known,
    mark: &str,
) -> Result<Action, (String, Option<String>)> {
    let not = |why| Ok(Action::NotAdopted { why });
    match (step.kind, known) {
        (StepKind::Find, _) => decide(step, desired, known),
        (StepKind::Delete | StepKind::Call | StepKind::Request, _) => not(NotAdopted::NoBy),
        (_, Known::Several(ids)) => Err((several(step, desired, ids), None)),
        (_, Known::Sent { .. } | Known::Drifted { .. }) => match decide(step, desired, known) {
            Ok(unchanged @ Action::Unchanged { .. }) => Ok(unchanged),
            _ => not(NotAdopted::Known),
        },
        (_, Known::Found { id, object }) => {
            let former = Former::Live(object);
            let bindings = step.bindings.iter();
            let changes: Vec<Change> = bindings
                .flat_map(|binding| binding_changes(binding, desired, &former))
                .collect();
            Ok(Action::Adopt {
                id: id.clone(),
                form: as_it_is(desired, &changes),
                changes,
                made_here: former.text(MARK).as_deref() == Some(mark),
            })
        }
        (_, Known::Nothing | Known::NotLookedUp) if step.matching.is_none() => not(NotAdopted::NoBy),
        (_, Known::Nothing) => not(NotAdopted::NoMatch),
        (_, Known::NotLookedUp) => not(NotAdopted::Later),
    }
}

/// Gives what the flow sends, with the values that the object has: what agrees is as if it had been sent, and what
/// differs is what the next plan changes.
fn as_it_is(desired: &DesiredStep, changes: &[Change]) -> Form {
    let differs = |name: &str| changes.iter().any(|change| change.field == name);
    let agreed = desired
        .form
        .iter()
        .filter(|(name, _)| !differs(name))
        .map(|(name, value)| (name.to_owned(), value.clone()));
    let theirs = changes
        .iter()
        .filter_map(|change| Some((change.field.clone(), FormValue::Text(change.old.clone()?))));
    agreed.chain(theirs).collect()
}
