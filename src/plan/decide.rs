use serde_json::Value;

use crate::lang::program::{Binding, Missing, Step, StepDetail, StepKind};
use crate::model::{DesiredStep, Form, FormValue};

use super::action::{Action, Change, Wish};
use super::call::call;
use super::changes::{Former, binding_changes, may_send};
use super::drift::{Drift, overlaid};

/// What is known of the object that a step is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// There is none.
    Nothing,
    /// The ledger knows it.
    Sent {
        /// Its id.
        id: String,
        /// All that was sent for it last.
        form: Form,
    },
    /// The ledger knows it, and other hands changed it since.
    Drifted {
        /// Its id.
        id: String,
        /// All that was sent for it last.
        form: Form,
        /// What is not as it was sent.
        drift: Vec<Drift>,
    },
    /// It was found in Stripe.
    Found {
        /// Its id.
        id: String,
        /// The object as Stripe answered it.
        object: Value,
    },
    /// Several objects match.
    Several(Vec<String>),
    /// Nobody has looked, or what to look for is not known yet.
    NotLookedUp,
}

/// Decides what happens at one step of one record. Errors when the row must be rejected: the text says
/// why, with the form name of the field where one is at fault.
pub fn decide(step: &Step, desired: &DesiredStep, known: &Known) -> Result<Action, (String, Option<String>)> {
    match (step.kind, known) {
        (_, Known::Several(ids)) => Err((several(step, desired, ids), None)),
        (StepKind::Update, Known::Nothing) => Err((no_match(step, desired), None)),
        (StepKind::Find, Known::NotLookedUp) => Ok(Action::ToFind),
        (StepKind::Find, Known::Found { id, .. } | Known::Sent { id, .. } | Known::Drifted { id, .. }) => {
            Ok(Action::Found { id: Some(id.clone()) })
        }
        (StepKind::Find, Known::Nothing) => missing(step, desired),
        (StepKind::Delete, Known::Found { id, .. } | Known::Sent { id, .. } | Known::Drifted { id, .. }) => {
            Ok(Action::Delete { id: id.clone() })
        }
        (StepKind::Delete, Known::Nothing) => Ok(Action::Absent),
        (StepKind::Call | StepKind::Request, known) => {
            call(step, desired, known).map_err(|message| (message, None))
        }
        (StepKind::Create | StepKind::Upsert | StepKind::Mirror, Known::Nothing) => Ok(Action::Create {
            form: desired.form.clone(),
        }),
        (StepKind::Create, Known::Sent { id, form } | Known::Drifted { id, form, .. }) => {
            let changes = created_differently(step, desired, form);
            Ok(match changes.is_empty() {
                true => Action::Unchanged {
                    id: id.clone(),
                    adopted: false,
                },
                false => Action::Kept {
                    id: id.clone(),
                    changes,
                },
            })
        }
        (StepKind::Create, Known::Found { id, .. }) => Ok(Action::Unchanged {
            id: id.clone(),
            adopted: true,
        }),
        (StepKind::Update | StepKind::Upsert | StepKind::Mirror, Known::Sent { id, form }) => {
            update(step, desired, id, &Former::Sent(form))
        }
        (StepKind::Update | StepKind::Upsert | StepKind::Mirror, Known::Drifted { id, form, drift }) => {
            let now = overlaid(form, drift);
            update(
                step,
                desired,
                id,
                &Former::Drifted {
                    now: &now,
                    sent: form,
                },
            )
        }
        (StepKind::Update | StepKind::Upsert | StepKind::Mirror, Known::Found { id, object }) => {
            update(step, desired, id, &Former::Live(object))
        }
        (StepKind::Create, Known::NotLookedUp) => Ok(undecided(Wish::Create, desired)),
        (StepKind::Update, Known::NotLookedUp) => Ok(undecided(Wish::Update, desired)),
        (StepKind::Upsert | StepKind::Mirror, Known::NotLookedUp) => Ok(undecided(Wish::Upsert, desired)),
        (StepKind::Delete, Known::NotLookedUp) => Ok(undecided(Wish::Delete, desired)),
    }
}

fn undecided(wish: Wish, desired: &DesiredStep) -> Action {
    Action::Undecided {
        wish,
        form: desired.form.clone(),
    }
}

pub(super) fn several(step: &Step, desired: &DesiredStep, ids: &[String]) -> String {
    format!(
        "{} {} objects match {}: {} (write `newest` or `oldest` after `by` to take one)",
        ids.len(),
        step.resource,
        wanted(desired),
        ids.join(", ")
    )
}

/// Says what becomes of a record for which nothing was found.
fn missing(step: &Step, desired: &DesiredStep) -> Result<Action, (String, Option<String>)> {
    match &step.detail {
        StepDetail::Find(Missing::Null | Missing::Skip) => Ok(Action::Found { id: None }),
        StepDetail::Find(Missing::Reject(Some(_))) => {
            let said = desired.path.first().and_then(FormValue::text);
            Err((said.map_or_else(|| no_match(step, desired), str::to_owned), None))
        }
        _ => Err((no_match(step, desired), None)),
    }
}

fn no_match(step: &Step, desired: &DesiredStep) -> String {
    match desired.wanted {
        None => format!(
            "there is nothing to find the {} by: the value of `by` is empty",
            step.resource
        ),
        Some(_) => format!("no {} matches {}", step.resource, wanted(desired)),
    }
}

fn wanted(desired: &DesiredStep) -> String {
    match &desired.wanted {
        Some(FormValue::Text(text)) => format!("`{text}`"),
        Some(FormValue::Unknown) | None => "the value of `by`".to_owned(),
    }
}

fn update(
    step: &Step,
    desired: &DesiredStep,
    id: &str,
    former: &Former<'_>,
) -> Result<Action, (String, Option<String>)> {
    let mut changes: Vec<Change> = brought_back(step, former).into_iter().collect();
    for binding in &step.bindings {
        let changed = binding_changes(binding, desired, former);
        if changed.is_empty() {
            continue;
        }
        match refusal(step, binding, &changed) {
            None => changes.extend(changed),
            Some(_) if is_only_drift(binding, desired, former) => {}
            Some(refusal) => return Err(refusal),
        }
    }
    if changes.is_empty() {
        let adopted = matches!(former, Former::Live(_));
        return Ok(Action::Unchanged {
            id: id.to_owned(),
            adopted,
        });
    }
    let form = changes
        .iter()
        .map(|change| (change.field.clone(), change.new.clone()))
        .collect();
    Ok(Action::Update {
        id: id.to_owned(),
        changes,
        form,
    })
}

/// Tells why changes can't be sent.
fn refusal(step: &Step, binding: &Binding, changed: &[Change]) -> Option<(String, Option<String>)> {
    let first = changed.first()?;
    if adds_items(step, first) {
        return Some(items_of_subscription(first));
    }
    let Some(update_type) = &binding.update_type else {
        return Some(not_updatable(step, first));
    };
    let stays = changed
        .iter()
        .find(|change| !may_send(change, binding, update_type))?;
    let field = Form::flow_path(&stays.field);
    let message = format!(
        "`{field}` is empty now, and Stripe can't clear it ({})",
        step.resource
    );
    Some((message, Some(stays.field.clone())))
}

/// Tells whether the row asks for what was sent: other hands changed it, and that is no fault of the row.
fn is_only_drift(binding: &Binding, desired: &DesiredStep, former: &Former<'_>) -> bool {
    match former {
        Former::Drifted { sent, .. } => binding_changes(binding, desired, &Former::Sent(sent)).is_empty(),
        Former::Sent(_) | Former::Live(_) => false,
    }
}

/// Takes back what a mirror did to an object when its row went, for the row is there again.
fn brought_back(step: &Step, former: &Former<'_>) -> Option<Change> {
    let (StepDetail::Mirror(removal), Former::Live(_)) = (&step.detail, former) else {
        return None;
    };
    let (field, removed) = removal.request.as_ref()?.field?;
    let bound = step.bindings.iter().any(|binding| binding.name == field);
    if bound || former.text(field).as_deref() != Some(removed) {
        return None;
    }
    let new = match removed {
        "true" => "false",
        _ => "true",
    };
    Some(Change {
        field: field.to_owned(),
        old: Some(removed.to_owned()),
        new: FormValue::Text(new.to_owned()),
    })
}

/// Tells whether Stripe would add what is sent to what is there: items of a subscription without their ids.
/// Source: <https://docs.stripe.com/api/subscriptions/update#update_subscription-items>.
fn adds_items(step: &Step, change: &Change) -> bool {
    step.resource == "subscription" && Form::belongs(&change.field, "items")
}

fn items_of_subscription(change: &Change) -> (String, Option<String>) {
    let message = "Stripe would add these items to those that the subscription has, and bill both; change an item with \
                   `update subscription_item by id = …`"
        .to_owned();
    (message, Some(change.field.clone()))
}

fn not_updatable(step: &Step, change: &Change) -> (String, Option<String>) {
    let field = Form::flow_path(&change.field);
    let old = change.old.as_deref().unwrap_or("nothing");
    let message = format!(
        "`{field}` can't be changed once a {} exists: it was `{old}` and would be {}",
        step.resource, change.new
    );
    (message, Some(change.field.clone()))
}

fn created_differently(step: &Step, desired: &DesiredStep, sent: &Form) -> Vec<Change> {
    let former = Former::Sent(sent);
    step.bindings
        .iter()
        .flat_map(|binding| binding_changes(binding, desired, &former))
        // What only a finished step can tell is not a change of the row.
        .filter(|change| change.new != FormValue::Unknown)
        .collect()
}

#[cfg(test)]
mod tests;
