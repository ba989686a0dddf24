//! `sheetflow watch`: plans and applies on save and on time.

mod lines;
mod terminal;

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use tokio::sync::watch;

use crate::cli::arguments::{ProjectArguments, TargetArguments};
use crate::cli::project::{online_options, stop_on_signal};
use crate::cli::runtime::{HangUps, block_on};
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{LONGEST_SLEEP, Progress, Service, ServiceSettings};
use crate::watch::Settings;

use terminal::{Answers, Terminal};

/// Plan and apply whenever a flow, a sheet or a plugin is saved, and when flows run by themselves
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow watch --sandbox            try it: edit a sheet or a flow meanwhile
  sheetflow watch --plan-only          show what every save would do, and send nothing
  sheetflow watch books --poll 2s      where the system does not tell of saves
  sheetflow watch --live --yes         with real money, and nobody to ask
  sheetflow watch --format json        one JSON object a line, for a program

A save is taken when it is over: when the files have stood still for a moment. One that can't run
changes nothing: what ran goes on. Ctrl-C ends it calmly, a second one at once. SIGHUP reads
everything again, keys too.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Only show the plans
    #[arg(long)]
    pub(crate) plan_only: bool,
    /// Look at the files this often instead of listening to the system: 2s, 500ms
    #[arg(long, value_name = "TIME", value_parser = poll_time)]
    pub(crate) poll: Option<Duration>,
    /// Send with real money without a question
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Reads a time between looks.
fn poll_time(text: &str) -> Result<Duration, String> {
    let time: Option<Duration> = text
        .parse::<SignedDuration>()
        .ok()
        .and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| (Duration::from_millis(100)..=Duration::from_secs(86_400)).contains(time))
        .ok_or_else(|| "expected a time from 100ms to 24h, such as 2s".to_owned())
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let asks = io::stdin().is_terminal();
    if arguments.target.live && !arguments.yes && !arguments.plan_only && !asks {
        return Err(CliError::NobodyToAsk);
    }
    let settings = ServiceSettings {
        path: arguments.project.path.clone(),
        options: online_options(&arguments.target, context),
        plan_only: arguments.plan_only,
        watch: Settings {
            poll: arguments.poll,
            ..Settings::default()
        },
        longest_sleep: LONGEST_SLEEP,
        progress: Progress::default(),
    };
    let answers = match arguments.yes {
        true => Answers::Yes,
        false => Answers::OfPerson,
    };
    block_on(async {
        let (stop, stopped) = watch::channel(false);
        stop_on_signal(stop.clone())?;
        let mut hang_ups = HangUps::listen()?;
        let terminal = Terminal::new(&mut context.output, answers, stop);
        let (service, handle) = Service::start(settings, &terminal, stopped).await?;
        let rereads = async {
            loop {
                hang_ups.next().await;
                handle.reread();
            }
        };
        let ended = tokio::select! {
            ended = service.run() => ended,
            () = rereads => Ok(()),
        };
        terminal.finish()?;
        ended?;
        Ok(ExitStatus::Success)
    })
}
