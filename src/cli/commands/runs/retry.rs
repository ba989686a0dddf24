use clap::Args;

use crate::cli::arguments::{NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::commands::apply;
use crate::cli::project::{history, load, open_with};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{Selection, Undone};
use crate::ledger::RunId;

/// How many places of rows without a key are named.
const NAMED: usize = 5;

/// Plan and apply the records that failed or were rejected in a run, and no others
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow runs retry 7               the plan, a question, and then it is sent
  sheetflow runs retry 7 --sandbox --yes
                                       against the Stripe inside the program, without the question

Records whose keys are gone from the sheet are named. A row that had no key is left to `apply`.")]
pub(crate) struct Arguments {
    /// The run's number
    #[arg(value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) run: i64,
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Answer the question with yes
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let undone = block_on(async {
        let history = history(&arguments.project.path, &arguments.target.sandbox, context).await?;
        let undone = history.undone(RunId(arguments.run)).await;
        history.close().await;
        Ok(undone?)
    })?;
    say_keyless(&undone, context)?;
    if undone.retry.keys.is_empty() {
        let message = format!("run {} left no record undone that has a key", arguments.run);
        context.output.report(
            |_| format!("{message}\n"),
            || serde_json::json!({"run": null, "message": message}),
        )?;
        return Ok(ExitStatus::Success);
    }
    let project = load(&arguments.project.path, context)?;
    let selection = Selection {
        retry: Some(undone.retry.into()),
        ..Selection::default()
    };
    block_on(async {
        let wanted = (&arguments.target, selection);
        let session = open_with(project, wanted, context).await?;
        let as_apply = apply::Arguments {
            path: arguments.project.path.clone(),
            refresh: false,
            target: arguments.target.clone(),
            yes: arguments.yes,
            narrowing: NarrowingArguments::default(),
        };
        let status = apply::apply((&as_apply, None), &session, context).await;
        session.close().await?;
        status
    })
}

/// Names rows that were rejected before anybody could tell which records they are.
fn say_keyless(undone: &Undone, context: &mut Context) -> Result<(), CliError> {
    let count = undone.keyless.len();
    if count == 0 {
        return Ok(());
    }
    let named: Vec<&str> = undone.keyless.iter().take(NAMED).map(String::as_str).collect();
    let more = match count.saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    context.output.message(&format!(
        "{count} rejected rows had no key, and are left to `apply`: {}{more}",
        named.join("; ")
    ))
}
