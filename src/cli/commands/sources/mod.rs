//! `sheetflow sources`: what the flows read from.

mod profile;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use crate::cli::{CliError, Context, ExitStatus};

/// List the sources of the flows, or show what one of them holds
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  sheetflow sources                           all sources of this project
  sheetflow sources books                     those of the project in `books`
  sheetflow sources show customers            columns, first rows, and what looks wrong
  sheetflow sources show customers --rows 20
                                              with more rows"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) show: Option<Show>,
    /// A directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Show {
    /// Show columns, types, first rows, and what looks wrong in the sheet
    Show {
        /// The source's name in the flow
        #[arg(value_name = "NAME")]
        name: String,
        /// A directory with `.flow` files, or one such file
        #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
        path: PathBuf,
        /// How many rows to show
        #[arg(long, value_name = "N", default_value_t = 5)]
        rows: usize,
    },
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("sources"))
}
