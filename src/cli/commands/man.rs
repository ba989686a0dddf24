use clap::Args;
use clap_mangen::Man;

use crate::cli::arguments::definition;
use crate::cli::{CliError, Context, ExitStatus};

/// Print the manual page of the program or of one command
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow man > sheetflow.1
  sheetflow man apply > sheetflow-apply.1
  sheetflow man plan | man -l -")]
pub(crate) struct Arguments {
    /// A command; the whole program without it
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

/// Prints the page, as troff.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let mut program = definition();
    program.build();
    let page = match &arguments.command {
        None => program,
        Some(name) => find(&program, name)?,
    };
    let mut troff = Vec::new();
    Man::new(page).render(&mut troff).map_err(CliError::Output)?;
    context.output.text(&String::from_utf8_lossy(&troff))?;
    Ok(ExitStatus::Success)
}

fn find(program: &clap::Command, name: &str) -> Result<clap::Command, CliError> {
    if let Some(command) = program.find_subcommand(name) {
        return Ok(command.clone().version(env!("CARGO_PKG_VERSION")));
    }
    let names = program.get_subcommands().map(clap::Command::get_name);
    Err(CliError::unknown_name("command", name, names))
}
