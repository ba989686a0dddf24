//! `sheetflow explain cus_…`: where an object comes from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::commands::runs::clock_time;
use crate::cli::output::{Cell, Role, Table, View, printable};
use crate::cli::project::today;
use crate::cli::{CliError, Context};
use crate::engine::{FieldOrigin, History, LineNow, Origin, Project, RowNow};
use crate::ledger::{ChangeRecord, RunId, RunSummary};
use crate::model::Form;

/// All that is known of where an object comes from.
pub(super) struct Traced {
    id: String,
    /// Each step of each record that the object stands for, its maker first.
    origins: Vec<(Origin, LineNow)>,
    changes: Vec<ChangeRecord>,
    runs: BTreeMap<RunId, RunSummary>,
}

/// Finds an object in the ledger, and its row in the sheet; `None` when the ledger never heard of it.
pub(super) async fn trace(history: &History, id: &str, path: &Path) -> Result<Option<Traced>, CliError> {
    let (origins, changes) = history.origins(id).await?;
    if origins.is_empty() && changes.is_empty() {
        return Ok(None);
    }
    let named = origins.iter().flat_map(|origin| {
        let from = &origin.object.provenance;
        [from.made_run, from.run]
    });
    let mut runs = BTreeMap::new();
    for run in named.chain(changes.iter().map(|change| change.run)) {
        if let Entry::Vacant(place) = runs.entry(run) {
            place.insert(history.run(run).await?.summary);
        }
    }
    let project = Project::load(path, |_| {})?;
    let origins = origins
        .into_iter()
        .map(|origin| {
            let now = project.line_now(&origin, today());
            (origin, now)
        })
        .collect();
    Ok(Some(Traced {
        id: id.to_owned(),
        origins,
        changes,
        runs,
    }))
}

impl Traced {
    /// Shows it in the form that was asked for.
    pub(super) fn show(&self, context: &mut Context) -> Result<(), CliError> {
        context.output.report(|view| self.render(view), || self.to_json())
    }

    fn render(&self, view: View) -> String {
        let resource = self
            .origins
            .first()
            .map(|(origin, _)| &*origin.object.provenance.resource)
            .or_else(|| self.changes.first().map(|change| &*change.resource))
            .unwrap_or("object");
        let mut text = view.paint(Role::Heading, &printable(&format!("{}: {resource}", self.id)));
        text.push('\n');
        if self.origins.is_empty() {
            text.push_str("  it stands for no row any more\n");
        }
        for (origin, now) in &self.origins {
            text.push_str(&self.render_origin((origin, now), view));
        }
        text.push_str("\nwhat was sent:\n");
        let mut table = Table::new().indented(2);
        for change in &self.changes {
            table.row([
                Cell::from(self.run_words(change.run)),
                Cell::new(Role::Name, change.action.as_str()),
                Cell::from(change.operation.as_deref().unwrap_or_default()),
                Cell::from(fields_words(&change.after)),
            ]);
        }
        text.push_str(&table.render(view));
        text
    }

    fn render_origin(&self, (origin, now): (&Origin, &LineNow), view: View) -> String {
        let from = &origin.object.provenance;
        let made = match from.created_by_us {
            true => "made by",
            false => "found by",
        };
        let mut table = Table::new().indented(2);
        let mut row = |name: &str, text: &str| table.row([Cell::new(Role::Faint, name), Cell::from(text)]);
        row(made, &self.run_words(from.made_run));
        if from.run != from.made_run {
            row("last changed by", &self.run_words(from.run));
        }
        row("flow", &format!("{}, step {}", from.flow, from.step));
        row("key", &from.key.to_string());
        row("row then", &from.place);
        row("row now", &row_words(&now.row));
        let mut text = format!("\n{}", table.render(view));
        if !now.fields.is_empty() {
            text.push_str(&render_fields(&now.fields, view));
        }
        text
    }

    fn run_words(&self, run: RunId) -> String {
        match self.runs.get(&run) {
            Some(summary) => format!(
                "run {run} ({}, {})",
                summary.start.command,
                clock_time(summary.start.started)
            ),
            None => format!("run {run}"),
        }
    }

    fn to_json(&self) -> Value {
        let run = |run: RunId| {
            let summary = self.runs.get(&run);
            json!({
                "run": run,
                "command": summary.map(|summary| &summary.start.command),
                "started": summary.map(|summary| summary.start.started),
            })
        };
        let origins: Vec<Value> = self
            .origins
            .iter()
            .map(|(origin, now)| {
                let from = &origin.object.provenance;
                let (state, place, reason) = row_parts(&now.row);
                json!({
                    "flow": from.flow,
                    "key": from.key.to_string(),
                    "step": from.step,
                    "resource": from.resource,
                    "made_here": from.created_by_us,
                    "made": run(from.made_run),
                    "changed": run(from.run),
                    "place": from.place,
                    "row": {"state": state, "place": place, "reason": reason},
                    "fields": now.fields.iter().map(field_json).collect::<Vec<_>>(),
                })
            })
            .collect();
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|change| {
                json!({
                    "run": change.run,
                    "flow": change.flow,
                    "key": change.key.to_string(),
                    "step": change.step,
                    "action": change.action.as_str(),
                    "operation": change.operation,
                    "before": change.before.as_ref().map(form_json),
                    "after": form_json(&change.after),
                })
            })
            .collect();
        json!({"id": self.id, "origins": origins, "changes": changes})
    }
}

fn form_json(form: &Form) -> Value {
    let fields = form
        .iter()
        .map(|(name, value)| (name.to_owned(), json!(value.text())));
    Value::Object(fields.collect())
}

fn field_json(field: &FieldOrigin) -> Value {
    let cells: Vec<Value> = field
        .cells
        .iter()
        .map(|cell| json!({"address": cell.address, "column": cell.column, "text": cell.text}))
        .collect();
    json!({
        "name": Form::flow_path(&field.name),
        "sent": field.sent,
        "binding": field.binding,
        "cells": cells,
        "further_cells": field.further_cells,
    })
}

fn row_parts(row: &RowNow) -> (&'static str, Option<&str>, Option<&str>) {
    match row {
        RowNow::Same { place } => ("same", Some(place), None),
        RowNow::Changed { place } => ("changed", Some(place), None),
        RowNow::Present { place } => ("present", Some(place), None),
        RowNow::Gone => ("gone", None, None),
        RowNow::Unknown { reason } => ("unknown", None, Some(reason)),
    }
}

fn row_words(row: &RowNow) -> String {
    match row {
        RowNow::Same { place } => format!("{place}, as it was"),
        RowNow::Changed { place } => format!("{place}; it has changed since it was sent"),
        RowNow::Present { place } => {
            format!("{place}; whether it has changed is not known, since it was not applied in full")
        }
        RowNow::Gone => "gone: no row of the flow has this key".to_owned(),
        RowNow::Unknown { reason } => format!("not known: {reason}"),
    }
}

fn render_fields(fields: &[FieldOrigin], view: View) -> String {
    let mut table = Table::with_headings(["field", "sent last", "bound to", "cells now"]).indented(2);
    for field in fields {
        let mut cells = String::new();
        for (index, cell) in field.cells.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            let _ = write!(cells, "{comma}{}: {:?}", cell.address, cell.text);
        }
        if field.further_cells > 0 {
            let _ = write!(cells, "; and {} more", field.further_cells);
        }
        table.row([
            Cell::new(Role::Name, Form::flow_path(&field.name)),
            Cell::from(format!("{:?}", field.sent)),
            Cell::from(field.binding.as_deref().unwrap_or("nothing now")),
            Cell::from(cells),
        ]);
    }
    format!("\n{}", table.render(view))
}

/// Names the fields of a request, without the mark.
fn fields_words(form: &Form) -> String {
    let names: Vec<String> = form
        .iter()
        .filter(|(name, _)| *name != "metadata[sheetflow]")
        .map(|(name, _)| Form::flow_path(name))
        .collect();
    names.join(", ")
}
