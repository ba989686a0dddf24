use std::fmt::Write;

use clap::{Args, ValueEnum};

use super::clock_time;
use super::list::fate_role;
use super::sums::{duration, flow_sums, run_json, sums, words};
use crate::cli::arguments::{Format, LedgerArguments};
use crate::cli::output::{Role, View, printable};
use crate::cli::results::{self, result_json_with_flow};
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{History, PastRun};
use crate::ledger::{RecordOutcome, RecordResult, RunId};

/// Show one run: its sums, and what became of each record
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow runs show 7                            all of run 7
  sheetflow runs show 7 --failed                   what failed or was rejected
  sheetflow runs show 7 --outcome created --flow invoices --limit 10
                                                   the first invoices that it made
  sheetflow runs show 7 --format json              for a program; one result a line

Records that had nothing to do are counted, and have no result of their own.")]
pub(crate) struct Arguments {
    /// The run's number
    #[arg(value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) run: i64,
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,
    /// Only records that failed or were rejected
    #[arg(long)]
    pub(crate) failed: bool,
    /// Only records that ended in this way; may be said several times
    #[arg(long, value_enum, value_name = "OUTCOME", conflicts_with = "failed")]
    pub(crate) outcome: Vec<OutcomeName>,
    /// Only records of this flow
    #[arg(long, value_name = "NAME")]
    pub(crate) flow: Option<String>,
    /// Only the first N results
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

/// A way in which a record ends.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OutcomeName {
    Created,
    Updated,
    Deleted,
    Called,
    Unchanged,
    Rejected,
    Failed,
}

impl OutcomeName {
    fn outcome(self) -> RecordOutcome {
        match self {
            OutcomeName::Created => RecordOutcome::Created,
            OutcomeName::Updated => RecordOutcome::Updated,
            OutcomeName::Deleted => RecordOutcome::Deleted,
            OutcomeName::Called => RecordOutcome::Called,
            OutcomeName::Unchanged => RecordOutcome::Unchanged,
            OutcomeName::Rejected => RecordOutcome::Rejected,
            OutcomeName::Failed => RecordOutcome::Failed,
        }
    }
}

/// Shows a run. Results are read and written page by page: a run of a million records fits in any memory.
pub(super) async fn show(
    history: &History,
    arguments: &Arguments,
    context: &mut Context,
) -> Result<ExitStatus, CliError> {
    let run = history.run(RunId(arguments.run)).await?;
    match context.output.format() {
        Format::Human => {
            let view = context.output.view();
            context.output.text(&heading(&run, view))?;
        }
        Format::Json => {
            let head = run_json(&run);
            context.output.text(&results::opening(&head, "results"))?;
        }
    }
    let written = results(history, arguments, context).await?;
    match context.output.format() {
        Format::Human if written == 0 => context.output.text("  no results\n")?,
        Format::Human => {}
        Format::Json if written == 0 => context.output.text("]}\n")?,
        Format::Json => context.output.text("\n  ]\n}\n")?,
    }
    Ok(ExitStatus::Success)
}

/// Writes the results, and tells how many there were.
async fn results(history: &History, arguments: &Arguments, context: &mut Context) -> Result<u64, CliError> {
    let wanted = results::wanted(outcomes(arguments), arguments.flow.clone());
    let most = arguments.limit.unwrap_or(u64::MAX);
    let (view, format) = (context.output.view(), context.output.format());
    let run = RunId(arguments.run);
    results::write(
        async |page| history.results(run, page).await,
        (wanted, most),
        &mut context.output,
        |before, result| {
            Some(match format {
                Format::Human => render(result, view),
                Format::Json => results::item(before, "    ", &result_json_with_flow(result)),
            })
        },
    )
    .await
}

fn outcomes(arguments: &Arguments) -> Vec<RecordOutcome> {
    match arguments.failed {
        true => vec![RecordOutcome::Failed, RecordOutcome::Rejected],
        false => arguments.outcome.iter().map(|name| name.outcome()).collect(),
    }
}

fn heading(run: &PastRun, view: View) -> String {
    let start = &run.summary.start;
    let mut text = view.paint(
        Role::Heading,
        &format!("run {}: {}", run.summary.id, start.command),
    );
    let _ = writeln!(
        text,
        "  {}{}  {}",
        clock_time(start.started),
        match duration(run) {
            time if time.is_empty() => time,
            time => format!(", {time}"),
        },
        view.paint(fate_role(&run.fate), run.fate.as_str())
    );
    for (name, sums) in flow_sums(run) {
        let _ = writeln!(text, "  flow {}: {}", printable(&name), words(&sums));
    }
    let _ = writeln!(text, "  {}\n", words(&sums(run)));
    text
}

/// Shows a result: a line, and below it why, where something went wrong.
fn render(result: &RecordResult, view: View) -> String {
    let (sign, role) = match result.outcome {
        RecordOutcome::Created => ('+', Role::Good),
        RecordOutcome::Updated => ('~', Role::Warning),
        RecordOutcome::Deleted => ('-', Role::Warning),
        RecordOutcome::Called => ('>', Role::Plain),
        RecordOutcome::Unchanged => ('=', Role::Plain),
        RecordOutcome::Rejected | RecordOutcome::Failed => ('!', Role::Bad),
    };
    let mut line = format!("  {sign} {}", result.outcome.as_str());
    if let Some(key) = &result.key {
        let _ = write!(line, " {key}");
    }
    if let Some(id) = &result.stripe_id {
        let _ = write!(line, ", {id}");
    }
    let _ = write!(line, "  ({}", result.place);
    if let Some(step) = &result.step {
        let _ = write!(line, "; step {step}");
    }
    if let Some(request) = &result.request_id {
        let _ = write!(line, "; {request}");
    }
    line.push(')');
    let mut text = format!("{}\n", view.paint(role, &printable(&line)));
    if let Some(message) = &result.message {
        let param = result.param.as_ref();
        let param = param.map_or_else(String::new, |param| format!(" (parameter `{param}`)"));
        let _ = writeln!(text, "      {}{}", printable(message), printable(&param));
    }
    text
}
