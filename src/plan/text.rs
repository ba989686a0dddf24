use std::fmt::Write;

use crate::model::{Form, FormValue, Reason};

use super::action::{Action, Change, NotAdopted, Outcome, PlannedRecord, PlannedStep, Wish};
use super::drift::{DriftFate, MARK};
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
                render_drift(&mut text, step);
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

/// Names what a step is about: the resource, the operation as flows write it, or the request. The operation of a
/// free request names the places of values in its path that are not known yet.
fn subject(step: &PlannedStep) -> String {
    match &step.action {
        Action::Call {
            operation,
            method,
            path,
            ..
        } if is_request(operation) => format!("{method} {},", path.as_ref().unwrap_or(operation)),
        Action::Call { operation, .. } => {
            let name = operation.rsplit('.').next().unwrap_or(operation);
            format!("{}.{name}", step.resource)
        }
        Action::Read { path } => {
            let path = path.as_deref().unwrap_or("(known after apply)");
            format!("{path},")
        }
        Action::Open => "the statements of an `if`,".to_owned(),
        _ => step.resource.clone(),
    }
}

/// Tells whether a call is a free request.
fn is_request(operation: &str) -> bool {
    operation.starts_with('/')
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
        Action::Undecided { wish, .. } => ('?', wish_words(*wish).to_owned()),
        Action::Found { id: Some(id) } => (' ', format!("found {id},")),
        Action::Found { id: None } => (' ', "found no".to_owned()),
        Action::ToFind => ('?', "find".to_owned()),
        Action::Delete { id } => ('-', format!("delete {id},")),
        Action::Absent => ('=', "nothing to delete:".to_owned()),
        Action::Call { operation, .. } if is_request(operation) => ('>', "send".to_owned()),
        Action::Call { .. } => ('>', "call".to_owned()),
        Action::Called { id } => ('=', format!("called before: {id},")),
        Action::Read { .. } => (' ', "read".to_owned()),
        Action::Remove { id, verb } => ('-', format!("{verb} {id}, whose row is gone:")),
        Action::Adopt { id, .. } => ('=', format!("adopt {id},")),
        Action::NotAdopted { why } => match why {
            NotAdopted::NoMatch => ('?', "nothing to adopt for".to_owned()),
            NotAdopted::NoBy => (' ', "nothing tells which is the".to_owned()),
            NotAdopted::Later => ('?', "nobody can tell yet which is the".to_owned()),
            NotAdopted::Known => (' ', "known already, and not as the row says:".to_owned()),
        },
        Action::Open => ('?', "decide, when Stripe has answered,".to_owned()),
    }
}

fn wish_words(wish: Wish) -> &'static str {
    match wish {
        Wish::Create => "create or take over",
        Wish::Update => "find and update",
        Wish::Upsert => "create or update",
        Wish::Delete => "find and delete",
    }
}

fn render_fields(text: &mut String, action: &Action) {
    match action {
        Action::Create { form } | Action::Undecided { form, .. } | Action::Call { form, .. } => {
            let shown: Vec<(String, &FormValue)> = form
                .iter()
                .filter(|(name, _)| *name != MARK)
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
            // A list is sent whole: its other items are no news.
            for change in changes.iter().filter(|change| change.is_other()) {
                let _ = writeln!(text, "      {}", render_change(change));
            }
        }
        Action::Adopt { changes, .. } => {
            for change in changes.iter().filter(|change| change.is_other()) {
                let _ = writeln!(text, "      the next apply changes {}", render_change(change));
            }
        }
        Action::Unchanged { .. }
        | Action::NotAdopted { .. }
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

/// Says what other hands did to a step's object, and what becomes of it.
fn render_drift(text: &mut String, step: &PlannedStep) {
    if let Some(id) = &step.gone {
        let _ = writeln!(
            text,
            "      {id}, which stood for it, was deleted in Stripe by other hands"
        );
    }
    let shown = |value: &Option<String>| {
        value
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"))
    };
    for drift in &step.drift {
        let fate = match drift.fate {
            DriftFate::Overwritten => "applying overwrites that",
            DriftFate::Wanted => "the sheet wants that too",
            DriftFate::Left => "it stays so",
        };
        let _ = writeln!(
            text,
            "      other hands changed {}: {} was sent, {} is there now; {fate}",
            Form::flow_path(&drift.field),
            shown(&drift.sent),
            shown(&drift.live)
        );
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
    let drift = &summary.drift;
    if drift.changed + drift.gone > 0 {
        let _ = writeln!(
            text,
            "by other hands: {} changed, {} deleted",
            drift.changed, drift.gone
        );
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

#[cfg(test)]
mod tests {
    use super::{render_fields, subject};
    use crate::model::{Form, FormValue};
    use crate::plan::{Action, Change, PlannedStep};

    #[test]
    fn a_request_is_shown_with_its_path_also_before_all_of_it_is_known() {
        let request = |path: Option<&str>| {
            subject(&PlannedStep {
                name: "request".to_owned(),
                step: Some(0),
                line: None,
                resource: "request".to_owned(),
                action: Action::Call {
                    operation: "/v1/customers/…/tax_ids".to_owned(),
                    method: "POST".to_owned(),
                    path: path.map(str::to_owned),
                    form: Form::default(),
                },
                gone: None,
                drift: Vec::new(),
            })
        };
        assert_eq!(request(None), "POST /v1/customers/…/tax_ids,");
        assert_eq!(
            request(Some("/v1/customers/cus_1/tax_ids")),
            "POST /v1/customers/cus_1/tax_ids,"
        );
    }

    #[test]
    fn of_a_list_that_is_sent_whole_only_the_changed_items_are_shown() {
        let change = |field: &str, new: &str| Change {
            field: field.to_owned(),
            old: Some("3".to_owned()),
            new: FormValue::Text(new.to_owned()),
        };
        let mut text = String::new();
        let action = Action::Kept {
            id: "sub_1".to_owned(),
            changes: vec![
                change("items[0][quantity]", "3"),
                change("items[1][quantity]", "5"),
            ],
        };
        render_fields(&mut text, &action);
        assert_eq!(text, "      items[1].quantity: \"3\" -> \"5\"\n");
    }
}
