use std::io;
use std::path::Path;
use std::process::ExitCode;

use thiserror::Error;

use crate::catalog::{Catalog, UnknownSubject};
use crate::engine::{EngineError, Moved, PlanFileError};
use crate::plugin::{NewProjectError, PluginError, ProjectError};
use crate::sandbox::SandboxError;

/// How the program ended, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// All well.
    Success = 0,
    /// Some records were rejected or failed, a test failed, or a flow is not in its canonical form.
    RecordsFailed = 1,
    /// The flow or the command is wrong.
    Invalid = 2,
    /// A guard stopped it.
    Guarded = 3,
    /// The account can't be used.
    AccountUnusable = 4,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        ExitCode::from(status as u8)
    }
}

/// Whatever ends a command before its time. Trouble with single records is no error: it is part of the
/// report, and picks the status.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// A name that Stripe's API does not know.
    #[error(transparent)]
    Subject(#[from] UnknownSubject),
    /// A name that no table has.
    #[error("no {what} is called `{name}`")]
    UnknownName {
        /// What was looked for: `function`, `code`.
        what: &'static str,
        /// The name.
        name: String,
        /// The nearest names, the likeliest first.
        nearest: Vec<String>,
    },
    /// An object that the ledger never heard of.
    #[error("the ledger in `{ledger}` knows no object `{id}`")]
    UnknownObject {
        /// What was looked for.
        id: String,
        /// The ledger's place.
        ledger: String,
    },
    /// Files that would have been overwritten.
    #[error("`{0}` would be overwritten")]
    FilesAreThere(String),
    /// A file or directory that can't be read, made or written.
    #[error("can't {action} `{path}`")]
    File {
        /// What was tried: `read`, `make`, `write`.
        action: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The engine could not go on.
    #[error(transparent)]
    Engine(Box<EngineError>),
    /// A kept plan is carried out as it is.
    #[error("a kept plan is applied as it is: `{option}` belongs to the plan, not to its apply")]
    KeptWhole {
        /// The option that would make another plan.
        option: &'static str,
    },
    /// Live mode wants an answer, and nobody is there to give it.
    #[error("the account is live, and there is no terminal to ask on")]
    NobodyToAsk,
    /// A sandbox that can't start, or lost its state.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A plugin that can't be used.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// A plugin's sources that can't be read or built.
    #[error(transparent)]
    PluginProject(#[from] ProjectError),
    /// A plugin that can't be started.
    #[error(transparent)]
    NewPlugin(#[from] NewProjectError),
    /// No plugin that could be built.
    #[error("`{0}` has no plugin with a `plugin.toml`")]
    NoPlugins(String),
    /// Threads or signals that the system does not grant.
    #[error("the system refuses what the program needs to run")]
    System(#[source] io::Error),
    /// The report could not be written.
    #[error("the output can't be written")]
    Output(#[source] io::Error),
}

impl From<EngineError> for CliError {
    fn from(problem: EngineError) -> Self {
        CliError::Engine(Box::new(problem))
    }
}

impl CliError {
    /// Says that a name is not among the known ones.
    pub(crate) fn unknown_name<'a>(
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        CliError::UnknownName {
            what,
            name: name.to_owned(),
            nearest: Catalog::nearest(name, known)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Says what the system refused.
    pub(crate) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        CliError::File {
            action,
            path: path.display().to_string(),
            source,
        }
    }

    /// Gives the exit status that this error ends the program with.
    pub(crate) fn status(&self) -> ExitStatus {
        match self {
            CliError::Engine(problem) => engine_status(problem),
            CliError::NobodyToAsk => ExitStatus::AccountUnusable,
            CliError::Subject(_)
            | CliError::UnknownName { .. }
            | CliError::UnknownObject { .. }
            | CliError::FilesAreThere(_)
            | CliError::File { .. }
            | CliError::KeptWhole { .. }
            | CliError::Sandbox(_)
            | CliError::Plugin(_)
            | CliError::PluginProject(_)
            | CliError::NewPlugin(_)
            | CliError::NoPlugins(_)
            | CliError::System(_)
            | CliError::Output(_) => ExitStatus::Invalid,
        }
    }

    /// Gives a stable word for scripts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            CliError::Subject(_) | CliError::UnknownName { .. } | CliError::UnknownObject { .. } => {
                "unknown_name"
            }
            CliError::FilesAreThere(_) => "files_are_there",
            CliError::File { .. } => "file",
            CliError::Engine(problem) => engine_kind(problem),
            CliError::KeptWhole { .. } => "plan_file",
            CliError::NobodyToAsk => "nobody_to_ask",
            CliError::Sandbox(_) => "sandbox",
            CliError::Plugin(_) | CliError::PluginProject(_) | CliError::NoPlugins(_) => "plugin",
            CliError::NewPlugin(_) => "new_plugin",
            CliError::System(_) => "system",
            CliError::Output(_) => "output",
        }
    }

    /// Says what to do next, the likeliest first.
    pub(crate) fn hints(&self) -> Vec<String> {
        match self {
            CliError::Subject(problem) => did_you_mean(problem.nearest()),
            CliError::UnknownName { nearest, .. } => did_you_mean(nearest),
            CliError::UnknownObject { .. } => vec![
                "objects of the sandbox are in a ledger of their own: say `--sandbox`".to_owned(),
                "`sheetflow explain` without a name lists the codes of problems".to_owned(),
            ],
            CliError::NobodyToAsk => vec!["say `--yes` to send without a question".to_owned()],
            CliError::Sandbox(SandboxError::Listen { .. }) => {
                vec!["another program may listen there; `--port 0` takes a free port".to_owned()]
            }
            CliError::FilesAreThere(_) => vec!["name another directory".to_owned()],
            CliError::Plugin(problem) | CliError::PluginProject(ProjectError::Plugin(problem)) => {
                problem.hint().into_iter().collect()
            }
            CliError::NewPlugin(NewProjectError::IsThere(_)) => vec!["take another name".to_owned()],
            CliError::NoPlugins(_) => {
                vec!["`sheetflow plugin new NAME --lang rust` starts one".to_owned()]
            }
            CliError::KeptWhole { .. } => {
                vec!["make the plan that is wanted, with `sheetflow plan --out`".to_owned()]
            }
            CliError::Engine(problem) => match &**problem {
                EngineError::PlanFile(problem) => plan_file_hints(problem),
                _ => Vec::new(),
            },
            CliError::File { .. }
            | CliError::PluginProject(_)
            | CliError::NewPlugin(_)
            | CliError::Sandbox(_)
            | CliError::System(_)
            | CliError::Output(_) => Vec::new(),
        }
    }
}

/// Says how a plan is had that can be applied.
fn plan_file_hints(problem: &PlanFileError) -> Vec<String> {
    let again = |path: &Path| {
        vec![format!(
            "make it again: `sheetflow plan --out {}`",
            path.display()
        )]
    };
    match problem {
        PlanFileError::Moved { path, .. }
        | PlanFileError::Damaged { path }
        | PlanFileError::Layout { path, .. } => again(path),
        PlanFileError::NotAPlan { .. } => {
            vec!["`apply` takes a directory, a `.flow` file, or a plan that `plan --out` kept".to_owned()]
        }
        PlanFileError::WouldOverwrite { .. } | PlanFileError::FlowName { .. } => {
            vec!["name another file".to_owned()]
        }
        PlanFileError::Target { .. } => Vec::new(),
    }
}

/// Tells whether there are more differences than are told.
pub(crate) fn has_more(problem: &CliError) -> bool {
    match problem {
        CliError::Engine(problem) => {
            matches!(
                &**problem,
                EngineError::PlanFile(PlanFileError::Moved { more: true, .. })
            )
        }
        _ => false,
    }
}

/// Gives what an error has to tell one by one: the differences between two plans.
pub(crate) fn differences(problem: &CliError) -> &[Moved] {
    match problem {
        CliError::Engine(problem) => match &**problem {
            EngineError::PlanFile(PlanFileError::Moved { moved, .. }) => moved,
            _ => &[],
        },
        _ => &[],
    }
}

/// Collects what lies behind an error, the nearest first, without what the one before it has said already.
pub(crate) fn causes(problem: &dyn std::error::Error) -> Vec<String> {
    let mut said = problem.to_string();
    let mut causes = Vec::new();
    for cause in std::iter::successors(problem.source(), |cause| cause.source()) {
        let text = cause.to_string();
        if !said.contains(&text) {
            causes.push(text.clone());
            said = text;
        }
    }
    causes
}

fn did_you_mean(names: &[String]) -> Vec<String> {
    match names.split_last() {
        None => Vec::new(),
        Some((last, [])) => vec![format!("did you mean `{last}`?")],
        Some((last, others)) => vec![format!("did you mean `{}` or `{last}`?", others.join("`, `"))],
    }
}

/// Tells an account that can't be used from a flow or a file that is wrong.
fn engine_status(problem: &EngineError) -> ExitStatus {
    match problem {
        EngineError::Account { .. } | EngineError::Stripe(_) => ExitStatus::AccountUnusable,
        EngineError::Guard { .. } => ExitStatus::Guarded,
        EngineError::Read { .. }
        | EngineError::Write { .. }
        | EngineError::NoFlows { .. }
        | EngineError::NotAFlow { .. }
        | EngineError::Check { .. }
        | EngineError::UnknownFlow { .. }
        | EngineError::NoOpenRequest { .. }
        | EngineError::ColumnsChanged { .. }
        | EngineError::Restless
        | EngineError::PluginBuild { .. }
        | EngineError::Source(_)
        | EngineError::Ledger(_)
        | EngineError::PlanFile(_)
        | EngineError::NoRun { .. }
        | EngineError::NotRetried { .. }
        | EngineError::FlowsGone { .. }
        | EngineError::Thread
        | EngineError::Sandbox(_) => ExitStatus::Invalid,
    }
}

fn engine_kind(problem: &EngineError) -> &'static str {
    match problem {
        EngineError::Account { .. } => "account",
        EngineError::Stripe(_) => "stripe",
        EngineError::Read { .. } | EngineError::Write { .. } => "file",
        EngineError::NoFlows { .. } | EngineError::NotAFlow { .. } => "no_flows",
        EngineError::Check { .. } => "check",
        EngineError::UnknownFlow { .. } | EngineError::NoOpenRequest { .. } => "unknown_name",
        EngineError::Source(_) | EngineError::ColumnsChanged { .. } | EngineError::Restless => "source",
        EngineError::PluginBuild { .. } => "plugin",
        EngineError::Ledger(_) => "ledger",
        EngineError::Guard { .. } => "guard",
        EngineError::PlanFile(_) => "plan_file",
        EngineError::NoRun { .. } | EngineError::NotRetried { .. } | EngineError::FlowsGone { .. } => {
            "no_run"
        }
        EngineError::Thread => "system",
        EngineError::Sandbox(_) => "sandbox",
    }
}
