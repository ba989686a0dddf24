use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueHint};
use serde_json::{Value, json};

use super::signatures::{add_functions, functions_json, size_words};
use crate::cli::error::causes;
use crate::cli::output::{Role, Table, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::plugin::{Found, Function, Host, Limits, Project, ProjectError, discover};

/// Build plugins from their sources, and check what comes of it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow plugin build                  all plugins of this project whose sources changed
  sheetflow plugin build plugins/phone    this one
  sheetflow plugin build --force          all, changed or not

A plugin that can't be built or used keeps its former component.")]
pub(super) struct Arguments {
    /// A directory with a `plugin.toml`, or a project with such directories under `plugins`
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    /// Build also what is up to date
    #[arg(long)]
    force: bool,
}

/// What came of one plugin.
struct Built {
    found: Found,
    result: Result<Component, ProjectError>,
}

/// A component that can be used.
struct Component {
    path: PathBuf,
    bytes: u64,
    /// The time of the build command and of compiling its component; `None` when it was up to date.
    time: Option<Duration>,
    functions: Vec<Function>,
}

/// Builds the plugins, and shows what came of each.
pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let host = Host::new()?;
    let mut all = Vec::new();
    for found in discover(&arguments.path)?
        .into_iter()
        .filter(|found| found.has_sources)
    {
        let result = build(&found, (arguments, &host), context)?;
        all.push(Built { found, result });
    }
    if all.is_empty() {
        return Err(CliError::NoPlugins(arguments.path.display().to_string()));
    }
    context.output.report(
        |view| all.iter().map(|built| render(built, view)).collect(),
        || json!({ "plugins": all.iter().map(built_json).collect::<Vec<_>>() }),
    )?;
    Ok(if all.iter().all(|built| built.result.is_ok()) {
        ExitStatus::Success
    } else {
        ExitStatus::Invalid
    })
}

/// Builds one plugin, unless it is up to date. The outer error is that of the output.
fn build(
    found: &Found,
    (arguments, host): (&Arguments, &Host),
    context: &mut Context,
) -> Result<Result<Component, ProjectError>, CliError> {
    let wanted =
        Project::read(&found.path).and_then(|project| Ok((arguments.force || project.is_stale()?, project)));
    Ok(match wanted {
        Ok((true, project)) => {
            context
                .output
                .message(&format!("building `{}`", found.path.display()))?;
            let started = Instant::now();
            let plugin = project.build_checked(host, Limits::default());
            plugin.and_then(|plugin| component(&project, Some(started.elapsed()), plugin.functions()))
        }
        Ok((false, project)) => host
            .load(&found.name, &found.path, Limits::default())
            .map_err(ProjectError::from)
            .and_then(|plugin| component(&project, None, plugin.functions())),
        Err(problem) => Err(problem),
    })
}

fn component(
    project: &Project,
    time: Option<Duration>,
    functions: &[Function],
) -> Result<Component, ProjectError> {
    let path = project.component();
    let bytes = fs::metadata(&path).map_err(|source| ProjectError::File {
        path: path.clone(),
        source,
    })?;
    Ok(Component {
        path,
        bytes: bytes.len(),
        time,
        functions: functions.to_vec(),
    })
}

fn render(built: &Built, view: View) -> String {
    match &built.result {
        Err(problem) => {
            let words = view.paint(Role::Bad, "can't be built");
            let causes = causes(problem);
            let causes: String = causes
                .iter()
                .map(|cause| format!("  because: {cause}\n"))
                .collect();
            format!("{}: {words}\n  {problem}\n{causes}", built.found.path.display())
        }
        Ok(component) => {
            let state = match component.time {
                Some(time) => format!("built in {:.1} s", time.as_secs_f64()),
                None => "up to date".to_owned(),
            };
            let mut functions = Table::new().indented(2);
            add_functions(&mut functions, &built.found.name, &component.functions);
            format!(
                "{}: {}, {}\n{}",
                component.path.display(),
                view.paint(Role::Good, &state),
                size_words(component.bytes),
                functions.render(view),
            )
        }
    }
}

fn built_json(built: &Built) -> Value {
    let path = built.found.path.display().to_string();
    match &built.result {
        Err(problem) => json!({
            "name": built.found.name,
            "path": path,
            "error": { "message": problem.to_string(), "causes": causes(problem) },
        }),
        Ok(component) => json!({
            "name": built.found.name,
            "path": path,
            "component": component.path.display().to_string(),
            "bytes": component.bytes,
            "built": component.time.is_some(),
            "milliseconds": component.time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            "functions": functions_json(&component.functions),
        }),
    }
}
