use clap::Args;

use crate::cli::arguments::{NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::{CliError, Context, ExitStatus};

/// Show what would happen, record by record, and send nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow plan                              the project in this directory
  sheetflow plan --flow customers --row 12    one row of one flow
  sheetflow plan --offline                    from what is known already, without a request
  sheetflow plan --sandbox --format json      for a script")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Make no request: what only Stripe knows stays open
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("plan"))
}
