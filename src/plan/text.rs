use std::fmt::Write;

use crate::model::{Form, FormValue, Reason};

use super::action::{Action, Change, Outcome, PlannedRecord, PlannedStep};
use super::summary::{Limits, Summary};

/// Shows one record of a plan to a person: a line for each object, a line for each field.
pub fn render_record(record: &PlannedRecord) -> String {
    let mut text = String::new();
    let key = record
        .key
        .as_ref()
        .map_or_else(String::new, |key| format!(" {key}"));
    match &record.outcome {
        Outcome::Rejected(rejection) => {
            let _ = write!(
                text,
                "  ! rejected{key}  {}: {}",
                rejection.place, rejection.message
            );
            if let Some(field) = &rejection.field {
                let _ = write!(text, " (in `{}`)", Form::flow_path(field));
            }
            text.push('\n');
        }
        Outcome::Steps(steps) => {
            let reasons = render_reasons(&record.reasons);
            for step in steps {
                let (sign, words) = headline(&step.action);
                let line = step
                    .line
                    .map_or_else(String::new, |line| format!(", line {}", line + 1));
                let subject = subject(step);
                let _ = writeln!(
                    text,
                    "  {sign} {words} {subject}{key}{line}  ({}{reasons})",
                    record.place
                );
                render_fields(&mut text, &step.action);
            }
        }
    }
    text
}

/// Says what has changed since the record was applied.
fn render_reasons(reasons: &[Reason]) -> String {
    let names: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; {only} changed"),
        Some((last, others)) => format!("; {} and {last} changed", others.join(", ")),
    }
}

/// Names what a step is about: the resource, the operation as flows write it, or the request.
fn subject(step: &PlannedStep) -> String {
    let shown = |path: &Option<String>| path.clone().unwrap_or_else(|| "(known after apply)".to_owned());
    match &step.action {
        Action::Call { operation, path, .. } if is_request(operation) => {
            format!("{operation} {}", shown(path))
        }
        Action::Call { operation, .. } => {
            let name = operation.rsplit('.').next().unwrap_or(operation);
            format!("{}.{name}", step.resource)
        }
        Action::Read { path } => shown(path),
        Action::Open => "the statements of an `if`,".to_owned(),
        _ => step.resource.clone(),
    }
}

/// Tells whether the operation of a call is the method of a free request.
fn is_request(operation: &str) -> bool {
    matches!(operation, "POST" | "DELETE")
}

fn headline(action: &Action) -> (char, String) {
    match action {
        Action::Create { .. } => ('+', "create".to_owned()),
        Action::Update { id, .. } => ('~', format!("update {id},")),
        Action::Unchanged { id, adopted: true } => ('=', format!("take over {id}, as it is,")),
        Action::Unchanged { id, adopted: false } => ('=', format!("leave {id},")),
        Action::Kept { id, .. } => (
            '=',
            format!("keep {id} as it was created, though the row changed:"),
        ),
        Action::Undecided { .. } => ('?', "create or update".to_owned()),
        Action::Found { id: Some(id) } => (' ', format!("found {id},")),
        Action::Found { id: None } => (' ', "found no".to_owned()),
        Action::ToFind => ('?', "find".to_owned()),
        Action::Delete { id } => ('-', format!("delete {id},")),
        Action::Absent => ('=', "nothing to delete:".to_owned()),
        Action::Call { operation, .. } if is_request(operation) => ('>', "request".to_owned()),
        Action::Call { .. } => ('>', "call".to_owned()),
        Action::Called { id } => ('=', format!("called before: {id},")),
        Action::Read { .. } => (' ', "read".to_owned()),
        Action::Remove { id, verb } => ('-', format!("{verb} {id}, whose row is gone:")),
        Action::Open => ('?', "decide, when Stripe has answered,".to_owned()),
    }
}

fn render_fields(text: &mut String, action: &Action) {
    match action {
        Action::Create { form } | Action::Undecided { form } | Action::Call { form, .. } => {
            let shown: Vec<(String, &FormValue)> = form
                .iter()
                .filter(|(name, _)| *name != "metadata[sheetflow]")
                .map(|(name, value)| (Form::flow_path(name), value))
                .collect();
            let width = shown
                .iter()
                .map(|(name, _)| name.chars().count())
                .max()
                .unwrap_or(0);
            for (name, value) in shown {
                let _ = writeln!(text, "      {name:width$} = {value}");
            }
        }
        Action::Update { changes, .. } | Action::Kept { changes, .. } => {
            for change in changes {
                let _ = writeln!(text, "      {}", render_change(change));
            }
        }
        Action::Unchanged { .. }
        | Action::Found { .. }
        | Action::ToFind
        | Action::Delete { .. }
        | Action::Absent
        | Action::Called { .. }
        | Action::Read { .. }
        | Action::Remove { .. }
        | Action::Open => {}
    }
}

fn render_change(change: &Change) -> String {
    let field = Form::flow_path(&change.field);
    let old = change
        .old
        .as_ref()
        .map_or_else(|| "nothing".to_owned(), |old| format!("{old:?}"));
    match &change.new {
        FormValue::Text(text) if text.is_empty() => format!("{field}: {old} -> cleared"),
        new => format!("{field}: {old} -> {new}"),
    }
}

/// Shows the sums of a plan to a person, in two or three lines.
pub fn render_summary(summary: &Summary, limits: Limits) -> String {
    let totals = &summary.totals;
    let parts = [
        (totals.created, "to create"),
        (totals.updated, "to update"),
        (totals.deleted, "to delete"),
        (totals.called, "to call"),
        (totals.unchanged, "unchanged"),
        (totals.rejected, "rejected"),
    ];
    let shown: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let mut text = format!("{} records", totals.records);
    if !shown.is_empty() {
        let _ = write!(text, ": {}", shown.join(", "));
    }
    text.push('\n');
    if !summary.money.is_empty() {
        let sums: Vec<String> = summary.money.iter().map(|money| money.to_string()).collect();
        let _ = writeln!(text, "money: {}", sums.join(", "));
    }
    let requests = summary.request_count();
    if requests > 0 {
        let _ = write!(text, "requests that change something: {requests}");
        let seconds = summary.least_seconds(limits);
        if seconds > 0 {
            let _ = write!(text, " (at least {seconds} s within the limits)");
        }
        text.push('\n');
    }
    text
}
