use clap::Args;

use crate::cli::arguments::{NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::{CliError, Context, ExitStatus};

/// Show the exact requests of a record, and send nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow preview --flow customers            the first record's requests
  sheetflow preview --flow customers --row 7    those of row 7
  sheetflow preview --format json               for a script")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("preview"))
}
