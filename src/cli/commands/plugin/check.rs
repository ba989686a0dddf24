use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueHint};
use serde_json::{Value as Json, json};

use super::signatures::{add_functions, functions_json, size_words, uncallable_json};
use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::model::Value;
use crate::plugin::{
    Answer, Difference, Function, Host, Limits, Plugin, Project, ProjectError, Purity, name_of,
};

/// Show what a component gives to flows, what it costs, and whether it is pure
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow plugin check phone.wasm       a component, or a core module that carries its interface
  sheetflow plugin check plugins/phone    the component of a plugin's directory
  sheetflow plugin check phone.wasm --format json

Pure means that a sample of calls gave the same on an instance that had served others and on a
fresh one. A plugin that imports anything, or exports nothing that flows can call, ends with 2.")]
pub(super) struct Arguments {
    /// A `.wasm` or `.wat` file, or a directory with a `plugin.toml`
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    file: PathBuf,
}

/// What is told of a plugin.
struct Checked {
    plugin: Plugin,
    bytes: u64,
    /// From the file's bytes to a first instance.
    compile_time: Duration,
    purity: Purity,
    /// Whether the sources have changed since it was built.
    is_stale: bool,
}

/// Checks a plugin, and shows what there is to know.
pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let checked = check(&arguments.file)?;
    context
        .output
        .report(|view| render(&checked, view), || checked_json(&checked))?;
    Ok(match checked.purity {
        Purity::Agreed { .. } => ExitStatus::Success,
        Purity::Differed(_) => ExitStatus::Invalid,
    })
}

fn check(path: &Path) -> Result<Checked, CliError> {
    let project = if path.is_dir() {
        Some(Project::read(path)?)
    } else {
        None
    };
    let file = project
        .as_ref()
        .map_or_else(|| path.to_owned(), Project::component);
    let host = Host::new()?;
    let started = Instant::now();
    let plugin = host.load(&name_of(&file), path, Limits::default())?;
    let compile_time = started.elapsed();
    let bytes = fs::metadata(&file).map_err(|problem| CliError::file("read", &file, problem))?;
    let is_stale = project
        .as_ref()
        .map_or(Ok::<_, ProjectError>(false), Project::is_stale)?;
    Ok(Checked {
        purity: plugin.sample_purity(),
        plugin,
        bytes: bytes.len(),
        compile_time,
        is_stale,
    })
}

fn warnings(checked: &Checked) -> Vec<String> {
    let mut warnings: Vec<String> = checked
        .plugin
        .functions()
        .iter()
        .flat_map(Function::warnings)
        .collect();
    if checked.is_stale {
        warnings.push(
            "its sources have changed since it was built; `sheetflow plugin build` builds it".to_owned(),
        );
    }
    warnings
}

fn render(checked: &Checked, view: View) -> String {
    let plugin = &checked.plugin;
    let mut functions = Table::new().indented(2);
    add_functions(&mut functions, plugin.name(), plugin.functions());
    let mut text = format!(
        "{}\n{}",
        view.paint(Role::Heading, "functions"),
        functions.render(view)
    );
    if !plugin.uncallable().is_empty() {
        let mut uncallable = Table::new().indented(2);
        for export in plugin.uncallable() {
            uncallable.row([Cell::new(Role::Warning, &export.name), Cell::from(&export.reason)]);
        }
        text.push_str(&format!(
            "\n{}\n{}",
            view.paint(Role::Heading, "not callable"),
            uncallable.render(view)
        ));
    }
    let (role, purity) = purity_words(&checked.purity);
    let mut facts = Table::new();
    facts.row(["imports".into(), "none".into()]);
    facts.row(["size".into(), size_words(checked.bytes).into()]);
    facts.row([
        "compiled".into(),
        format!("in {} ms", checked.compile_time.as_millis()).into(),
    ]);
    facts.row(["pure".into(), Cell::new(role, purity)]);
    for warning in warnings(checked) {
        facts.row(["warning".into(), Cell::new(Role::Warning, warning)]);
    }
    text.push_str(&format!("\n{}", facts.render(view)));
    text
}

fn purity_words(purity: &Purity) -> (Role, String) {
    match purity {
        Purity::Agreed { calls } => (
            Role::Good,
            format!("yes: {calls} calls gave the same on a shared and on a fresh instance"),
        ),
        Purity::Differed(difference) => (
            Role::Bad,
            format!(
                "no: `{}` gave {}, and on a fresh instance {}",
                call_words(difference),
                answer_words(&difference.shared),
                answer_words(&difference.fresh),
            ),
        ),
    }
}

fn call_words(difference: &Difference) -> String {
    let arguments: Vec<String> = difference.arguments.iter().map(value_words).collect();
    format!("{}({})", difference.function, arguments.join(", "))
}

fn answer_words(answer: &Answer) -> String {
    match answer {
        Ok(value) => format!("`{}`", value_words(value)),
        Err(failure) => format!("an error ({failure})"),
    }
}

fn value_words(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn checked_json(checked: &Checked) -> Json {
    let plugin = &checked.plugin;
    let purity = match &checked.purity {
        Purity::Agreed { calls } => json!({ "pure": true, "calls": calls }),
        Purity::Differed(difference) => json!({
            "pure": false,
            "call": call_words(difference),
            "shared": answer_words(&difference.shared),
            "fresh": answer_words(&difference.fresh),
        }),
    };
    json!({
        "name": plugin.name(),
        "hash": plugin.hash().as_str(),
        "bytes": checked.bytes,
        "compile_milliseconds": u64::try_from(checked.compile_time.as_millis()).unwrap_or(u64::MAX),
        // A plugin that imports anything is refused, and never gets here.
        "imports": [],
        "functions": functions_json(plugin.functions()),
        "uncallable": uncallable_json(plugin),
        "purity": purity,
        "is_stale": checked.is_stale,
        "warnings": warnings(checked),
    })
}
