//! The loop itself: one event after the other.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, absolute};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::diag::Diagnostic;
use crate::engine::{EngineError, FlowRuns, Timetable};
use crate::lang::program::{NextRun, Schedule};
use crate::ledger::RunState;
use crate::watch::{Difference, Sign, Snapshot};

use super::Service;
use super::attempt::{Attempt, FreshAccount, attempt};
use super::change::Change;
use super::event::{Changed, Event, Finished};
use super::generation::Generation;
use super::reach::{Because, Reached};
use super::report::{News, Problem, Upcoming};
use super::retry::{Owed, is_of_one_flow};
use super::run::{RunEnd, RunOrder, Teller};

/// An attempt that is under way.
pub(super) struct Attempting<'a> {
    future: Work<'a, Attempt>,
    cancel: Arc<AtomicBool>,
    change: Change,
}

/// A run that is under way.
pub(super) struct Running<'a> {
    future: Work<'a, RunEnd>,
    superseded: watch::Sender<bool>,
    generation: Arc<Generation>,
    reached: Vec<Reached>,
}

type Work<'a, Output> = Pin<Box<dyn Future<Output = Output> + Send + 'a>>;

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
                Sign::Notice(notice) => return self.tell(News::Notice(notice)),
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
                            .map(|difference| self.relative(difference))
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

    fn begin_attempt(&mut self) {
        if self.attempting.is_some() {
            return;
        }
        let Some(change) = self.waiting.take() else { return };
        let cancel = Arc::new(AtomicBool::new(false));
        let fresh = match change.accounts_too {
            true => FreshAccount::Yes,
            false => FreshAccount::No,
        };
        let future = attempt(
            Arc::clone(&self.builder),
            self.current.load_full(),
            Arc::clone(&cancel),
            (self.settings.options.clone(), fresh),
        );
        self.attempting = Some(Attempting {
            future: Box::pin(future),
            cancel,
            change,
        });
    }

    /// Takes a whole attempt over as the generation that runs; keeps the one that runs after a broken one.
    async fn take_over(&mut self, attempt: Attempt) -> Result<(), EngineError> {
        let Some(Attempting { change, cancel, .. }) = self.attempting.take() else {
            return Ok(());
        };
        match attempt {
            attempt if cancel.load(Ordering::Relaxed) => {
                let newer = self.waiting.take().unwrap_or_else(Change::first);
                self.waiting = Some(newer.and(Some(change)));
                if let Attempt::Whole { session, .. } = attempt {
                    session.close().await?;
                }
            }
            Attempt::Cancelled => {}
            Attempt::Restless => {
                // Nothing is known of what is there now, so the watcher tells it when it stands still.
                self.attempted = Snapshot::default();
                let inputs = self.current.load().as_ref().map(|running| running.inputs.clone());
                let flows = super::inputs::flows(&self.settings.path);
                let observer = self.watcher.observer();
                observer.known(inputs.unwrap_or(flows), Snapshot::default()).await;
            }
            Attempt::Broken {
                error,
                inputs,
                snapshot,
            } => {
                self.attempted = snapshot.clone();
                self.watcher.observer().known(inputs, snapshot).await;
                self.keep(error)?;
            }
            Attempt::Whole {
                session,
                inputs,
                snapshot,
            } => {
                self.attempted = snapshot.clone();
                let observer = self.watcher.observer();
                observer.known(inputs.clone(), snapshot.clone()).await;
                let number = self
                    .current
                    .load()
                    .as_ref()
                    .map_or(1, |running| running.number + 1);
                let generation = Generation {
                    number,
                    since: self.clock.now(),
                    session,
                    inputs,
                    snapshot,
                };
                self.swap(generation, change.at.elapsed()).await?;
            }
        }
        Ok(())
    }

    fn keep(&self, error: EngineError) -> Result<(), EngineError> {
        let running = self.current.load().as_ref().map(|running| running.standing());
        if running.is_none() && !matches!(error, EngineError::Check { .. }) {
            return Err(error);
        }
        self.tell(News::Kept {
            running,
            problem: error.into(),
        });
        Ok(())
    }

    async fn swap(&mut self, mut generation: Generation, time: Duration) -> Result<(), EngineError> {
        generation.session.set_generation(generation.number);
        let generation = Arc::new(generation);
        self.builder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .taken_over();
        let former = self.current.swap(Some(Arc::clone(&generation)));
        match &former {
            None => self.watch_first(&generation).await?,
            Some(former) => self.follow(former, &generation),
        }
        let reached = self.reached(&generation);
        let is_paused = |name: &Arc<str>| {
            let flow = generation.flows().iter().find(|flow| flow.name == *name);
            flow.is_some_and(|flow| flow.paused)
        };
        let (paused, reached): (Vec<Reached>, Vec<Reached>) =
            reached.into_iter().partition(|reached| is_paused(&reached.flow));
        self.tell(News::Replaced {
            generation: generation.number,
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            reached,
            paused: paused.into_iter().map(|reached| reached.flow).collect(),
            warnings: self.new_warnings(former.as_deref(), &generation),
        });
        self.tell_upcoming();
        Ok(())
    }

    /// Begins with the first generation. Flows that have times of their own wait for them.
    async fn watch_first(&mut self, generation: &Generation) -> Result<(), EngineError> {
        let names = generation.flows().iter().map(|flow| &flow.name);
        let runs = FlowRuns::read(&**generation.session.ledger(), names).await?;
        let timetable = Timetable::new(generation.flows(), &runs.last_runs(), self.clock.now());
        self.timetable = Some(timetable);
        for flow in generation.flows() {
            let is_timed = flow.schedules.iter().any(|schedule| match schedule {
                Schedule::OnChange => false,
                Schedule::Every(_) | Schedule::At { .. } | Schedule::Cron { .. } | Schedule::After(_) => true,
            });
            if is_timed && !flow.paused {
                let basis = generation.basis(flow, &generation.snapshot);
                self.planned.insert(Arc::clone(&flow.name), basis);
            }
        }
        let connection = generation.session.connection.as_ref();
        let project = &generation.session.project;
        self.tell(News::Watching {
            account: connection.map(|to| to.account.clone()).unwrap_or_default(),
            sandbox: generation.session.is_sandbox(),
            mode: connection.map_or(crate::model::Mode::Test, |to| to.mode),
            flows: generation
                .flows()
                .iter()
                .map(|flow| Arc::clone(&flow.name))
                .collect(),
            sources: project.sources.len(),
            plugins: project.plugin_specs().len(),
        });
        Ok(())
    }

    /// Brings what is known in line with a new generation, and puts a run off that it has something else for.
    fn follow(&mut self, former: &Generation, generation: &Generation) {
        let names: Vec<&Arc<str>> = generation.flows().iter().map(|flow| &flow.name).collect();
        self.planned.retain(|name, _| names.contains(&name));
        self.put_off.retain(|name, _| names.contains(&name));
        self.apart.retain(|name| names.contains(&name));
        self.owed.retain(|name, _| names.contains(&name));
        // What waited for a save has got one.
        for (name, owed) in std::mem::take(&mut self.owed) {
            match owed.at {
                Some(_) => {
                    self.owed.insert(name, owed);
                }
                None => self.put_off.entry(name).or_default().push(Because::Again),
            }
        }
        let now = self.clock.now();
        if let Some(timetable) = &mut self.timetable {
            timetable.reload(generation.flows(), now);
            for flow in generation.flows() {
                let old = former.flows().iter().find(|old| old.name == flow.name);
                let rows = |of: &Generation, flow| of.basis(flow, &of.snapshot).rows;
                if old.is_some_and(|old| rows(former, old) != rows(generation, flow)) {
                    timetable.changed(&flow.name);
                }
            }
        }
        if let Some(running) = &self.running {
            let is_touched = running.reached.iter().any(|reached| {
                let basis = |of: &Generation| {
                    let flow = of.flows().iter().find(|flow| flow.name == reached.flow)?;
                    Some(of.basis(flow, &of.snapshot))
                };
                basis(&running.generation) != basis(generation)
            });
            if is_touched {
                running.superseded.send_replace(true);
            }
        }
    }

    /// Finds the flows that are not what they were last planned with, paused ones too.
    fn reached(&self, generation: &Generation) -> Vec<Reached> {
        generation
            .flows()
            .iter()
            .filter_map(|flow| {
                let basis = generation.basis(flow, &generation.snapshot);
                let mut because = basis.changes_since(self.planned.get(&flow.name));
                because.extend(self.put_off.get(&flow.name).into_iter().flatten().cloned());
                because.sort();
                because.dedup();
                (!because.is_empty()).then(|| Reached {
                    flow: Arc::clone(&flow.name),
                    because,
                })
            })
            .collect()
    }

    /// Starts a run when there is something to run, and nothing runs.
    fn begin_run(&mut self) {
        let Some(generation) = self.current.load_full() else {
            return;
        };
        if self.running.is_some() {
            return;
        }
        let mut reached = self.due(&generation);
        if reached.is_empty() {
            return;
        }
        if reached.iter().any(|reached| self.apart.contains(&reached.flow)) {
            reached.truncate(1);
        }
        let now = self.clock.now();
        for reached in &reached {
            self.put_off.remove(&reached.flow);
            self.apart.remove(&reached.flow);
            if let Some(timetable) = &mut self.timetable {
                timetable.started(&reached.flow, now);
            }
        }
        let (superseded, is_superseded) = watch::channel(false);
        let order = RunOrder {
            generation: Arc::clone(&generation),
            reached: reached.clone(),
            plan_only: self.settings.plan_only,
            superseded: is_superseded,
            stop: self.stop.clone(),
            observer: self.watcher.observer(),
            progress: self.settings.progress.clone(),
            teller: Teller {
                audience: self.audience,
                clock: self.clock.clone(),
            },
        };
        self.running = Some(Running {
            future: Box::pin(order.run()),
            superseded,
            generation,
            reached,
        });
    }

    /// Gives the flows to run now, in the order in which they run: those with something new, those whose time has
    /// come, and those that are tried again.
    fn due(&mut self, generation: &Generation) -> Vec<Reached> {
        let mut wanted: BTreeMap<Arc<str>, Vec<Because>> = self
            .reached(generation)
            .into_iter()
            .map(|reached| (reached.flow, reached.because))
            .collect();
        let now = self.clock.now();
        let scheduled = self.timetable.as_mut().map(|timetable| timetable.due(now));
        for flow in scheduled.into_iter().flatten() {
            let because = wanted.entry(flow).or_default();
            if because.is_empty() {
                because.push(Because::Schedule);
            }
        }
        let now = Instant::now();
        for (flow, owed) in &self.owed {
            let because = wanted.entry(Arc::clone(flow)).or_default();
            if owed.at.is_some_and(|at| at <= now) && because.is_empty() {
                because.push(Because::Again);
            }
        }
        let flows = generation.flows().iter().filter(|flow| !flow.paused);
        flows
            .filter_map(|flow| {
                let because = wanted.remove(&flow.name).filter(|because| !because.is_empty())?;
                Some(Reached {
                    flow: Arc::clone(&flow.name),
                    because,
                })
            })
            .collect()
    }

    fn finish_run(&mut self, end: RunEnd) {
        let Some(Running {
            generation, reached, ..
        }) = self.running.take()
        else {
            return;
        };
        let state = match end {
            RunEnd::Superseded => self.put_off(&reached),
            RunEnd::Failed { error, .. } if reached.len() > 1 && is_of_one_flow(&error) => {
                let names = reached.iter().map(|reached| Arc::clone(&reached.flow));
                self.apart.extend(names);
                self.put_off(&reached)
            }
            RunEnd::Ended { planned, state } => {
                for name in planned.keys() {
                    self.owed.remove(name);
                }
                self.planned.extend(planned);
                state
            }
            RunEnd::Failed { planned, error } => {
                let mut again_in = None;
                for reached in &reached {
                    let former = self.owed.get(&reached.flow).copied();
                    let owed = Owed::after(&error, former, Instant::now());
                    again_in = owed.pause().map(|pause| pause.as_secs());
                    self.owed.insert(Arc::clone(&reached.flow), owed);
                }
                self.planned.extend(planned);
                self.tell(News::Failed {
                    generation: generation.number,
                    flows: reached.iter().map(|reached| Arc::clone(&reached.flow)).collect(),
                    problem: error.into(),
                    again_in,
                });
                RunState::Stopped
            }
        };
        let now = self.clock.now();
        if let Some(timetable) = &mut self.timetable {
            for reached in &reached {
                timetable.finished(&reached.flow, now, state);
            }
        }
        self.tell_upcoming();
    }

    /// Remembers that these flows are still to run.
    fn put_off(&mut self, reached: &[Reached]) -> RunState {
        for reached in reached {
            let because = reached.because.clone();
            self.put_off.insert(Arc::clone(&reached.flow), because);
        }
        RunState::Stopped
    }

    /// Tells when flows run next, when that is not what was told last.
    fn tell_upcoming(&mut self) {
        let (Some(timetable), Some(generation)) = (&self.timetable, self.current.load_full()) else {
            return;
        };
        let mut runs: Vec<Upcoming> = generation
            .flows()
            .iter()
            .filter_map(|flow| match timetable.next_run(&flow.name)? {
                NextRun::At(at) => Some(Upcoming {
                    flow: Arc::clone(&flow.name),
                    at,
                }),
                NextRun::ByHand | NextRun::Paused | NextRun::OnEvent => None,
            })
            .collect();
        runs.sort_by_key(|run| run.at);
        if runs != self.told_upcoming {
            self.told_upcoming.clone_from(&runs);
            self.tell(News::Upcoming { runs });
        }
    }

    fn next_scheduled(&self) -> Option<Instant> {
        let next = self.timetable.as_ref()?.next()?;
        let ahead = next
            .duration_since(self.clock.now())
            .max(jiff::SignedDuration::ZERO);
        let ahead = Duration::try_from(ahead).unwrap_or_default();
        // A longer sleep is cut by the tick.
        (ahead < self.settings.longest_sleep).then(|| Instant::now() + ahead)
    }

    fn next_tick(&self) -> Instant {
        let latest = Instant::now() + self.settings.longest_sleep;
        let owed = self.owed.values().filter_map(|owed| owed.at).min();
        // While a run is under way nothing is tried again.
        match owed {
            Some(at) if self.running.is_none() => at.min(latest),
            _ => latest,
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

    /// Gives the warnings of a generation that the one before it did not have.
    fn new_warnings(&self, former: Option<&Generation>, generation: &Generation) -> Problem {
        let project = &generation.session.project;
        let old = former.map(|former| &former.session.project.diagnostics);
        let said = |message: &String| old.is_some_and(|old| old.iter().any(|old| old.message == *message));
        let new = project
            .diagnostics
            .iter()
            .filter(|diagnostic| !said(&diagnostic.message));
        let diagnostics: Vec<Diagnostic> = new.cloned().collect();
        let texts = match diagnostics.is_empty() {
            true => Box::default(),
            false => Box::new(project.texts.clone()),
        };
        Problem::Diagnostics { diagnostics, texts }
    }

    /// Names a file as the project's directory has it.
    fn relative(&self, difference: &Difference) -> Difference {
        let path = &self.settings.path;
        let is_flow = path.extension().is_some_and(|extension| extension == "flow");
        let root = match is_flow {
            true => path.parent().unwrap_or(Path::new("")),
            false => path,
        };
        let root = absolute(root).or_else(|_| absolute("."));
        let inside = root
            .ok()
            .and_then(|root| Some(difference.path.strip_prefix(root).ok()?.to_owned()));
        Difference {
            path: inside.unwrap_or_else(|| difference.path.clone()),
            kind: difference.kind,
        }
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
