//! What commands over a project share: opening it, stopping calmly, showing its problems.

use std::path::Path;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use tokio::sync::watch;

use crate::diag::render_human;
use crate::engine::{
    Connection, History, HistoryPlace, Options, Planning, Project, Selection, Session, Target as EngineTarget,
};
use crate::model::Clock;

use super::arguments::{NarrowingArguments, SandboxArguments, Target, TargetArguments};
use super::progress::compilations;
use super::runtime::StopSignals;
use super::{CliError, Context};

/// Gives this machine's day.
pub(crate) fn today() -> Date {
    Zoned::now().date()
}

/// Reads and checks a project, and shows its warnings beside the report.
pub(super) fn load(path: &Path, context: &mut Context) -> Result<Project, CliError> {
    let project = Project::load(path, compilations(&context.output))?;
    project.program()?;
    let warnings = render_human(
        &project.diagnostics,
        &project.texts,
        context.output.message_style(),
    );
    if !warnings.is_empty() {
        context.output.message(warnings.trim_end())?;
    }
    Ok(project)
}

/// Whether a command may talk to Stripe at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// It may.
    Online,
    /// It makes no request.
    Offline,
}

/// What a command line says of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Which Stripe.
    pub(super) target: &'a TargetArguments,
    /// Which records.
    pub(super) narrowing: &'a NarrowingArguments,
    /// Whether requests may be made.
    pub(super) network: Network,
    /// Whether the live objects are read.
    pub(super) refresh: bool,
}

/// Opens a project's ledger, and its account unless the command works offline.
pub(super) async fn open(
    project: Project,
    wanted: Wanted<'_>,
    context: &Context,
) -> Result<Session, CliError> {
    let narrowing = wanted.narrowing;
    let selection = Selection {
        flow: narrowing.flow.clone(),
        key: narrowing.key.clone(),
        row: narrowing.row.and_then(|row| u32::try_from(row).ok()),
        limit: narrowing.limit,
        retry: None,
    };
    let options = Options {
        offline: wanted.network == Network::Offline,
        selection,
        planning: Planning {
            refresh: wanted.refresh,
            today: None,
        },
        ..online_options(wanted.target, context)
    };
    Ok(Session::open(project, options).await?)
}

/// Opens a project for the records of a selection.
pub(super) async fn open_with(
    project: Project,
    (target, selection): (&TargetArguments, Selection),
    context: &Context,
) -> Result<Session, CliError> {
    let options = Options {
        selection,
        ..online_options(target, context)
    };
    Ok(Session::open(project, options).await?)
}

/// Opens what a ledger tells of the runs before. Needs no key, and makes no request.
pub(super) async fn history(
    path: &Path,
    sandbox: &SandboxArguments,
    context: &Context,
) -> Result<History, CliError> {
    let place = HistoryPlace {
        path,
        state_directory: context.state_dir.as_deref(),
        target: &engine_target(sandbox.target()),
    };
    Ok(History::open(place).await?)
}

/// Gives the options of a command that reads a ledger and makes no request.
pub(super) fn reading_options(target: Target, context: &Context) -> Options {
    Options {
        state_directory: context.state_dir.clone(),
        target: engine_target(target),
        live: false,
        offline: true,
        threads: context.threads,
        selection: Selection::default(),
        planning: Planning::default(),
        clock: Clock::new(Timestamp::now),
    }
}

/// Gives the options of a command that talks to Stripe about all records.
pub(super) fn online_options(target: &TargetArguments, context: &Context) -> Options {
    Options {
        live: target.live,
        offline: false,
        ..reading_options(target.target(), context)
    }
}

/// Gives the server that the command line means.
pub(super) fn engine_target(target: Target) -> EngineTarget {
    match target {
        Target::Account => EngineTarget::Account,
        Target::Inside => EngineTarget::Sandbox,
        Target::At(url) => EngineTarget::Server(url),
    }
}

/// Says in a few words what a run talks to.
pub(super) fn describe(connection: Option<&Connection>, target: &TargetArguments) -> String {
    describe_target(connection, &engine_target(target.target()))
}

/// Says the same of a server.
pub(super) fn describe_target(connection: Option<&Connection>, target: &EngineTarget) -> String {
    match (connection, target) {
        (None, _) => "no account (offline)".to_owned(),
        (Some(connection), _) if connection.is_sandbox() => "the sandbox inside the program".to_owned(),
        (Some(_), EngineTarget::Server(url)) => format!("the server at {url}"),
        (Some(connection), _) => format!(
            "account {} in {} mode",
            connection.account,
            connection.mode.as_str()
        ),
    }
}

/// Gives a signal that turns true at the first Ctrl-C. The second one ends the process at once, and the
/// promise still holds: what was sent has its intent in the ledger.
pub(super) fn stop_signal() -> Result<watch::Receiver<bool>, CliError> {
    let (sender, receiver) = watch::channel(false);
    stop_on_signal(sender)?;
    Ok(receiver)
}

/// Turns a stop true at the first Ctrl-C, and ends the process at the second.
pub(super) fn stop_on_signal(stop: watch::Sender<bool>) -> Result<(), CliError> {
    let mut signals = StopSignals::listen()?;
    tokio::spawn(async move {
        signals.next().await;
        stop.send_replace(true);
        signals.next().await;
        std::process::exit(130);
    });
    Ok(())
}
