use clap::Args;
use serde_json::json;

use crate::cli::arguments::ProjectArguments;
use crate::cli::output::Role;
use crate::cli::progress::compilations;
use crate::cli::{CliError, Context, ExitStatus};
use crate::diag::{Severity, render_human, render_json};
use crate::engine::Project;

/// Find all problems of the flows, with their places
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow check                    the project in this directory
  sheetflow check billing.flow       one file
  sheetflow check --format json      for an editor or a script")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = Project::load(&arguments.project.path, compilations(&context.output))?;
    let count = |severity| {
        project
            .diagnostics
            .iter()
            .filter(|found| found.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    context.output.report(
        |view| {
            let mut text = render_human(&project.diagnostics, &project.texts, view.style);
            let flows = project.program.as_ref().map_or(0, |program| program.flows.len());
            let files = project.texts.files().count();
            let verdict = match (errors, warnings) {
                (0, 0) => {
                    let read = format!("{}, {}", counted(files, "file"), counted(flows, "flow"));
                    view.paint(Role::Good, &format!("{read}: no problems"))
                }
                (0, _) => {
                    let found = counted(warnings, "warning");
                    view.paint(Role::Warning, &format!("{found}, no errors"))
                }
                _ => {
                    let found = format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"));
                    view.paint(Role::Bad, &found)
                }
            };
            text.push_str(&verdict);
            text.push('\n');
            text
        },
        || {
            json!({
                "errors": errors,
                "warnings": warnings,
                "diagnostics": render_json(&project.diagnostics, &project.texts),
            })
        },
    )?;
    Ok(if errors == 0 {
        ExitStatus::Success
    } else {
        ExitStatus::Invalid
    })
}

/// Writes a count with its noun: `1 flow`, `2 flows`.
fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
