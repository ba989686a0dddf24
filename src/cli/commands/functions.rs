use clap::Args;

use crate::cli::{CliError, Context, ExitStatus};

/// List the functions that flows can use, or explain one
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow functions                  all of them
  sheetflow functions cents            one, with worked examples
  sheetflow functions --format json    for an editor or a script")]
pub(crate) struct Arguments {
    /// A function's name
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("functions"))
}
