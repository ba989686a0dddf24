//! `sheetflow sources`: what the flows read from.

mod profile;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueHint};
use serde_json::{Value, json};

use crate::cli::output::{Cell, Role, Table};
use crate::cli::progress::compilations;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{EngineError, Project};
use crate::model::{Header, SourceSpec};
use crate::source;

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
    let project = Project::load(path, compilations(&context.output))?;
    context.output.report(
        |view| {
            let mut table = Table::with_headings(["source", "file", "columns"]);
            for (spec, header) in &project.sources {
                let columns = match header {
                    Ok(header) => Cell::from(header.columns.join(", ")),
                    Err(problem) => Cell::new(Role::Bad, problem),
                };
                table.row([
                    Cell::new(Role::Name, &spec.name),
                    Cell::from(spec.kind.path()),
                    columns,
                ]);
            }
            table.render(view)
        },
        || project.sources.iter().map(source_json).collect(),
    )?;
    let readable = project.sources.iter().all(|(_, header)| header.is_ok());
    Ok(if readable {
        ExitStatus::Success
    } else {
        ExitStatus::Invalid
    })
}

fn source_json((spec, header): &(SourceSpec, Result<Arc<Header>, String>)) -> Value {
    let (columns, problem) = match header {
        Ok(header) => (Some(&header.columns), None),
        Err(problem) => (None, Some(problem)),
    };
    json!({"name": spec.name, "file": spec.kind.path(), "columns": columns, "problem": problem})
}

fn show((name, path, rows): (&str, &Path, usize), context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = Project::load(path, compilations(&context.output))?;
    let names = || project.sources.iter().map(|(spec, _)| &*spec.name);
    let Some((spec, _)) = project.sources.iter().find(|(spec, _)| &*spec.name == name) else {
        return Err(CliError::unknown_name("source", name, names()));
    };
    let profile = source::profile(spec, &project.root, rows).map_err(EngineError::from)?;
    context
        .output
        .report(|view| profile::render(&profile, view), || json!(profile))?;
    Ok(ExitStatus::Success)
}
