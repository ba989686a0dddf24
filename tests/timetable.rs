//! When which flow runs by itself, under a clock that the tests turn.

mod across_changes;
mod any_events;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sheetflow::catalog::Catalog;
use sheetflow::diag::Sources;
use sheetflow::engine::{LastRuns, Timetable};
use sheetflow::eval::signatures;
use sheetflow::lang::program::Flow;
use sheetflow::lang::{Environment, SourceColumns, check, declare, parse};
use sheetflow::ledger::RunState;
use sheetflow::model::{Header, Type};

/// Checks flows that are written in short: each line is a flow's head, a colon, and its schedules with `;`
/// between them.
fn flows(short: &str) -> Vec<Arc<Flow>> {
    let mut text = "source rows = csv(\"rows.csv\")\n".to_owned();
    for line in short.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (head, schedules) = line.split_once(':').expect("a head and its schedules");
        text.push_str(&format!(
            "flow {head} {{\nfrom rows\nkey Email\n{schedules}\nupsert customer by email {{ email = Email }}\n}}\n"
        ));
    }
    let mut sources = Sources::default();
    let files = [parse(sources.add("a.flow", &text), &text)];
    let (declarations, _) = declare(&files);
    let header = Header {
        file: "rows.csv".into(),
        sheet: None,
        columns: vec!["Email".into()],
        positions: vec![0],
        row: 1,
    };
    let columns = SourceColumns::Known {
        header: Arc::new(header),
        types: vec![Type::Text],
        often_empty: Vec::new(),
    };
    let functions = signatures();
    let environment = Environment {
        catalog: Catalog::embedded(),
        functions: &functions,
        columns: declarations
            .sources
            .iter()
            .map(|source| (source.spec.name.clone(), columns.clone()))
            .collect(),
        plugins: BTreeMap::new(),
    };
    let checked = check(&files, &environment);
    assert!(checked.program.is_some(), "{:?}", checked.diagnostics);
    checked.program.expect("the flows are right").flows
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("the time is right")
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// A timetable with the runs that it brings about, each of which takes some minutes.
struct Driven {
    timetable: Timetable,
    now: Timestamp,
    /// How long a run takes.
    takes: SignedDuration,
    /// The runs under way, by the times at which they end.
    under_way: BTreeMap<Timestamp, Vec<Arc<str>>>,
    /// All runs that began.
    runs: Vec<(Timestamp, Arc<str>)>,
}

impl Driven {
    fn new(short: &str, now: &str) -> Self {
        Self::with_history(short, &[], now)
    }

    fn with_history(short: &str, history: &[(&str, &str)], now: &str) -> Self {
        let now = instant(now);
        let history: LastRuns = history
            .iter()
            .map(|(flow, time)| (Arc::from(*flow), instant(time)))
            .collect();
        Driven {
            timetable: Timetable::new(&flows(short), &history, now),
            now,
            takes: minutes(1),
            under_way: BTreeMap::new(),
            runs: Vec::new(),
        }
    }

    fn each_run_takes(mut self, takes: SignedDuration) -> Self {
        self.takes = takes;
        self
    }

    /// Wakes when the timetable says so, and when a run ends, until a time.
    fn run_until(&mut self, end: &str) -> Vec<String> {
        let end = instant(end);
        let seen = self.runs.len();
        self.start_due();
        loop {
            let ends = self.under_way.keys().next().copied();
            let Some(next) = self.timetable.next().into_iter().chain(ends).min() else {
                break;
            };
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            self.finish_ended();
            self.start_due();
        }
        self.now = end;
        self.since(seen)
    }

    fn finish_ended(&mut self) {
        while let Some(entry) = self.under_way.first_entry() {
            if *entry.key() > self.now {
                break;
            }
            for flow in entry.remove() {
                self.timetable.finished(&flow, self.now, RunState::Finished);
            }
        }
    }

    fn start_due(&mut self) {
        for flow in self.timetable.due(self.now) {
            self.timetable.started(&flow, self.now);
            self.runs.push((self.now, Arc::clone(&flow)));
            self.under_way
                .entry(self.now + self.takes)
                .or_default()
                .push(flow);
        }
    }

    fn since(&self, seen: usize) -> Vec<String> {
        self.runs[seen..]
            .iter()
            .map(|(time, flow)| format!("{} {flow}", time.strftime("%d %H:%M:%S")))
            .collect()
    }
}
