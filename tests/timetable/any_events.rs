use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sheetflow::engine::Timetable;
use sheetflow::lang::program::Flow;
use sheetflow::ledger::RunState;

use super::{flows, instant, minutes};

/// What may happen to a timetable.
#[derive(Clone, Debug)]
enum Event {
    /// The clock goes on, or is set back.
    Clock(i64),
    /// The flow that is due first is started.
    Start,
    /// The run that has lasted longest ends.
    Finish(RunState),
    /// A flow is run for another reason than its schedule.
    ByHand(usize),
    /// The source of a flow changes.
    Change(usize),
    /// A save that changes no schedule.
    Reload,
}

fn event() -> impl Strategy<Value = Event> {
    let ending = prop::sample::select(vec![RunState::Finished, RunState::Stopped, RunState::Interrupted]);
    prop_oneof![
        4 => (0_i64..400).prop_map(Event::Clock),
        1 => (-3_000_i64..0).prop_map(Event::Clock),
        1 => (400_i64..6_000).prop_map(Event::Clock),
        4 => Just(Event::Start),
        3 => ending.prop_map(Event::Finish),
        1 => (0_usize..5).prop_map(Event::ByHand),
        1 => (0_usize..5).prop_map(Event::Change),
        1 => Just(Event::Reload),
    ]
}

const FLOWS: &str = "
    clock: at 03:30, 12:10 in \"Europe/Kyiv\"
    often: cron \"*/20 * * * *\" in \"America/New_York\"
    behind after often: after clock
    saved: on change
    asleep: at 12:00; on change; after clock; paused
";

/// What must be due, worked out the slow way for each flow.
struct Model {
    flows: Vec<Arc<Flow>>,
    names: Vec<Arc<str>>,
    now: Timestamp,
    /// The greatest time that was ever looked at.
    greatest: Timestamp,
    running: Vec<Arc<str>>,
    owed: BTreeSet<Arc<str>>,
}

impl Model {
    fn new(now: Timestamp) -> Self {
        let flows = flows(FLOWS);
        Model {
            names: flows.iter().map(|flow| Arc::clone(&flow.name)).collect(),
            flows,
            now,
            greatest: now,
            running: Vec::new(),
            owed: BTreeSet::new(),
        }
    }

    fn look(&mut self) {
        let (from, to) = (self.greatest, self.greatest.max(self.now));
        for flow in self.flows.iter().filter(|flow| !flow.paused) {
            let came = flow
                .schedules
                .iter()
                .filter_map(|schedule| schedule.next_after(from))
                .any(|time| time <= to);
            if came {
                self.owed.insert(Arc::clone(&flow.name));
            }
        }
        self.greatest = to;
    }

    fn start(&mut self, flow: &Arc<str>) {
        self.look();
        self.owed.remove(flow);
        self.running.push(Arc::clone(flow));
    }

    fn finish(&mut self, ending: RunState) -> Option<Arc<str>> {
        if self.running.is_empty() {
            return None;
        }
        self.look();
        let flow = self.running.remove(0);
        if &*flow == "clock" && ending == RunState::Finished {
            self.owed.insert("behind".into());
        }
        Some(flow)
    }

    /// Gives what must be due, in order: what is owed, is not running, and waits for nothing.
    fn due(&mut self) -> Vec<Arc<str>> {
        self.look();
        let busy = |name: &str| self.owed.contains(name) || self.running.iter().any(|flow| **flow == *name);
        let names = self.names.iter().filter(|name| {
            let waits = &***name == "behind" && (busy("clock") || busy("often"));
            self.owed.contains(*name) && !self.running.contains(name) && !waits
        });
        names.cloned().collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_happens_what_is_owed_is_due_and_nothing_else(
        begin in 0_i64..31_536_000,
        events in prop::collection::vec(event(), 1..120),
    ) {
        let mut model = Model::new(instant("2026-01-01T00:00:00Z") + SignedDuration::from_secs(begin));
        let mut timetable = Timetable::new(&model.flows, &[].into(), model.now);
        for event in events {
            let due = timetable.due(model.now);
            prop_assert_eq!(&due, &model.due());
            match event {
                Event::Clock(by) => {
                    model.now += minutes(by);
                }
                Event::Start => {
                    if let Some(flow) = due.first() {
                        timetable.started(flow, model.now);
                        model.start(flow);
                    }
                }
                Event::ByHand(index) => {
                    let flow = Arc::clone(&model.names[index]);
                    if !model.running.contains(&flow) {
                        timetable.started(&flow, model.now);
                        model.start(&flow);
                    }
                }
                Event::Finish(ending) => {
                    if let Some(flow) = model.finish(ending) {
                        timetable.finished(&flow, model.now, ending);
                    }
                }
                Event::Change(index) => {
                    timetable.changed(&model.names[index]);
                    if index == 3 {
                        model.owed.insert("saved".into());
                    }
                }
                Event::Reload => timetable.reload(&model.flows, model.now),
            }
            if let Some(next) = timetable.next() {
                prop_assert!(next > model.greatest || next > model.now);
            }
        }
    }

    /// A rhythm never runs sooner than it says, counted in time that has really passed, however the clock is set.
    #[test]
    fn a_rhythm_never_runs_too_soon(
        steps in prop::collection::vec((1_i64..50, prop_oneof![4 => Just(0_i64), 1 => -500_i64..0]), 1..200),
    ) {
        let mut timetable = Timetable::new(&flows("a: every 1h"), &[].into(), instant("2026-01-01T00:00:00Z"));
        let mut now = instant("2026-01-01T00:00:00Z");
        let mut passed = 0;
        let mut last = None;
        for (by, set_back) in steps {
            passed += by;
            now += minutes(by + set_back);
            if !timetable.due(now).is_empty() {
                prop_assert!(last.is_none_or(|last| passed - last >= 60));
                timetable.started("a", now);
                timetable.finished("a", now, RunState::Finished);
                last = Some(passed);
            }
        }
    }
}
