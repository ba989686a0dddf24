use clap::Args;
use clap_complete::Shell;

use crate::cli::arguments::definition;
use crate::cli::{CliError, Context, ExitStatus};

/// Print a script that completes commands and options in a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow completions bash > ~/.local/share/bash-completion/completions/sheetflow
  sheetflow completions zsh > ~/.zfunc/_sheetflow
  sheetflow completions fish > ~/.config/fish/completions/sheetflow.fish")]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Prints the script.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut definition(), "sheetflow", &mut script);
    context.output.text(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Success)
}
