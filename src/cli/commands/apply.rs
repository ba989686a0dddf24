use clap::Args;

use crate::cli::arguments::{NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::{CliError, Context, ExitStatus};

/// Show the plan, ask, and send it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow apply --sandbox               try it against the Stripe inside the program
  sheetflow apply --limit 1               send one record
  sheetflow apply billing --yes           without the question
  sheetflow apply billing --live --yes    to the account with real money")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Answer the question with yes
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("apply"))
}
