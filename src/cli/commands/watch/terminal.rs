use std::future::Future;
use std::io::{self, BufRead};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use tokio::sync::{mpsc, watch};

use super::lines::render;
use crate::cli::CliError;
use crate::cli::arguments::Format;
use crate::cli::output::Output;
use crate::engine::{Audience, Question, Report};

/// Who answers questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// `--yes` has.
    Yes,
    /// The person at the terminal.
    OfPerson,
}

/// Shows reports as they come, and asks.
pub(super) struct Terminal<'o> {
    output: Mutex<Shown<'o>>,
    answers: Answers,
    lines: tokio::sync::Mutex<Option<mpsc::Receiver<String>>>,
    stop: watch::Sender<bool>,
}

struct Shown<'o> {
    output: &'o mut Output,
    /// Why nothing can be shown any more.
    failure: Option<CliError>,
}

impl<'o> Terminal<'o> {
    /// Shows on an output. `stop` is turned true when that fails: a watcher that nobody can read is none.
    pub(super) fn new(output: &'o mut Output, answers: Answers, stop: watch::Sender<bool>) -> Self {
        Terminal {
            output: Mutex::new(Shown {
                output,
                failure: None,
            }),
            answers,
            lines: tokio::sync::Mutex::new(None),
            stop,
        }
    }

    /// Ends with what ended the output, if anything did.
    pub(super) fn finish(self) -> Result<(), CliError> {
        let shown = self.output.into_inner().unwrap_or_else(PoisonError::into_inner);
        shown.failure.map_or(Ok(()), Err)
    }

    fn show(&self, show: impl FnOnce(&mut Output) -> Result<(), CliError>) {
        let mut shown = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.failure.is_some() {
            return;
        }
        let done = show(shown.output).and_then(|()| shown.output.finish());
        if let Err(error) = done {
            shown.failure = Some(error);
            self.stop.send_replace(true);
        }
    }

    /// Asks the person. What was typed before the question is no answer to it.
    async fn ask(&self) -> bool {
        let mut lines = self.lines.lock().await;
        let lines = lines.get_or_insert_with(typed_lines);
        while lines.try_recv().is_ok() {}
        self.show(|output| output.prompt("Send this? It moves real money. [y/N] "));
        let answer = lines.recv().await.unwrap_or_default();
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }
}

impl Audience for Terminal<'_> {
    fn tell(&self, report: Report) {
        self.show(|output| match output.format() {
            Format::Human => {
                let text = render(&report, output.view(), output.is_quiet());
                output.text(&text)
            }
            Format::Json => {
                let line = serde_json::to_string(&report).map_err(|error| CliError::Output(error.into()))?;
                output.text(&format!("{line}\n"))
            }
        });
    }

    fn approve(&self, _question: Question) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        match self.answers {
            Answers::Yes => Box::pin(std::future::ready(true)),
            Answers::OfPerson => Box::pin(self.ask()),
        }
    }
}

/// Reads lines on a thread of its own, which a question that was given up does not hold up. It ends with the
/// program.
fn typed_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
