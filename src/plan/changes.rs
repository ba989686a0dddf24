//! What one binding asks for, against what its fields were before.

use serde_json::Value;

use crate::catalog::{Alternative, ApiType};
use crate::lang::program::{Binding, ExpressionKind};
use crate::model::{Decimal, DesiredStep, Form, FormValue};

use super::action::Change;
use super::compare::{object_text, value_at};
use super::drift::{MARK, added, item_of};

/// What the fields were before: what we sent, or what Stripe has.
pub(super) enum Former<'a> {
    Sent(&'a Form),
    /// What Stripe has now of what we sent, and what we sent.
    Drifted {
        now: &'a Form,
        sent: &'a Form,
    },
    Live(&'a Value),
}

impl Former<'_> {
    /// Gives what a field was; `None` for nothing.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self {
            Former::Sent(form) | Former::Drifted { now: form, .. } => {
                form.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
            }
            Former::Live(object) => value_at(object, name)
                .and_then(object_text)
                .filter(|text| !text.is_empty()),
        }
    }

    /// Gives the names below a binding whose values go when the row asks for none.
    ///
    /// What was sent before goes when its cell is empty. What other hands wrote stays: the sheet never knew it, so
    /// an empty cell says nothing of it. It goes only when the flow itself says so, with `field = null`.
    fn names_below(&self, binding: &Binding) -> Vec<String> {
        match self {
            Former::Sent(form) | Former::Drifted { now: form, .. } => form
                .iter()
                .filter(|(name, value)| {
                    Form::belongs(name, &binding.name) && !is_cleared(value) && *name != MARK
                })
                .map(|(name, _)| name.to_owned())
                .collect(),
            Former::Live(_) if says_nothing(binding) && self.text(&binding.name).is_some() => {
                vec![binding.name.clone()]
            }
            Former::Live(_) => Vec::new(),
        }
    }

    /// Gives the items that an object has behind those that the row asks for: a list is sent whole.
    fn items_behind(&self, list: &str, wanted: &[(&str, &FormValue)]) -> Vec<String> {
        let items = wanted.iter().filter_map(|(name, _)| item_of(name));
        let count = items.filter(|(of, _)| *of == list).count();
        match self {
            Former::Live(object) if count > 0 => {
                let behind = added(object, list, count).into_iter();
                behind.map(|drift| drift.field).collect()
            }
            Former::Live(_) | Former::Sent(_) | Former::Drifted { .. } => Vec::new(),
        }
    }

    /// Gives what was there, in the words of what is wanted where both are the same number.
    fn text_beside(&self, name: &str, wanted: &FormValue) -> Option<String> {
        if let (Former::Live(object), FormValue::Text(wanted)) = (self, wanted)
            && let Some(Value::Number(live)) = value_at(object, name)
            && let (Ok(live), Ok(number)) = (live.to_string().parse::<Decimal>(), wanted.parse::<Decimal>())
            && live == number
        {
            return Some(wanted.clone());
        }
        self.text(name)
    }
}

/// Tells whether the flow itself says that a field is empty: `field = null`.
pub(super) fn says_nothing(binding: &Binding) -> bool {
    matches!(&binding.value.kind, ExpressionKind::Literal(value) if value.is_empty())
}

/// Compares what one binding asks for with what was there.
pub(super) fn binding_changes(binding: &Binding, desired: &DesiredStep, former: &Former<'_>) -> Vec<Change> {
    let wanted: Vec<(&str, &FormValue)> = desired
        .form
        .iter()
        .filter(|(name, _)| Form::belongs(name, &binding.name))
        .collect();
    let gone: Vec<String> = former
        .names_below(binding)
        .into_iter()
        .chain(former.items_behind(&binding.name, &wanted))
        .filter(|name| !wanted.iter().any(|(wanted, _)| wanted == name))
        .collect();
    let is_list = |name: &str| is_item(name, &binding.name);
    let list = wanted.iter().any(|(name, _)| is_list(name)) || gone.iter().any(|name| is_list(name));
    let mut changes: Vec<Change> = wanted
        .iter()
        .map(|(name, value)| change(name, value, former))
        .filter(|change| list || differs(change))
        .collect();
    if list {
        // A list is sent whole or not at all: Stripe replaces it.
        if gone.is_empty() && !changes.iter().any(differs) {
            return Vec::new();
        }
        if wanted.is_empty() {
            changes = vec![Change {
                field: binding.name.clone(),
                old: former.text(&gone[0]),
                new: FormValue::Text(String::new()),
            }];
        }
        return changes;
    }
    changes.extend(gone.into_iter().map(|name| Change {
        old: former.text(&name),
        field: name,
        new: FormValue::Text(String::new()),
    }));
    changes
}

fn change(name: &str, value: &FormValue, former: &Former<'_>) -> Change {
    Change {
        field: name.to_owned(),
        old: former.text_beside(name, value),
        new: value.clone(),
    }
}

fn differs(change: &Change) -> bool {
    match &change.new {
        FormValue::Text(text) => change.old.as_deref().unwrap_or("") != text,
        FormValue::Unknown => true,
    }
}

/// Tells whether a change can be sent: anything but clearing what can't be cleared. Plain texts are
/// cleared with the empty text even where the API's description does not say so: Stripe's staff, in
/// <https://github.com/stripe/stripe-node/pull/1834>.
pub(super) fn may_send(change: &Change, binding: &Binding, update_type: &ApiType) -> bool {
    if !is_cleared(&change.new) {
        return true;
    }
    let inside_map = change.field != binding.name
        && update_type
            .alternatives
            .iter()
            .any(|alternative| matches!(alternative, Alternative::Map(_)));
    let text = update_type.alternatives.contains(&Alternative::Text);
    update_type.clearable || inside_map || text
}

fn is_cleared(value: &FormValue) -> bool {
    *value == FormValue::Text(String::new())
}

fn is_item(name: &str, binding: &str) -> bool {
    let rest = &name[binding.len()..];
    rest.strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
