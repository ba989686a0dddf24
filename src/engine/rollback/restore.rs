//! The former values of what an update changed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalog::{Alternative, ApiType, Catalog, OperationKind, Segment};
use crate::engine::former::list_of;
use crate::ledger::{ChangeRecord, StandingObject};
use crate::model::{Decimal, Form, FormValue};
use crate::plan::{Change, object_text, value_at};

use super::RollbackWish;
use super::decide::{Facts, request_of};
use super::undoing::Undoing;

/// What can be done about an update.
pub(super) enum Restoring {
    /// Fields are sent.
    Fields(Undoing),
    /// Stripe has the former values already.
    Already(Undoing),
    /// It can't be taken back, and why.
    Not(String),
}

/// Compares the former values with what was sent and what Stripe has now. `object` is `None` where it can't be read.
pub(super) fn restore(facts: &Facts<'_>, object: Option<&Value>, wish: &RollbackWish) -> Restoring {
    let change = facts.change;
    let before = change.before.clone().unwrap_or_default();
    let lost = lost_fields(change, &before);
    if before.is_empty() {
        return Restoring::Not(match lost.is_empty() {
            true => "nobody noted what it was before".to_owned(),
            false => format!("nobody noted what {} held before", words(&lost)),
        });
    }
    let now = Now {
        object,
        expected: facts.expected,
    };
    let mut fields = Vec::new();
    let mut others = Vec::new();
    for (name, former) in before.iter() {
        let former = former.text().unwrap_or_default();
        let sent = change.after.text(name).unwrap_or_default();
        match now.text(name) {
            Some(there) if same(&there, former) => {}
            Some(there) if !same(&there, sent) => others.push((name, there)),
            _ => fields.push(Change {
                field: name.to_owned(),
                old: Some(sent.to_owned()).filter(|text| !text.is_empty()),
                new: FormValue::Text(former.to_owned()),
            }),
        }
    }
    if !others.is_empty() && !wish.force {
        return Restoring::Not(changed_elsewhere(&others));
    }
    fields.extend(others.into_iter().map(|(name, there)| Change {
        field: name.to_owned(),
        old: Some(there).filter(|text| !text.is_empty()),
        new: FormValue::Text(before.text(name).unwrap_or_default().to_owned()),
    }));
    if fields.is_empty() {
        return Restoring::Already(already(facts, &before, lost));
    }
    if let Some(name) = fields.iter().find_map(|field| uncleared(change, field)) {
        return Restoring::Not(format!(
            "`{name}` was empty, and Stripe can't clear it ({})",
            change.resource
        ));
    }
    let form = form_of(&fields, &before);
    let update = Catalog::embedded()
        .resource(&change.resource)
        .and_then(|resource| resource.operation(OperationKind::Update));
    match update.and_then(|update| request_of(update.id, &change.stripe_id, form)) {
        Some(request) => Restoring::Fields(Undoing::Restore {
            request: Some(request),
            fields,
            lost,
        }),
        None => Restoring::Not(format!("a {} can't be changed", change.resource)),
    }
}

/// Stripe has the former values; the ledger may still have the others.
fn already(facts: &Facts<'_>, before: &Form, lost: Vec<String>) -> Undoing {
    let differs = |object: &StandingObject| {
        let former = former_form(&object.form, before);
        concerns(object, facts.change, before) && former.fingerprint() != object.form.fingerprint()
    };
    match facts.standing.iter().any(differs) {
        true => Undoing::Restore {
            request: None,
            fields: Vec::new(),
            lost,
        },
        false => Undoing::Nothing {
            reason: "it has its former values already".to_owned(),
        },
    }
}

/// Gives what the ledger has of an object once former values are restored: those that were sent and were not there
/// before are taken out.
pub(super) fn former_form(form: &Form, before: &Form) -> Form {
    let lists: BTreeSet<&str> = before.iter().filter_map(|(name, _)| list_of(name)).collect();
    let mut former: Form = form
        .iter()
        .filter(|(name, _)| before.get(name).is_none())
        .filter(|(name, _)| list_of(name).is_none_or(|list| !lists.contains(list)))
        .filter(|(name, _)| !lists.contains(name))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    for (name, value) in before.iter() {
        if value.text().is_some_and(|text| !text.is_empty()) {
            former.set(name, value.clone());
        }
    }
    former
}

/// Tells whether restoring former values changes what the ledger has of an object, at the step of the change itself or
/// at another one that sent the same fields.
pub(super) fn concerns(object: &StandingObject, change: &ChangeRecord, before: &Form) -> bool {
    let from = &object.provenance;
    if from.flow == change.flow && from.key == change.key && from.step == change.step {
        return true;
    }
    let lists: BTreeSet<&str> = before.iter().filter_map(|(name, _)| list_of(name)).collect();
    object.form.iter().any(|(name, _)| touches(name, before, &lists))
}

/// Tells whether a form has something of what is restored.
fn touches(name: &str, before: &Form, lists: &BTreeSet<&str>) -> bool {
    before.get(name).is_some()
        || lists.contains(name)
        || list_of(name).is_some_and(|list| lists.contains(list))
}

/// What an object is like when its turn comes.
struct Now<'a> {
    object: Option<&'a Value>,
    expected: Option<&'a Form>,
}

impl Now<'_> {
    /// Gives a field's text, the empty one for null; `None` where the object does not show the field.
    fn text(&self, name: &str) -> Option<String> {
        if let Some(text) = self.expected.and_then(|form| form.text(name)) {
            return Some(text.to_owned());
        }
        let value = value_at(self.object?, name);
        if value.is_none() && name.starts_with("metadata[") {
            return Some(String::new());
        }
        match value? {
            Value::Array(_) => None,
            value => Some(object_text(value).unwrap_or_default()),
        }
    }
}

/// Tells whether two texts are the same value; numbers may be written in several ways.
fn same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<Decimal>().ok();
    one == other || number(one).is_some_and(|value| number(other) == Some(value))
}

/// Makes the form that restores fields. A list is sent whole, and cleared where it was empty.
fn form_of(fields: &[Change], before: &Form) -> Form {
    let mut form = Form::default();
    for field in fields {
        let Some(list) = list_of(&field.field) else {
            form.set(field.field.clone(), field.new.clone());
            continue;
        };
        let items: Vec<(&str, &FormValue)> = before
            .iter()
            .filter(|(name, value)| list_of(name) == Some(list) && value.text() != Some(""))
            .collect();
        if items.is_empty() {
            form.set_text(list, "");
        }
        for (name, value) in items {
            form.set(name, value.clone());
        }
    }
    form
}

/// Names the fields that were sent and whose former values nobody noted.
fn lost_fields(change: &ChangeRecord, before: &Form) -> Vec<String> {
    let lists: BTreeSet<&str> = before.iter().filter_map(|(name, _)| list_of(name)).collect();
    let lost = change
        .after
        .iter()
        .filter(|(name, _)| !touches(name, before, &lists))
        .map(|(name, _)| Form::flow_path(list_of(name).unwrap_or(name)));
    lost.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Names a field that was empty and can't be cleared.
fn uncleared(change: &ChangeRecord, field: &Change) -> Option<String> {
    if field.new != FormValue::Text(String::new()) || field.field.starts_with("metadata[") {
        return None;
    }
    let name = list_of(&field.field).unwrap_or(&field.field);
    let path = Form::flow_path(name);
    (!can_clear(&change.resource, &path)).then_some(path)
}

/// Tells whether Stripe clears a field. Plain texts clear even where the description does not say so: Stripe's staff,
/// in <https://github.com/stripe/stripe-node/pull/1834>.
fn can_clear(resource: &str, path: &str) -> bool {
    let catalog = Catalog::embedded();
    let update = catalog
        .resource(resource)
        .and_then(|resource| resource.operation(OperationKind::Update)?.params);
    let found: Option<ApiType> = update
        .zip(Segment::parse_path(path))
        .and_then(|(shape, path)| catalog.parameter(shape, &path).ok());
    found.is_some_and(|found| found.clearable || found.alternatives.contains(&Alternative::Text))
}

fn changed_elsewhere(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, there)| match there.is_empty() {
            true => format!("`{}` was cleared", Form::flow_path(name)),
            false => format!("`{}` is {there:?} now", Form::flow_path(name)),
        })
        .collect();
    format!(
        "other hands changed it since: {}; `--force` restores it all the same",
        fields.join(", ")
    )
}

fn words(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
