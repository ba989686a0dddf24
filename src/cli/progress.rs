//! The progress bar: rate and time left.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::output::Output;
use crate::engine::{Event, Progress};
use crate::plugin::Compilation;

/// A progress bar on stderr, or nothing where there is no terminal.
pub(super) struct Bar {
    sender: mpsc::UnboundedSender<Event>,
    drawing: JoinHandle<()>,
}

impl Bar {
    /// Starts to listen. Nothing is drawn where the output shows no progress.
    pub(super) fn start(output: &Output) -> Bar {
        let (sender, receiver) = mpsc::unbounded_channel();
        Bar {
            sender,
            drawing: tokio::spawn(draw(receiver, output.shows_progress())),
        }
    }

    /// Gives the end that the engine writes to.
    pub(super) fn progress(&self) -> Progress {
        Progress::to(self.sender.clone())
    }

    /// Takes the bar away, once nobody can write to it any more.
    pub(super) async fn finish(self) {
        drop(self.sender);
        // A bar that failed has nothing to take away.
        let _ = self.drawing.await;
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

async fn draw(mut events: mpsc::UnboundedReceiver<Event>, visible: bool) {
    let bar = if visible {
        ProgressBar::no_length()
    } else {
        ProgressBar::hidden()
    };
    bar.enable_steady_tick(Duration::from_millis(200));
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
            Event::Record(_) => bar.inc(1),
        }
    }
    bar.finish_and_clear();
}

fn style() -> ProgressStyle {
    let template = "{msg} [{bar:30}] {pos}/{len} {per_sec}, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
