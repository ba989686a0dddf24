use serde_json::{Map, Value, json};

use crate::model::{Form, FormValue, Reason};

use super::action::{Action, Change, Outcome, PlannedRecord};
use super::drift::Drift;
use super::summary::{Limits, Summary};

/// Shows the sums of a plan to a program: `totals`, `requests`, `money`, `least_seconds`.
pub fn summary_json(summary: &Summary, limits: Limits) -> Map<String, Value> {
    let money: Vec<Value> = summary
        .money
        .iter()
        .map(|money| json!({"currency": money.currency.code(), "amount": money.to_major().to_string()}))
        .collect();
    let mut members = Map::new();
    members.insert("totals".to_owned(), json!(summary.totals));
    members.insert("requests_by_operation".to_owned(), json!(summary.requests));
    members.insert("money".to_owned(), Value::Array(money));
    members.insert("drift".to_owned(), json!(summary.drift));
    members.insert("least_seconds".to_owned(), json!(summary.least_seconds(limits)));
    members
}

/// Shows one record of a plan to a program.
pub fn record_json(record: &PlannedRecord) -> Value {
    let key = record.key.as_ref().map(ToString::to_string);
    match &record.outcome {
        Outcome::Rejected(rejection) => json!({
            "key": key,
            "place": record.place,
            "action": "rejected",
            "message": rejection.message,
            "at": rejection.place,
            "field": rejection.field.as_deref().map(Form::flow_path),
        }),
        Outcome::Steps(steps) => json!({
            "key": key,
            "place": record.place,
            "reasons": record.reasons.iter().map(reason_json).collect::<Vec<_>>(),
            "steps": steps.iter().map(|step| {
                let mut shown = action_json(&step.action);
                shown.insert("step".to_owned(), json!(step.name));
                shown.insert("resource".to_owned(), json!(step.resource));
                if let Some(line) = step.line {
                    shown.insert("line".to_owned(), json!(line + 1));
                }
                if let Some(gone) = &step.gone {
                    shown.insert("gone".to_owned(), json!(gone));
                }
                if !step.drift.is_empty() {
                    shown.insert("drift".to_owned(), step.drift.iter().map(drift_json).collect());
                }
                Value::Object(shown)
            }).collect::<Vec<_>>(),
        }),
    }
}

fn reason_json(reason: &Reason) -> Value {
    match reason {
        Reason::Row => json!("row"),
        Reason::Flow => json!("flow"),
        Reason::Plugin(name) => json!(format!("plugin {name}")),
    }
}

fn action_json(action: &Action) -> Map<String, Value> {
    let (word, id, changes, form) = match action {
        Action::Create { form } => ("create", None, None, Some(form)),
        Action::Update { id, changes, form } => ("update", Some(id), Some(changes), Some(form)),
        Action::Unchanged { id, adopted: true } => ("adopt", Some(id), None, None),
        Action::Unchanged { id, adopted: false } => ("unchanged", Some(id), None, None),
        Action::Kept { id, changes } => ("kept", Some(id), Some(changes), None),
        Action::Undecided { form, .. } => ("undecided", None, None, Some(form)),
        Action::Found { id } => ("found", id.as_ref(), None, None),
        Action::ToFind => ("find", None, None, None),
        Action::Delete { id } => ("delete", Some(id), None, None),
        Action::Absent => ("absent", None, None, None),
        Action::Call { form, .. } => ("call", None, None, Some(form)),
        Action::Called { id } => ("called", Some(id), None, None),
        Action::Read { .. } => ("read", None, None, None),
        Action::Remove { id, .. } => ("remove", Some(id), None, None),
        Action::Adopt { id, changes, .. } => ("adopt", Some(id), Some(changes), None),
        Action::NotAdopted { .. } => ("not_adopted", None, None, None),
        Action::Open => ("open", None, None, None),
    };
    let mut members = Map::new();
    members.insert("action".to_owned(), json!(word));
    if let Some(id) = id {
        members.insert("id".to_owned(), json!(id));
    }
    match action {
        Action::Call {
            operation,
            method,
            path,
            ..
        } => {
            members.insert("operation".to_owned(), json!(operation));
            members.insert("method".to_owned(), json!(method));
            members.insert("path".to_owned(), json!(path));
        }
        Action::Read { path } => {
            members.insert("path".to_owned(), json!(path));
        }
        Action::Undecided { wish, .. } => {
            members.insert("wish".to_owned(), json!(wish));
        }
        Action::NotAdopted { why } => {
            members.insert("why".to_owned(), json!(why));
        }
        Action::Remove { verb, .. } => {
            members.insert("verb".to_owned(), json!(verb));
        }
        _ => {}
    }
    if let Some(changes) = changes {
        members.insert("changes".to_owned(), changes.iter().map(change_json).collect());
    }
    if let Some(form) = form {
        let fields = form
            .iter()
            .map(|(name, value)| (name.to_owned(), value_json(value)));
        members.insert("form".to_owned(), Value::Object(fields.collect()));
    }
    members
}

fn drift_json(drift: &Drift) -> Value {
    json!({
        "field": Form::flow_path(&drift.field),
        "sent": drift.sent,
        "stripe": drift.live,
        "fate": drift.fate,
    })
}

fn change_json(change: &Change) -> Value {
    json!({"field": Form::flow_path(&change.field), "old": change.old, "new": value_json(&change.new)})
}

/// A value that is not known yet is `null`; nothing else is.
fn value_json(value: &FormValue) -> Value {
    match value {
        FormValue::Text(text) => json!(text),
        FormValue::Unknown => Value::Null,
    }
}
