use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::engine::PastRun;

/// The sums of a run, by their words: `created`, `rejected`.
pub(super) type Sums = Map<String, Value>;

/// Gives the sums over all flows: those of the run's own report, else those of the results that it left.
pub(super) fn sums(run: &PastRun) -> Sums {
    match reported(run) {
        Some(totals) => numbers(totals),
        None => {
            let mut sums = Sums::new();
            for count in &run.counts {
                add(&mut sums, count.outcome.as_str(), count.count);
            }
            sums
        }
    }
}

/// Gives the sums of each flow.
pub(super) fn flow_sums(run: &PastRun) -> Vec<(String, Sums)> {
    if let Some(totals) = reported(run) {
        let flows = totals.get("flows").and_then(Value::as_array);
        return flows
            .into_iter()
            .flatten()
            .filter_map(|flow| {
                let sums = numbers(flow.get("totals")?.as_object()?);
                Some((flow.get("name")?.as_str()?.to_owned(), sums))
            })
            .collect();
    }
    let mut flows: Vec<(String, Sums)> = Vec::new();
    for count in &run.counts {
        let at = flows.iter().position(|(name, _)| *name == count.flow);
        let at = at.unwrap_or_else(|| {
            flows.push((count.flow.clone(), Sums::new()));
            flows.len() - 1
        });
        if let Some((_, sums)) = flows.get_mut(at) {
            add(sums, count.outcome.as_str(), count.count);
        }
    }
    flows
}

/// Writes sums for a person: `created 9, rejected 1`.
pub(super) fn words(sums: &Sums) -> String {
    let words: Vec<String> = sums
        .iter()
        .filter(|(name, count)| *name != "records" && count.as_u64() != Some(0))
        .map(|(name, count)| match name.as_str() {
            "left" => format!("not begun {count}"),
            name => format!("{} {count}", name.replace('_', " ")),
        })
        .collect();
    match words.is_empty() {
        true => "nothing".to_owned(),
        false => words.join(", "),
    }
}

/// Shows a run to a program, without its results.
pub(super) fn run_json(run: &PastRun) -> Value {
    let start = &run.summary.start;
    let ended = run.summary.end.as_ref().map(|end| end.ended);
    let flows: Vec<Value> = flow_sums(run)
        .into_iter()
        .map(|(name, totals)| json!({"name": name, "totals": totals}))
        .collect();
    json!({
        "run": run.summary.id,
        "command": start.command,
        "state": run.fate.as_str(),
        "started": start.started,
        "ended": ended,
        "seconds": ended.map(|ended| milliseconds(start.started, ended)).map(json_seconds),
        "totals": sums(run),
        "flows": flows,
    })
}

/// Writes how long a run took: `1.2 s`, `3 min 20 s`.
pub(super) fn duration(run: &PastRun) -> String {
    let Some(end) = &run.summary.end else {
        return String::new();
    };
    let ms = milliseconds(run.summary.start.started, end.ended);
    match ms / 1_000 {
        seconds @ 0..60 => format!("{seconds}.{} s", ms % 1_000 / 100),
        seconds @ 60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A clock that was set back makes no negative time.
fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

/// Gives seconds with three digits behind the point, exactly.
fn json_seconds(ms: u64) -> Value {
    let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn reported(run: &PastRun) -> Option<&Sums> {
    run.summary.end.as_ref()?.totals.as_object()
}

fn numbers(members: &Sums) -> Sums {
    let numbers = members.iter().filter(|(_, value)| value.is_u64());
    numbers
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn add(sums: &mut Sums, word: &str, count: u64) {
    let sum = sums.get(word).and_then(Value::as_u64).unwrap_or(0);
    sums.insert(word.to_owned(), json!(sum.saturating_add(count)));
}
