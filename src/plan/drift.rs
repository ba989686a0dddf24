//! What other hands changed in Stripe: last sent against what Stripe has now, for the fields that the flow sends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lang::program::{Binding, Step};
use crate::model::{Decimal, DesiredStep, Form, FormValue};

use super::action::Action;
use super::changes::says_nothing;
use super::compare::{object_text, value_at};

/// The parameter with the mark that this program leaves; no flow sends it.
pub(super) const MARK: &str = "metadata[sheetflow]";

/// A field that other hands changed since it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Stripe's own name of the field.
    pub field: String,
    /// What was sent last; `None` when nothing.
    pub sent: Option<String>,
    /// What Stripe has now; `None` when nothing.
    pub live: Option<String>,
    /// What becomes of it.
    pub fate: DriftFate,
}

/// What an apply makes of a field that other hands changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftFate {
    /// The sheet's value is sent over it.
    Overwritten,
    /// The sheet wants the same by now.
    Wanted,
    /// It stays: the step never sends it again, or Stripe does not let it be changed.
    Left,
}

/// Finds the fields that the step has sent and that are others now. Fields that Stripe's answers do not have can't
/// be compared. What becomes of each is told by [`settle_fates`].
pub fn drift(step: &Step, sent: &Form, object: &Value) -> Vec<Drift> {
    let mut found = Vec::new();
    for binding in &step.bindings {
        let mut lists: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, value) in sent.iter().filter(|(name, _)| Form::belongs(name, &binding.name)) {
            let Some(text) = value.text().filter(|text| !text.is_empty() && name != MARK) else {
                continue;
            };
            if let Some((list, index)) = item_of(name) {
                let count = lists.entry(list).or_default();
                *count = (*count).max(index + 1);
            }
            if let Some(live) = other_than(text, live(object, name)) {
                found.push(drifted(name, Some(text), live));
            }
        }
        for (list, count) in lists {
            found.extend(added(object, list, count));
        }
        found.extend(written_by_others(binding, sent, object));
    }
    found
}

/// Tells what becomes of each field, by what is planned for its object.
pub fn settle_fates(drifts: &mut [Drift], desired: &DesiredStep, action: &Action) {
    let sent = |field: &str| match action {
        Action::Update { form, .. } => form.iter().any(|(name, _)| Form::belongs(field, name)),
        _ => false,
    };
    for drift in drifts {
        drift.fate = if sent(&drift.field) {
            DriftFate::Overwritten
        } else if desired.form.get(&drift.field).and_then(FormValue::text) == drift.live.as_deref() {
            DriftFate::Wanted
        } else {
            DriftFate::Left
        };
    }
}

/// Gives what was sent with what Stripe has now laid over it.
pub(super) fn overlaid(sent: &Form, drifts: &[Drift]) -> Form {
    let mut form = sent.clone();
    for drift in drifts {
        form.set_text(&drift.field, drift.live.clone().unwrap_or_default());
    }
    form
}

fn drifted(field: &str, sent: Option<&str>, live: Option<String>) -> Drift {
    Drift {
        field: field.to_owned(),
        sent: sent.map(str::to_owned),
        live,
        fate: DriftFate::Left,
    }
}

/// What Stripe has for a parameter.
#[derive(Clone, Copy, Debug)]
enum Live<'a> {
    /// This.
    Value(&'a Value),
    /// Nothing: it was cleared, or its item or its metadata is gone.
    Nothing,
    /// Answers have no such field, or not in this shape.
    NotTold,
}

fn live<'a>(object: &'a Value, name: &str) -> Live<'a> {
    let mut value = object;
    let mut parent = "";
    for part in name.split('[') {
        let part = part.strip_suffix(']').unwrap_or(part);
        let next = match value {
            Value::Null => return Live::Nothing,
            Value::Array(items) => match part.parse::<usize>() {
                Ok(index) => items.get(index),
                Err(_) => return Live::NotTold,
            },
            Value::Object(members) => match (members.get(part), members.get("data")) {
                (Some(member), _) => Some(member),
                (None, Some(Value::Array(items))) => match part.parse::<usize>() {
                    Ok(index) => items.get(index),
                    Err(_) => return Live::NotTold,
                },
                (None, _) if parent == "metadata" => None,
                (None, _) => return Live::NotTold,
            },
            Value::Bool(_) | Value::Number(_) | Value::String(_) => return Live::NotTold,
        };
        match next {
            Some(next) => value = next,
            None => return Live::Nothing,
        }
        parent = part;
    }
    Live::Value(value)
}

/// Gives what is there now when it is not the text that was sent: `Some(None)` for nothing.
fn other_than(sent: &str, live: Live<'_>) -> Option<Option<String>> {
    let value = match live {
        Live::NotTold => return None,
        Live::Nothing | Live::Value(Value::Null) => return Some(None),
        Live::Value(value) => value,
    };
    let text = object_text(value)?;
    if text == sent {
        return None;
    }
    match value {
        // A word such as `now` became a number, and that is no change of hands.
        Value::Number(_) => match (sent.parse::<Decimal>(), text.parse::<Decimal>()) {
            (Ok(sent), Ok(live)) if sent != live => Some(Some(text)),
            _ => None,
        },
        Value::Bool(_) => matches!(sent, "true" | "false").then_some(Some(text)),
        _ => Some(Some(text).filter(|text| !text.is_empty())),
    }
}

/// Gives the list that a parameter is a plain item of, and which.
pub(super) fn item_of(name: &str) -> Option<(&str, usize)> {
    let (list, index) = name.strip_suffix(']')?.rsplit_once('[')?;
    Some((list, index.parse().ok()?))
}

/// Finds the items that stand in a list behind those that were sent.
pub(super) fn added(object: &Value, list: &str, count: usize) -> Vec<Drift> {
    let Some(Value::Array(items)) = value_at(object, list) else {
        return Vec::new();
    };
    let behind = items.iter().enumerate().skip(count);
    behind
        .filter_map(|(index, item)| {
            Some(drifted(
                &format!("{list}[{index}]"),
                None,
                Some(object_text(item)?),
            ))
        })
        .collect()
}

/// Finds what others wrote where the flow itself says that nothing is to be: `field = null`.
fn written_by_others(binding: &Binding, sent: &Form, object: &Value) -> Option<Drift> {
    let was_sent = sent.text(&binding.name).is_some_and(|text| !text.is_empty());
    if was_sent || !says_nothing(binding) {
        return None;
    }
    let text = value_at(object, &binding.name).and_then(object_text)?;
    (!text.is_empty()).then(|| drifted(&binding.name, None, Some(text)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Live, item_of, live, other_than};

    /// Shows what is there now for a field that was sent as this text.
    fn now(object: &Value, name: &str, sent: &str) -> Option<Option<String>> {
        other_than(sent, live(object, name))
    }

    #[test]
    fn what_stripe_writes_in_another_way_is_no_change() {
        let object = json!({
            "percent_off": 25, "amount": 1200, "active": true, "trial_end": 1_790_000_000,
            "customer": {"id": "cus_1", "object": "customer"}, "unit_amount_decimal": "12.5",
            "items": {"object": "list", "data": [{"price": {"id": "price_1"}}]},
            "discounts": ["di_1"],
        });
        for (name, sent) in [
            ("percent_off", "25.0"),
            ("amount", "1200"),
            ("active", "true"),
            ("trial_end", "now"),
            ("customer", "cus_1"),
            ("items[0][price]", "price_1"),
            ("items[0][price_data][currency]", "usd"),
            ("discounts[0][coupon]", "ten"),
            ("days_until_due", "30"),
        ] {
            assert_eq!(now(&object, name, sent), None, "{name}");
        }
        assert_eq!(now(&object, "amount", "1300"), Some(Some("1200".to_owned())));
        assert_eq!(now(&object, "active", "false"), Some(Some("true".to_owned())));
        assert_eq!(
            now(&object, "items[0][price]", "price_2"),
            Some(Some("price_1".to_owned()))
        );
    }

    #[test]
    fn what_is_gone_is_told_from_what_answers_never_have() {
        let object = json!({"name": null, "address": null, "metadata": {}, "preferred_locales": ["de"]});
        for name in ["name", "address[city]", "metadata[no]", "preferred_locales[1]"] {
            assert_eq!(now(&object, name, "x"), Some(None), "{name}");
        }
        for name in ["source", "shipping[name]", "preferred_locales[x]"] {
            assert!(matches!(live(&object, name), Live::NotTold), "{name}");
        }
    }

    #[test]
    fn only_plain_items_are_counted() {
        assert_eq!(item_of("preferred_locales[1]"), Some(("preferred_locales", 1)));
        assert_eq!(item_of("items[0][price]"), None);
        assert_eq!(item_of("name"), None);
    }
}
