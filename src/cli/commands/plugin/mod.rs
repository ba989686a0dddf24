//! `sheetflow plugin`: functions of WebAssembly components, from a new project to a checked component.

mod build;
mod check;
mod list;
mod new;
mod signatures;

use clap::{Args, Subcommand};

use crate::cli::{CliError, Context, ExitStatus};

/// Start, build, check and list plugins: functions of WebAssembly components
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow plugin new item-code --lang rust    a project to start from
  sheetflow plugin build                        build what has changed
  sheetflow plugin check plugins/phone          what a component gives, and whether it is pure
  sheetflow plugin list                         the plugins of this project")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// Each says of itself what it does, with its own arguments.
#[derive(Debug, Subcommand)]
enum Command {
    New(new::Arguments),
    Build(build::Arguments),
    Check(check::Arguments),
    List(list::Arguments),
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    match &arguments.command {
        Command::New(arguments) => new::run(arguments, context),
        Command::Build(arguments) => build::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::List(arguments) => list::run(arguments, context),
    }
}
