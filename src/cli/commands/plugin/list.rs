use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde_json::{Value, json};

use super::signatures::{add_functions, functions_json};
use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::plugin::{Found, Host, Limits, Plugin, PluginError, discover};

/// List the plugins of a project with their functions
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow plugin list          those of this project
  sheetflow plugin list books    those of the project in `books`")]
pub(super) struct Arguments {
    /// A project with `.wasm` files or plugins' directories under `plugins`
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    path: PathBuf,
}

/// A plugin's place, and the plugin itself or why it can't be used.
type Listed = (Found, Result<Plugin, PluginError>);

/// Shows the plugins.
pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let host = Host::new()?;
    let mut plugins: Vec<Listed> = Vec::new();
    for found in discover(&arguments.path)? {
        let plugin = host.load(&found.name, &found.path, Limits::default());
        plugins.push((found, plugin));
    }
    context.output.report(
        |view| render(&plugins, view),
        || json!({ "plugins": plugins.iter().map(plugin_json).collect::<Vec<_>>() }),
    )?;
    Ok(if plugins.iter().all(|(_, plugin)| plugin.is_ok()) {
        ExitStatus::Success
    } else {
        ExitStatus::Invalid
    })
}

fn render(plugins: &[Listed], view: View) -> String {
    if plugins.is_empty() {
        return "no plugins; `sheetflow plugin new NAME --lang rust` starts one\n".to_owned();
    }
    let mut text = String::new();
    for (found, plugin) in plugins {
        let path = found.path.display().to_string();
        text.push_str(&format!("{}\n", view.paint(Role::Heading, &path)));
        match plugin {
            Ok(plugin) => {
                let mut functions = Table::new().indented(2);
                add_functions(&mut functions, &found.name, plugin.functions());
                text.push_str(&functions.render(view));
            }
            Err(problem) => {
                let mut problems = Table::new().indented(2);
                problems.row([problem_cell(problem)]);
                text.push_str(&problems.render(view));
            }
        }
    }
    text
}

fn problem_cell(problem: &PluginError) -> Cell {
    Cell::new(Role::Bad, problem.to_string())
}

fn plugin_json((found, plugin): &Listed) -> Value {
    let path = found.path.display().to_string();
    match plugin {
        Ok(plugin) => json!({
            "name": found.name,
            "path": path,
            "has_sources": found.has_sources,
            "hash": plugin.hash().as_str(),
            "functions": functions_json(plugin.functions()),
        }),
        Err(problem) => json!({
            "name": found.name,
            "path": path,
            "has_sources": found.has_sources,
            "error": { "message": problem.to_string(), "hint": problem.hint() },
        }),
    }
}
