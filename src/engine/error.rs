use std::path::PathBuf;

use thiserror::Error;

use crate::diag::{Diagnostic, Sources};
use crate::ledger::{LedgerError, RunId};
use crate::plugin::ProjectError;
use crate::sandbox::SandboxError;
use crate::source::SourceError;
use crate::stripe::ClientError;

use super::PlanFileError;

/// Why a command could not go on. Trouble with single rows is no error: it is a result.
#[derive(Debug, Error)]
pub enum EngineError {
    /// A file or directory of the project can't be used.
    #[error("can't read `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The state beside the project can't be written.
    #[error("can't write `{path}`: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no flow.
    #[error("no `.flow` file in `{path}`")]
    NoFlows {
        /// The directory.
        path: PathBuf,
    },
    /// The path is neither a directory nor a flow.
    #[error("`{path}` is neither a directory nor a `.flow` file")]
    NotAFlow {
        /// The path.
        path: PathBuf,
    },
    /// The flows have problems; all of them are here.
    #[error("the project has problems")]
    Check {
        /// The problems.
        diagnostics: Vec<Diagnostic>,
        /// The texts that they point into.
        texts: Box<Sources>,
    },
    /// `--flow` names no flow.
    #[error("no flow is called `{name}`; there are: {known}")]
    UnknownFlow {
        /// The wanted name.
        name: String,
        /// The names, with commas.
        known: String,
    },
    /// A sheet could not be read to its end.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// The ledger could not be read or written.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// Stripe did not answer a look-up, or refused it.
    #[error("{0}")]
    Stripe(#[from] ClientError),
    /// The columns of a sheet are not those that its flow was checked with.
    #[error("the columns of `{file}` have changed since flow `{flow}` was checked")]
    ColumnsChanged {
        /// The file as the flow names it.
        file: String,
        /// The flow.
        flow: String,
    },
    /// A sheet changes again and again while it is read.
    #[error("the sheets change while they are read")]
    Restless,
    /// A plugin can't be built from its sources.
    #[error("the plugin `{plugin}` can't be built")]
    PluginBuild {
        /// The name that flows use.
        plugin: String,
        /// What is wrong.
        #[source]
        source: ProjectError,
    },
    /// The embedded sandbox could not start.
    #[error("{0}")]
    Sandbox(#[from] SandboxError),
    /// A guard does not hold: nothing is sent.
    #[error("flow `{flow}` is stopped by its guard: {message}")]
    Guard {
        /// The flow.
        flow: String,
        /// The guard's own text.
        message: String,
    },
    /// A plan can't be kept, or a kept one can't be applied.
    #[error(transparent)]
    PlanFile(#[from] PlanFileError),
    /// The ledger has no run of this number.
    #[error("there is no run {run}{}", newest_run(*newest))]
    NoRun {
        /// The number.
        run: RunId,
        /// The newest that there is.
        newest: Option<RunId>,
    },
    /// A rollback is not retried.
    #[error("run {run} took another run back: `sheetflow {command}` goes on with that")]
    NotRetried {
        /// The run.
        run: RunId,
        /// Its command.
        command: String,
    },
    /// The flows whose records were to be tried again are gone.
    #[error("the project no longer has the flows of run {run}")]
    FlowsGone {
        /// The run.
        run: RunId,
    },
    /// A person spoke of a request that is not open.
    #[error("no request with the key `{key}` is open; `sheetflow settle` shows those that are")]
    NoOpenRequest {
        /// The idempotency key.
        key: String,
    },
    /// A thread that evaluates rows came to no end.
    #[error("a thread that evaluates rows was stopped")]
    Thread,
    /// The account can't be used: no key, a key of the other mode, live without `--live`, another
    /// account than the ledger's.
    #[error("{message}")]
    Account {
        /// What is wrong and what to do.
        message: String,
    },
}

fn newest_run(newest: Option<RunId>) -> String {
    match newest {
        None => ": nothing has run here yet".to_owned(),
        Some(run) => format!("; the newest is {run}"),
    }
}
