//! Which flows run now, and what becomes of their runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::lang::program::NextRun;
use crate::ledger::RunState;

use super::Service;
use super::generation::Generation;
use super::reach::{Because, Reached};
use super::report::{News, Upcoming};
use super::retry::{Owed, is_of_one_flow};
use super::run::{RunEnd, RunOrder, Teller};
use super::turn::Running;

impl Service<'_> {
    /// Starts a run when there is something to run, and nothing runs.
    pub(super) fn begin_run(&mut self) {
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

    pub(super) fn finish_run(&mut self, end: RunEnd) {
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
    pub(super) fn tell_upcoming(&mut self) {
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

    pub(super) fn next_scheduled(&self) -> Option<Instant> {
        let next = self.timetable.as_ref()?.next()?;
        let ahead = next
            .duration_since(self.clock.now())
            .max(jiff::SignedDuration::ZERO);
        let ahead = Duration::try_from(ahead).unwrap_or_default();
        // A longer sleep is cut by the tick.
        (ahead < self.settings.longest_sleep).then(|| Instant::now() + ahead)
    }

    pub(super) fn next_tick(&self) -> Instant {
        let latest = Instant::now() + self.settings.longest_sleep;
        let owed = self.owed.values().filter_map(|owed| owed.at).min();
        // While a run is under way nothing is tried again.
        match owed {
            Some(at) if self.running.is_none() => at.min(latest),
            _ => latest,
        }
    }
}
