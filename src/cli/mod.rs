//! Arguments, one file per command, terminal output, exit codes.
//!
//! A command asks the rooms below for values and shows them; it decides nothing about flows, sheets or
//! Stripe itself. [`main`] is the only place where the program's own arguments, environment and streams
//! are taken; everything else gets them passed in.
#![expect(
    clippy::disallowed_methods,
    reason = "the command line is the edge: it reads the environment and writes files"
)]

mod arguments;
mod commands;
mod confirm;
mod error;
mod kept;
mod logging;
mod output;
mod progress;
mod project;
mod results;
mod runtime;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::FromArgMatches;

use arguments::{Arguments, GlobalArguments};
pub(crate) use error::CliError;
pub use error::ExitStatus;
use output::{Environment, Output};

/// What a command works with: where it writes, and the options that all commands share.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where it writes.
    pub(crate) output: Output,
    /// Where state lives, when `--state-dir` says it.
    pub(crate) state_dir: Option<PathBuf>,
    /// How many threads evaluate rows.
    pub(crate) threads: NonZeroUsize,
}

/// Runs the program with the process's own arguments, environment and streams.
pub fn main() -> ExitStatus {
    run(std::env::args_os(), &Environment::of_process())
}

/// Runs the program with these arguments, the program's name first.
fn run(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> ExitStatus {
    let parsed = arguments::definition()
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(problem) => return show_usage(&problem, environment),
    };
    let global = arguments.global;
    logging::start(global.verbose, environment.stderr_is_terminal);
    let mut context = Context {
        output: Output::new(&global, environment),
        state_dir: global.state_dir,
        threads: global
            .threads
            .or_else(|| available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN),
    };
    let result = arguments.command.run(&mut context).and_then(|status| {
        context.output.finish()?;
        Ok(status)
    });
    result.unwrap_or_else(|problem| {
        // A stderr that fails too leaves the exit status alone to tell.
        let _ = context.output.problem(&problem);
        let _ = context.output.finish();
        problem.status()
    })
}

/// Shows help, the version, or what is wrong with the arguments.
fn show_usage(problem: &clap::Error, environment: &Environment) -> ExitStatus {
    let mut output = Output::new(&GlobalArguments::default(), environment);
    let rendered = problem.render();
    let (shown, status) = if problem.use_stderr() {
        (output.error_text(&rendered), ExitStatus::Invalid)
    } else {
        (output.styled_text(&rendered), ExitStatus::Success)
    };
    shown
        .and_then(|()| output.finish())
        .map_or(ExitStatus::Invalid, |()| status)
}
