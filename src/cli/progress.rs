//! The progress bar: rate, time left, and what failed so far; and the results, collected for the report.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::engine::{Event, Progress};
use crate::ledger::RecordResult;

/// A progress bar on stderr, or only the collection of results where there is no terminal.
pub(super) struct Bar {
    sender: mpsc::UnboundedSender<Event>,
    collector: JoinHandle<Vec<RecordResult>>,
}

impl Bar {
    /// Starts to listen. Nothing is drawn unless `visible`.
    pub(super) fn start(visible: bool) -> Bar {
        let (sender, receiver) = mpsc::unbounded_channel();
        Bar { sender, collector: tokio::spawn(collect(receiver, visible)) }
    }

    /// Gives the end that the engine writes to.
    pub(super) fn progress(&self) -> Progress {
        Progress::to(self.sender.clone())
    }

    /// Takes the bar away and gives the results of all records, in the order in which they ended.
    pub(super) async fn finish(self) -> Vec<RecordResult> {
        drop(self.sender);
        self.collector.await.unwrap_or_default()
    }
}

async fn collect(mut events: mpsc::UnboundedReceiver<Event>, visible: bool) -> Vec<RecordResult> {
    let bar = if visible { ProgressBar::no_length() } else { ProgressBar::hidden() };
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
                results.push(result);
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
