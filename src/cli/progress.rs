//! The progress bar: rate, time left, and what failed so far; and the results, collected for the report.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::arguments::Format;
use super::output::Output;
use crate::engine::{Event, Progress};
use crate::ledger::{RecordOutcome, RecordResult};
use crate::plugin::Compilation;

/// A progress bar on stderr, or only the collection of results where there is no terminal.
pub(super) struct Bar {
    sender: mpsc::UnboundedSender<Event>,
    collector: JoinHandle<Vec<RecordResult>>,
}

/// Which results are wanted at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// All, for a program.
    All,
    /// Those that failed and those that a step rejected, for a person; the plan has shown the others.
    Trouble,
}

impl Keep {
    fn takes(self, result: &RecordResult) -> bool {
        match (self, &result.outcome) {
            (Keep::All, _) | (Keep::Trouble, RecordOutcome::Failed) => true,
            (Keep::Trouble, RecordOutcome::Rejected) => result.step.is_some(),
            (Keep::Trouble, _) => false,
        }
    }
}

impl Bar {
    /// Starts to listen. Nothing is drawn where the output shows no progress.
    pub(super) fn start(output: &Output) -> Bar {
        let keep = match output.format() {
            Format::Human => Keep::Trouble,
            Format::Json => Keep::All,
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        Bar {
            sender,
            collector: tokio::spawn(collect(receiver, output.shows_progress(), keep)),
        }
    }

    /// Gives the end that the engine writes to.
    pub(super) fn progress(&self) -> Progress {
        Progress::to(self.sender.clone())
    }

    /// Takes the bar away and gives the results that were kept, in the order in which they ended.
    pub(super) async fn finish(self) -> Vec<RecordResult> {
        drop(self.sender);
        self.collector.await.unwrap_or_default()
    }
}

/// Shows that a plugin is being compiled, for as long as it is.
pub(super) fn compilations(output: &Output) -> impl Fn(Compilation<'_>) + Send + Sync + 'static {
    let visible = output.shows_progress();
    let spinner: Mutex<Option<ProgressBar>> = Mutex::new(None);
    move |compilation| {
        let mut spinner = spinner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(former) = spinner.take() {
            former.finish_and_clear();
        }
        if let Compilation::Begins { plugin, bytes } = compilation
            && visible
        {
            let megabytes = bytes / 1_000_000;
            let bar = ProgressBar::new_spinner();
            bar.set_message(format!("compiling the plugin `{plugin}` ({megabytes} MB), once"));
            bar.enable_steady_tick(Duration::from_millis(200));
            *spinner = Some(bar);
        }
    }
}

async fn collect(mut events: mpsc::UnboundedReceiver<Event>, visible: bool, keep: Keep) -> Vec<RecordResult> {
    let bar = if visible {
        ProgressBar::no_length()
    } else {
        ProgressBar::hidden()
    };
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut results = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            Event::Reading { flow, rows } => {
                bar.set_message(format!("{flow}: reading"));
                bar.set_position(rows);
            }
            Event::Settling { intents } => {
                bar.set_message(format!("settling {intents} requests of an interrupted run"));
            }
            Event::Applying { flow, records } => {
                bar.set_style(style());
                bar.set_length(records);
                bar.set_position(0);
                bar.set_message(flow);
            }
            Event::Record(result) => {
                bar.inc(1);
                if keep.takes(&result) {
                    results.push(result);
                }
            }
        }
    }
    bar.finish_and_clear();
    results
}

fn style() -> ProgressStyle {
    let template = "{msg} [{bar:30}] {pos}/{len} {per_sec}, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
