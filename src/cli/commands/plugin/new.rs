use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use serde_json::json;

use crate::cli::commands::init::quoted;
use crate::cli::output::{Role, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::plugin::{Language, create_project};

/// Start a plugin: interface, source, and the command that builds it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow plugin new item-code --lang rust       in plugins/item-code
  sheetflow plugin new item-code --lang python --in books/plugins

The first build fetches the tool chain from its own registry. Nothing is overwritten.")]
pub(super) struct Arguments {
    /// The plugin's name: words of small letters and digits, with `-` between them
    #[arg(value_name = "NAME")]
    name: String,
    /// What it is written in
    #[arg(long, value_name = "LANGUAGE", value_parser = language())]
    lang: Language,
    /// Where its directory is made
    #[arg(long = "in", value_name = "DIR", default_value = "plugins", value_hint = ValueHint::DirPath)]
    parent: PathBuf,
}

fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::as_str)).try_map(|word| word.parse::<Language>())
}

/// Makes the project, and says what can be done with it.
pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let folder = arguments.parent.join(&arguments.name);
    let made = create_project(&folder, &arguments.name, arguments.lang)?;
    let next = ["build", "check"].map(|command| next_command(command, &folder));
    let made: Vec<String> = made.iter().map(|path| path.display().to_string()).collect();
    context.output.report(
        |view| render(&made, arguments.lang, &next, view),
        || json!({ "made": made, "next": next }),
    )?;
    Ok(ExitStatus::Success)
}

fn next_command(command: &str, folder: &Path) -> String {
    format!(
        "sheetflow plugin {command} {}",
        quoted(&folder.display().to_string())
    )
}

fn render(made: &[String], language: Language, next: &[String], view: View) -> String {
    let files: String = made.iter().map(|path| format!("  {path}\n")).collect();
    let commands: String = next
        .iter()
        .map(|command| format!("  {}\n", view.paint(Role::Name, command)))
        .collect();
    format!("made:\n{files}\n{}\n\nnext:\n{commands}", language.needs())
}
