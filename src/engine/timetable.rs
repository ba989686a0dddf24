//! When which flow runs by itself. Pure: the clock is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::lang::program::{Flow, NextRun, Schedule};
use crate::ledger::RunState;

/// When the last run of each flow began, as a ledger remembers it.
pub type LastRuns = BTreeMap<Arc<str>, Timestamp>;

/// When which flow runs by itself.
///
/// Whoever drives it tells what happens ([`changed`](Timetable::changed), [`started`](Timetable::started),
/// [`finished`](Timetable::finished), [`reload`](Timetable::reload)), asks behind each event and at
/// [`next`](Timetable::next) what is [`due`](Timetable::due), and starts that. It promises:
///
/// - A flow that is running is not started again. When its time comes meanwhile, one run is remembered, however
///   often it comes, and is due when the first one has ended.
/// - Times that passed while nobody looked are made up for by one run, also those since the last run that the
///   ledger knows.
/// - A clock that is set back runs nothing twice: a time that has come does not come again. `every` counts anew
///   from the earlier time, so that it is not silent until the clock has caught up.
/// - `after A` is due when A's run has ended as [`RunState::Finished`], whoever started it; records that were
///   rejected or failed don't hinder it. A run that a guard, an error or a person ended brings nothing behind
///   it about.
/// - A flow waits for those that it stands `after`, directly or not, when these are due or running.
/// - A flow that is `paused`, or has no schedule, never becomes due.
#[derive(Clone, Debug)]
pub struct Timetable {
    entries: Vec<Entry>,
}

/// What is known of one flow.
#[derive(Clone, Debug)]
struct Entry {
    flow: Arc<Flow>,
    /// The flows that run before it, directly or not, as indexes.
    before: BTreeSet<usize>,
    /// When its last run began; what `every` counts from.
    began: Option<Timestamp>,
    /// The greatest time that was looked at: all times of the day up to here are dealt with.
    dealt: Timestamp,
    /// The first time of the day behind `dealt`.
    clock: Option<Timestamp>,
    running: bool,
    /// Whether a run is due, or remembered for when the present one has ended.
    wanted: bool,
}

impl Timetable {
    /// Makes the timetable of a program's flows, which stand in the order in which they run. Times since a
    /// flow's last run are made up for; times before its first one were not missed.
    pub fn new(flows: &[Arc<Flow>], history: &LastRuns, now: Timestamp) -> Self {
        let mut entries: Vec<Entry> = flows
            .iter()
            .map(|flow| Entry::new(Arc::clone(flow), history.get(&flow.name).copied(), now))
            .collect();
        put_in_order(&mut entries);
        Timetable { entries }
    }

    /// Gives the flows to start now: in the order of the program, and none that has to wait for another one.
    /// A flow stays due until it is [`started`](Timetable::started), whatever the clock does; one that can't be
    /// run is started, and finished as [`RunState::Stopped`].
    pub fn due(&mut self, now: Timestamp) -> Vec<Arc<str>> {
        for entry in &mut self.entries {
            entry.look(now);
        }
        let ready = self.entries.iter().filter(|entry| {
            let waits = entry.before.iter().filter_map(|index| self.entries.get(*index));
            entry.wanted && !entry.running && waits.into_iter().all(Entry::is_idle)
        });
        ready.map(|entry| Arc::clone(&entry.flow.name)).collect()
    }

    /// Gives the time at which the clock makes the next flow due; `None` when only an event can. What is due
    /// already, or is running, is left out: the event that ends the waiting is the time to ask for it.
    ///
    /// A sleeping machine or a clock that is set changes how long that is from now, so whoever waits for it
    /// should look at the clock once a minute or so.
    pub fn next(&self) -> Option<Timestamp> {
        let waiting = self.entries.iter().filter(|entry| entry.is_idle());
        waiting.filter_map(Entry::next).min()
    }

    /// Tells when a flow runs next by itself; `None` for a flow that the program does not have.
    pub fn next_run(&self, flow: &str) -> Option<NextRun> {
        let entry = self.entries.iter().find(|entry| *entry.flow.name == *flow)?;
        Some(entry.next_run())
    }

    /// Records that a run of a flow begins, whatever made it begin. It counts for all times up to now.
    pub fn started(&mut self, flow: &str, now: Timestamp) {
        let Some(entry) = self.entry(flow) else { return };
        entry.look(now);
        entry.began = Some(now);
        entry.running = true;
        entry.wanted = false;
    }

    /// Records that a run of a flow has ended. [`RunState::Finished`] is for a run that went through all of the
    /// flow's records; one that left some (`stop after`), that a guard or an error stopped, or that could not
    /// begin, is [`RunState::Stopped`].
    pub fn finished(&mut self, flow: &str, now: Timestamp, ending: RunState) {
        let Some(entry) = self.entry(flow) else { return };
        entry.look(now);
        entry.running = false;
        if ending == RunState::Finished {
            self.want(|schedule| matches!(schedule, Schedule::After(other) if **other == *flow));
        }
    }

    /// Records that the source of a flow has changed.
    pub fn changed(&mut self, flow: &str) {
        let Some(entry) = self.entry(flow) else { return };
        entry.want(|schedule| *schedule == Schedule::OnChange);
    }

    /// Takes over the flows of a new generation. Runs that are under way, and what is known of flows of the same
    /// name, stay. A new schedule begins now: what it would have brought before was not missed. A new flow is
    /// one that never ran.
    pub fn reload(&mut self, flows: &[Arc<Flow>], now: Timestamp) {
        let mut old: BTreeMap<Arc<str>, Entry> = std::mem::take(&mut self.entries)
            .into_iter()
            .map(|entry| (Arc::clone(&entry.flow.name), entry))
            .collect();
        self.entries = flows
            .iter()
            .map(|flow| match old.remove(&flow.name) {
                Some(entry) => entry.with(Arc::clone(flow), now),
                None => Entry::new(Arc::clone(flow), None, now),
            })
            .collect();
        put_in_order(&mut self.entries);
    }

    fn entry(&mut self, flow: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| *entry.flow.name == *flow)
    }

    fn want(&mut self, wanted: impl Fn(&Schedule) -> bool) {
        for entry in &mut self.entries {
            entry.want(&wanted);
        }
    }
}

impl Entry {
    fn new(flow: Arc<Flow>, began: Option<Timestamp>, now: Timestamp) -> Self {
        let mut entry = Entry {
            flow,
            before: BTreeSet::new(),
            began,
            dealt: began.unwrap_or(now),
            clock: None,
            running: false,
            wanted: false,
        };
        entry.set_clock();
        entry
    }

    /// Takes another generation's flow of the same name.
    fn with(mut self, flow: Arc<Flow>, now: Timestamp) -> Self {
        let same = self.flow.schedules == flow.schedules && self.flow.paused == flow.paused;
        self.flow = flow;
        if !same {
            self.wanted = self.wanted && self.runs_by_itself();
            self.dealt = self.dealt.max(now);
            self.set_clock();
        }
        self
    }

    fn runs_by_itself(&self) -> bool {
        !self.flow.paused && !self.flow.schedules.is_empty()
    }

    fn is_idle(&self) -> bool {
        !self.wanted && !self.running
    }

    fn set_clock(&mut self) {
        let times = self.flow.schedules.iter().filter_map(|schedule| match schedule {
            Schedule::Every(_) | Schedule::OnChange | Schedule::After(_) => None,
            Schedule::At { .. } | Schedule::Cron(_) => schedule.next_after(self.dealt),
        });
        self.clock = times.min();
    }

    /// Gives the time at which the clock makes it due.
    fn next(&self) -> Option<Timestamp> {
        if self.flow.paused {
            return None;
        }
        let counted = self.flow.schedules.iter().filter_map(|schedule| match schedule {
            Schedule::Every(_) => self
                .began
                .map_or(Some(self.dealt), |began| schedule.next_after(began)),
            Schedule::At { .. } | Schedule::Cron(_) | Schedule::OnChange | Schedule::After(_) => None,
        });
        counted.chain(self.clock).min()
    }

    fn next_run(&self) -> NextRun {
        match (self.flow.schedules.as_slice(), self.flow.paused) {
            ([], _) => NextRun::ByHand,
            (_, true) => NextRun::Paused,
            _ if self.wanted => NextRun::At(self.dealt),
            _ => self.next().map_or(NextRun::OnEvent, NextRun::At),
        }
    }

    /// Looks at the clock: a time that has come is dealt with here, and does not come again.
    fn look(&mut self, now: Timestamp) {
        if self.began.is_some_and(|began| now < began) {
            self.began = Some(now);
        }
        if self.next().is_some_and(|next| next <= now) {
            self.wanted = true;
        }
        self.dealt = self.dealt.max(now);
        if self.clock.is_some_and(|clock| clock <= self.dealt) {
            self.set_clock();
        }
    }

    fn want(&mut self, wanted: impl Fn(&Schedule) -> bool) {
        if !self.flow.paused && self.flow.schedules.iter().any(wanted) {
            self.wanted = true;
        }
    }
}

/// Finds for each flow those that run before it, directly or not. A flow stands behind those that it names.
fn put_in_order(entries: &mut [Entry]) {
    let names: BTreeMap<Arc<str>, usize> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| (Arc::clone(&entry.flow.name), index))
        .collect();
    let mut all: Vec<BTreeSet<usize>> = Vec::new();
    for entry in entries {
        let direct = entry
            .flow
            .after
            .iter()
            .filter_map(|name| names.get(name).copied());
        let mut before: BTreeSet<usize> = direct.collect();
        let further: Vec<usize> = before
            .iter()
            .filter_map(|index| all.get(*index))
            .flatten()
            .copied()
            .collect();
        before.extend(further);
        entry.before = before.clone();
        all.push(before);
    }
}
