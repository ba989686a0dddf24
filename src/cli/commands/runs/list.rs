use serde_json::{Value, json};

use super::clock_time;
use super::sums::{duration, run_json, sums, words};
use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{History, PastRun, RunFate};
use crate::ledger::RunState;

/// Lists the newest runs.
pub(super) async fn list(
    history: &History,
    limit: u32,
    context: &mut Context,
) -> Result<ExitStatus, CliError> {
    let runs = history.runs(limit).await?;
    context.output.report(
        |view| render(&runs, history, view),
        || {
            let runs: Vec<Value> = runs.iter().map(run_json).collect();
            json!({"ledger": history.place().display().to_string(), "runs": runs})
        },
    )?;
    Ok(ExitStatus::Success)
}

fn render(runs: &[PastRun], history: &History, view: View) -> String {
    if runs.is_empty() {
        return format!(
            "nothing has run yet: no ledger in `{}`\n",
            history.place().display()
        );
    }
    let mut table = Table::with_headings(["run", "command", "started", "time", "ended", "what came of it"]);
    for run in runs {
        table.row([
            Cell::right(run.summary.id.to_string()),
            Cell::new(Role::Name, &run.summary.start.command),
            Cell::from(clock_time(run.summary.start.started)),
            Cell::right(duration(run)),
            Cell::new(fate_role(&run.fate), run.fate.as_str()),
            Cell::from(words(&sums(run))),
        ]);
    }
    table.render(view)
}

/// Gives the colour of a run's end.
pub(super) fn fate_role(fate: &RunFate) -> Role {
    match fate {
        RunFate::Ended(RunState::Finished) => Role::Good,
        RunFate::Ended(RunState::Interrupted) | RunFate::Running => Role::Warning,
        RunFate::Ended(RunState::Stopped) | RunFate::Killed => Role::Bad,
    }
}
