//! One generation takes the place of another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::diag::Diagnostic;
use crate::engine::{EngineError, FlowRuns, Timetable};
use crate::lang::program::Schedule;
use crate::watch::Snapshot;

use super::Service;
use super::attempt::{Attempt, FreshAccount, attempt};
use super::change::Change;
use super::generation::Generation;
use super::reach::{Because, Reached};
use super::report::{News, Problem};
use super::turn::Attempting;

impl Service<'_> {
    pub(super) fn begin_attempt(&mut self) {
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
    pub(super) async fn take_over(&mut self, attempt: Attempt) -> Result<(), EngineError> {
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

    pub(super) async fn swap(
        &mut self,
        mut generation: Generation,
        time: Duration,
    ) -> Result<(), EngineError> {
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
    pub(super) fn reached(&self, generation: &Generation) -> Vec<Reached> {
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
}
