//! `sheetflow runs`: what was done before, and what came of it.

mod list;
mod retry;
mod show;
mod sums;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::arguments::LedgerArguments;
use crate::cli::project::history;
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};

/// List the runs of a project, show one, or try again what one left undone
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  sheetflow runs                     the newest runs, the newest first
  sheetflow runs billing --limit 3   the last three of the project in `billing`
  sheetflow runs --sandbox           those against the Stripe inside the program
  sheetflow runs show 7 --failed     what went wrong in run 7, with Stripe's request ids
  sheetflow runs retry 7             plan and apply what run 7 left undone

No key is needed, and no request is made, but for `retry`."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) about: Option<About>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,
    /// How many runs to list
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum About {
    Show(show::Arguments),
    Retry(retry::Arguments),
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    match &arguments.about {
        None => block_on(async {
            let history = history(&arguments.ledger.path, &arguments.ledger.sandbox, context).await?;
            let listed = list::list(&history, arguments.limit, context).await;
            history.close().await;
            listed
        }),
        Some(About::Show(arguments)) => block_on(async {
            let history = history(&arguments.ledger.path, &arguments.ledger.sandbox, context).await?;
            let shown = show::show(&history, arguments, context).await;
            history.close().await;
            shown
        }),
        Some(About::Retry(arguments)) => retry::run(arguments, context),
    }
}

/// Writes a time for a person, on this machine's clock.
pub(crate) fn clock_time(time: Timestamp) -> String {
    let time = time.to_zoned(TimeZone::system());
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
