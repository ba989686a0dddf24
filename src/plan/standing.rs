use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::lang::program::{Flow, ReportSink, ResultColumn, Schedule, zone_name};

/// Says when a flow runs by itself, and what its runs leave behind: a line for each; none for a flow that says
/// nothing of it.
pub fn render_standing(flow: &Flow) -> String {
    let mut text = String::new();
    let schedules: Vec<String> = flow.schedules.iter().map(schedule_words).collect();
    if !schedules.is_empty() {
        let _ = writeln!(text, "  runs {}", schedules.join(", and "));
    }
    if flow.paused {
        text.push_str("  paused: it does not run by itself\n");
    }
    if let Some(back) = &flow.write_back {
        let _ = writeln!(text, "  writes back {}", column_names(&back.columns));
    }
    for report in &flow.reports {
        let _ = writeln!(
            text,
            "  reports {} to {}",
            column_names(&report.columns),
            sink_words(&report.sink)
        );
    }
    text
}

/// Says the same to a program: `schedules`, `paused`, `write_back`, `reports`.
pub fn standing_json(flow: &Flow) -> Map<String, Value> {
    let names = |columns: &[ResultColumn]| {
        columns
            .iter()
            .map(|column| json!(&*column.name))
            .collect::<Value>()
    };
    let schedules: Vec<Value> = flow.schedules.iter().map(schedule_json).collect();
    let reports: Vec<Value> = flow
        .reports
        .iter()
        .map(|report| {
            let (kind, target) = sink_parts(&report.sink);
            json!({"to": kind, "target": target, "columns": names(&report.columns)})
        })
        .collect();
    let mut members = Map::new();
    members.insert("schedules".to_owned(), Value::Array(schedules));
    members.insert("paused".to_owned(), json!(flow.paused));
    let written = flow.write_back.as_ref().map(|back| names(&back.columns));
    members.insert("write_back".to_owned(), written.unwrap_or_else(|| json!([])));
    members.insert("reports".to_owned(), Value::Array(reports));
    members
}

fn schedule_words(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Every(duration) => format!("every {}", duration_words(*duration)),
        Schedule::At { times, zone } => {
            let times: Vec<String> = times
                .iter()
                .map(|time| time.strftime("%H:%M").to_string())
                .collect();
            format!("at {} in {}", times.join(", "), zone_name(zone))
        }
        Schedule::Cron(cron) => format!("by cron `{}` in {}", cron.fields(), zone_name(cron.zone())),
        Schedule::OnChange => "when its source changes".to_owned(),
        Schedule::After(flow) => format!("after {flow}"),
    }
}

fn schedule_json(schedule: &Schedule) -> Value {
    match schedule {
        Schedule::Every(duration) => json!({"every_seconds": duration.as_secs()}),
        Schedule::At { times, zone } => {
            let times: Vec<String> = times
                .iter()
                .map(|time| time.strftime("%H:%M").to_string())
                .collect();
            json!({"at": times, "zone": zone_name(zone)})
        }
        Schedule::Cron(cron) => json!({"cron": cron.fields(), "zone": zone_name(cron.zone())}),
        Schedule::OnChange => json!({"on": "change"}),
        Schedule::After(flow) => json!({"after": &**flow}),
    }
}

/// Writes a duration as flows do, in its largest whole unit.
fn duration_words(duration: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let seconds = duration.as_secs();
    let whole = UNITS
        .iter()
        .find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    match whole {
        Some((unit, letter)) => format!("{}{letter}", seconds / unit),
        None => format!("{seconds}s"),
    }
}

fn column_names(columns: &[ResultColumn]) -> String {
    let names: Vec<String> = columns
        .iter()
        .map(|column| format!("`{}`", column.name))
        .collect();
    names.join(", ")
}

fn sink_words(sink: &ReportSink) -> String {
    let (kind, target) = sink_parts(sink);
    format!("{kind} {target}")
}

fn sink_parts(sink: &ReportSink) -> (&'static str, &str) {
    match sink {
        ReportSink::Csv(path) => ("csv", path),
        ReportSink::JsonLines(path) => ("jsonl", path),
        ReportSink::Webhook(url) => ("webhook", url),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration_words;

    #[test]
    fn durations_are_written_in_their_largest_whole_unit() {
        let written =
            [30, 90, 900, 3_600, 5_400, 172_800].map(|seconds| duration_words(Duration::from_secs(seconds)));
        assert_eq!(written, ["30s", "90s", "15m", "1h", "90m", "2d"]);
    }
}
