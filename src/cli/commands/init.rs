use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::{CliError, Context, ExitStatus};

/// Make a small working project: a sheet, a flow, and what to do next
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow init             in this directory
  sheetflow init invoices    in a new one")]
pub(crate) struct Arguments {
    /// Where; the directory is made when it is not there
    #[arg(default_value = ".", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("init"))
}
