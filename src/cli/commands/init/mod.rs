//! `sheetflow init`: a small working project. Its files lie in `project/`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde_json::json;

use crate::cli::output::{Role, View};
use crate::cli::{CliError, Context, ExitStatus};

const FILES: [(&str, &str); 4] = [
    ("customers.csv", include_str!("project/customers.csv")),
    ("customers.flow", include_str!("project/customers.flow")),
    ("README.md", include_str!("project/README.md")),
    (".gitignore", include_str!("project/gitignore")),
];

/// Make a small working project: a sheet, a flow, a test, and what to do next
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow init             in this directory
  sheetflow init invoices    in a new one

It overwrites nothing: when one of its files is there already, it makes none.")]
pub(crate) struct Arguments {
    /// Where; the directory is made when it is not there
    #[arg(default_value = ".", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
}

/// Makes the project, and says what can be done with it.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let directory = &arguments.directory;
    let there = FILES
        .map(|(name, _)| directory.join(name))
        .into_iter()
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>();
    if !there.is_empty() {
        return Err(CliError::FilesAreThere(there.join("`, `")));
    }
    fs::create_dir_all(directory).map_err(|problem| CliError::file("make", directory, problem))?;
    for (name, text) in FILES {
        let path = directory.join(name);
        write_new(&path, text).map_err(|problem| CliError::file("write", &path, problem))?;
    }
    let next = ["check", "test", "plan", "apply"].map(|command| next_command(command, directory));
    context.output.report(
        |view| render(directory, &next, view),
        || {
            let made = FILES.map(|(name, _)| directory.join(name).display().to_string());
            json!({ "made": made, "next": next })
        },
    )?;
    Ok(ExitStatus::Success)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    File::create_new(path)?.write_all(text.as_bytes())
}

fn next_command(command: &str, directory: &Path) -> String {
    let place = match directory.display().to_string() {
        here if here == "." => String::new(),
        there => format!(" {}", quoted(&there)),
    };
    let sandbox = match command {
        "plan" | "apply" => " --sandbox",
        _ => "",
    };
    format!("sheetflow {command}{place}{sandbox}")
}

/// Puts a path into quotes where a shell would take it apart.
pub(in crate::cli::commands) fn quoted(path: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+@:".contains(letter);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

fn render(directory: &Path, next: &[String], view: View) -> String {
    let names = FILES.map(|(name, _)| name).join(", ");
    let place = match directory.display().to_string() {
        here if here == "." => "here".to_owned(),
        there => format!("in `{there}`"),
    };
    let commands: String = next
        .iter()
        .map(|command| format!("  {}\n", view.paint(Role::Name, command)))
        .collect();
    format!("made {place}: {names}\n\nnext:\n{commands}")
}

#[cfg(test)]
mod tests {
    use super::next_command;
    use std::path::Path;

    #[test]
    fn next_commands_can_be_typed_as_they_stand() {
        for (directory, command) in [
            (".", "sheetflow plan --sandbox"),
            ("books/2026", "sheetflow plan books/2026 --sandbox"),
            ("my books", "sheetflow plan 'my books' --sandbox"),
            ("Ann's", r"sheetflow plan 'Ann'\''s' --sandbox"),
        ] {
            assert_eq!(next_command("plan", Path::new(directory)), command);
        }
    }
}
