//! The loop itself: one event after the other.

use std::future::Future;
use std::path::{Path, PathBuf, absolute};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::engine::EngineError;
use crate::watch::{Difference, Notice, Sign};

use super::Service;
use super::attempt::Attempt;
use super::change::Change;
use super::event::{Changed, Event, Finished};
use super::generation::Generation;
use super::reach::Reached;
use super::report::News;
use super::run::RunEnd;

/// An attempt that is under way.
pub(super) struct Attempting<'a> {
    pub(super) future: Work<'a, Attempt>,
    pub(super) cancel: Arc<AtomicBool>,
    pub(super) change: Change,
}

/// A run that is under way.
pub(super) struct Running<'a> {
    pub(super) future: Work<'a, RunEnd>,
    pub(super) superseded: watch::Sender<bool>,
    pub(super) generation: Arc<Generation>,
    pub(super) reached: Vec<Reached>,
}

/// What comes to an end some time.
pub(super) type Work<'a, Output> = Pin<Box<dyn Future<Output = Output> + Send + 'a>>;

impl Service<'_> {
    /// Watches, plans and applies till it is stopped. What is in flight then is brought to its end.
    ///
    /// Errors when the first generation can't be opened for another reason than problems of the flows: no account,
    /// no ledger. Later ones never end the loop.
    pub async fn run(mut self) -> Result<(), EngineError> {
        loop {
            self.begin_attempt();
            self.begin_run();
            match self.next_event().await {
                Event::Stop => return self.end().await,
                Event::Finished(Finished::Attempt(attempt)) => self.take_over(*attempt).await?,
                Event::Finished(Finished::Run(end)) => self.finish_run(end),
                Event::Changed(changed) => self.take_change(changed),
                Event::Scheduled | Event::Tick => {}
            }
        }
    }

    /// Waits for the next event; of several the first in the order of [`Event`].
    async fn next_event(&mut self) -> Event {
        let next = self.next_scheduled();
        let tick = self.next_tick();
        let Service {
            stop,
            attempting,
            running,
            watcher,
            rereads,
            news,
            ..
        } = self;
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Event::Stop,
            attempt = ended(attempting.as_mut().map(|work| &mut work.future)) => {
                Event::Finished(Finished::Attempt(Box::new(attempt)))
            }
            end = ended(running.as_mut().map(|work| &mut work.future)) => Event::Finished(Finished::Run(end)),
            Some(news) = news.recv() => Event::Changed(Changed::News(Box::new(news))),
            sign = watcher.next() => Event::Changed(Changed::Sign(Box::new(sign))),
            Some(()) = rereads.recv() => Event::Changed(Changed::Reread),
            () = at(next) => Event::Scheduled,
            () = sleep_until(tick) => Event::Tick,
        }
    }

    fn take_change(&mut self, changed: Changed) {
        let change = match changed {
            Changed::News(news) => return self.tell(*news),
            Changed::Reread => {
                self.tell(News::Reread);
                Change::reread()
            }
            Changed::Sign(sign) => match *sign {
                Sign::Notice(notice) => {
                    return self.tell(News::Notice(match notice {
                        Notice::Locked { file, lock } => Notice::Locked {
                            file: self.relative(&file),
                            lock,
                        },
                        notice => notice,
                    }));
                }
                Sign::Changed {
                    snapshot,
                    differences,
                } => {
                    if self.attempting.is_none() && snapshot.is_same(&self.attempted) {
                        // The last attempt has read it already.
                        return;
                    }
                    self.tell(News::Changed {
                        files: differences
                            .iter()
                            .map(|difference| Difference {
                                path: self.relative(&difference.path),
                                kind: difference.kind,
                            })
                            .collect(),
                    });
                    Change::files(differences)
                }
            },
        };
        self.waiting = Some(change.and(self.waiting.take()));
        if let Some(attempting) = &self.attempting {
            attempting.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// Brings what is in flight to its end, and closes the account.
    async fn end(mut self) -> Result<(), EngineError> {
        self.tell(News::Stopping);
        if let Some(running) = self.running.take() {
            running.superseded.send_replace(true);
            running.future.await;
        }
        let builder = Arc::clone(&self.builder);
        if let Some(attempting) = self.attempting.take() {
            attempting.cancel.store(true, Ordering::Relaxed);
        }
        drop(builder);
        if let Some(generation) = self.current.swap(None).and_then(Arc::into_inner) {
            generation.close().await?;
        }
        self.tell(News::Stopped);
        Ok(())
    }

    /// Names a file as the project's directory has it.
    fn relative(&self, file: &Path) -> PathBuf {
        let path = &self.settings.path;
        let is_flow = path.extension().is_some_and(|extension| extension == "flow");
        let root = match is_flow {
            true => path.parent().unwrap_or(Path::new("")),
            false => path,
        };
        let root = absolute(root).or_else(|_| absolute("."));
        let inside = root
            .ok()
            .and_then(|root| Some(file.strip_prefix(root).ok()?.to_owned()));
        inside.unwrap_or_else(|| file.to_owned())
    }
}

/// Waits for the end of what is under way; for ever when nothing is.
async fn ended<Output>(work: Option<&mut Work<'_, Output>>) -> Output {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
