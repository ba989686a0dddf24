use clap::Args;

use crate::cli::arguments::ProjectArguments;
use crate::cli::{CliError, Context, ExitStatus};

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
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("check"))
}
