use clap::Args;

use crate::cli::{CliError, Context, ExitStatus};

/// Explain the code of a problem
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow explain E0101                  what it means and how to mend it
  sheetflow explain E0101 --format json    for an editor")]
pub(crate) struct Arguments {
    /// The code, such as E0101
    #[arg(value_name = "CODE")]
    pub(crate) code: String,
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("explain"))
}
