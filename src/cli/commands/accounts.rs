use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use crate::cli::{CliError, Context, ExitStatus};

/// List the accounts of the flows, or ask Stripe whether their keys work
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  sheetflow accounts              all accounts of this project
  sheetflow accounts test         ask Stripe who the keys belong to
  sheetflow accounts test main    ask for one account"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) test: Option<Test>,
    /// A directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Test {
    /// Ask Stripe who a key belongs to, in which mode, and what it may do
    Test {
        /// The account's name in the flow; all without it
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// A directory with `.flow` files, or one such file
        #[arg(long, default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
        path: PathBuf,
    },
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("accounts"))
}
