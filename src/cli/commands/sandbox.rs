use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::{CliError, Context, ExitStatus};

/// Serve a Stripe of its own on this machine, till Ctrl-C
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow sandbox                       on port 12111, all in memory
  sheetflow sandbox --state stripe.db     what is made stays there
  sheetflow sandbox --port 0 --rate 25    on a free port, with the limit of a test account")]
pub(crate) struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 12111)]
    pub(crate) port: u16,
    /// Keep the objects in this file; without it they go with the process
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) state: Option<PathBuf>,
    /// Answer 429 above this many requests a second; without it there is no limit
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// What ids are drawn from, so that runs can be repeated
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments, _context: &mut Context) -> Result<ExitStatus, CliError> {
    Err(CliError::NotBuilt("sandbox"))
}
