use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueHint};
use serde_json::{Value, json};

use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{EngineError, Project};
use crate::model::{Header, SourceSpec};
use crate::source::{self, Profile};

/// List the sources of the flows, or show what one of them holds
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  sheetflow sources                           all sources of this project
  sheetflow sources books                     those of the project in `books`
  sheetflow sources show customers            columns, first rows, and what looks wrong
  sheetflow sources show customers --rows 20
                                              with more rows"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) show: Option<Show>,
    /// A directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Show {
    /// Show columns, types, first rows, and what looks wrong in the sheet
    Show {
        /// The source's name in the flow
        #[arg(value_name = "NAME")]
        name: String,
        /// A directory with `.flow` files, or one such file
        #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
        path: PathBuf,
        /// How many rows to show
        #[arg(long, value_name = "N", default_value_t = 5)]
        rows: usize,
    },
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    match &arguments.show {
        None => list(&arguments.path, context),
        Some(Show::Show { name, path, rows }) => show((name, path, *rows), context),
    }
}

fn list(path: &Path, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = Project::load(path)?;
    context.output.report(
        |view| {
            let mut table = Table::with_headings(["source", "file", "columns"]);
            for (spec, header) in &project.sources {
                let columns = match header {
                    Ok(header) => Cell::from(header.columns.join(", ")),
                    Err(problem) => Cell::new(Role::Bad, problem),
                };
                table.row([Cell::new(Role::Name, &spec.name), Cell::from(spec.kind.path()), columns]);
            }
            table.render(view)
        },
        || project.sources.iter().map(source_json).collect(),
    )?;
    let readable = project.sources.iter().all(|(_, header)| header.is_ok());
    Ok(if readable { ExitStatus::Success } else { ExitStatus::Invalid })
}

fn source_json((spec, header): &(SourceSpec, Result<Arc<Header>, String>)) -> Value {
    let (columns, problem) = match header {
        Ok(header) => (Some(&header.columns), None),
        Err(problem) => (None, Some(problem)),
    };
    json!({"name": spec.name, "file": spec.kind.path(), "columns": columns, "problem": problem})
}

fn show((name, path, rows): (&str, &Path, usize), context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = Project::load(path)?;
    let names = || project.sources.iter().map(|(spec, _)| &*spec.name);
    let Some((spec, _)) = project.sources.iter().find(|(spec, _)| &*spec.name == name) else {
        return Err(CliError::unknown_name("source", name, names()));
    };
    let profile = source::profile(spec, &project.root, rows).map_err(EngineError::from)?;
    context.output.report(|view| render(&profile, view), || json!(profile))?;
    Ok(ExitStatus::Success)
}

fn render(profile: &Profile, view: View) -> String {
    let sheet = profile.sheet.as_deref().map(|sheet| format!(", sheet {sheet}")).unwrap_or_default();
    let place = format!("{}{sheet}: {} rows", profile.file, profile.rows);
    let mut text = format!("{}  {place}\n\n", view.paint(Role::Heading, &profile.source));
    let mut columns = Table::with_headings(["", "column", "declared", "looks like", "empty"]);
    for column in &profile.columns {
        let seen: Vec<String> =
            column.seen.iter().map(|seen| format!("{} {}", seen.count, seen.seen.as_str())).collect();
        let hint = column.suggestion.as_deref().map(|hint| format!(" (declare it as {hint})")).unwrap_or_default();
        columns.row([
            Cell::new(Role::Faint, &column.letters),
            Cell::new(Role::Name, &column.name),
            Cell::from(column.declared.as_deref().unwrap_or("")),
            Cell::from(format!("{}{hint}", seen.join(", "))),
            Cell::right(column.empty.to_string()),
        ]);
    }
    text.push_str(&columns.render(view));
    if !profile.first_rows.is_empty() {
        text.push('\n');
        text.push_str(&first_rows(profile).render(view));
    }
    text.push_str(&findings(profile, view));
    text
}

fn first_rows(profile: &Profile) -> Table {
    let mut rows = Table::new();
    let names = profile.columns.iter().map(|column| Cell::new(Role::Faint, &column.name));
    rows.row_of(std::iter::once(Cell::new(Role::Faint, "row")).chain(names).collect());
    for row in &profile.first_rows {
        let cells = row.cells.iter().map(|cell| Cell::from(cell.as_deref().unwrap_or("")));
        rows.row_of(std::iter::once(Cell::right(row.number.to_string())).chain(cells).collect());
    }
    rows
}

fn findings(profile: &Profile, view: View) -> String {
    if profile.findings.is_empty() {
        return format!("\n{}\n", view.paint(Role::Good, "nothing looks wrong"));
    }
    let mut text = format!("\n{}\n", view.paint(Role::Warning, "what looks wrong"));
    for finding in &profile.findings {
        text.push_str(&format!("  {}\n", finding.message));
        let more = finding.count.saturating_sub(finding.cells.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.push_str(&view.paint(Role::Faint, &format!("    {}{more}\n", finding.cells.join("; "))));
    }
    text
}
