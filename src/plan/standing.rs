use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::lang::program::{Flow, NextRun, ReportSink, ResultColumn, Schedule, zone_name};

/// The moment in which something is shown.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The time.
    pub now: Timestamp,
    /// The time zone of the person who looks at it.
    pub zone: TimeZone,
}

impl Moment {
    /// Writes a time as the clock of the person shows it, with the name of the zone.
    pub fn render_time(&self, time: Timestamp) -> String {
        let time = time.to_zoned(self.zone.clone());
        let form = match time.second() {
            0 => "%Y-%m-%d %H:%M %Z",
            _ => "%Y-%m-%d %H:%M:%S %Z",
        };
        time.strftime(form).to_string()
    }

    /// Says when a flow runs next by itself: at a time, or as soon as something watches the clock when that time
    /// has passed.
    pub fn render_next_run(&self, next: Timestamp) -> String {
        match next <= self.now {
            true => "as soon as `sheetflow watch` runs".to_owned(),
            false => self.render_time(next),
        }
    }
}

/// Says when a flow runs by itself, and what its runs leave behind: a line for each; none for a flow that says
/// nothing of it. `last` is when its last run began.
pub fn render_standing(flow: &Flow, last: Option<Timestamp>, moment: &Moment) -> String {
    let mut text = String::new();
    if let Some(words) = render_schedules(flow) {
        let _ = writeln!(text, "  runs {words}");
    }
    match flow.next_run(last, moment.now) {
        NextRun::At(time) => {
            let _ = writeln!(text, "  next run {}", moment.render_next_run(time));
        }
        NextRun::Paused => text.push_str("  paused: it does not run by itself\n"),
        NextRun::ByHand if flow.paused => text.push_str("  paused: it does not run by itself\n"),
        NextRun::ByHand | NextRun::OnEvent => {}
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

/// Says in words when a flow runs by itself; `None` when it has no schedule.
pub fn render_schedules(flow: &Flow) -> Option<String> {
    let schedules: Vec<String> = flow.schedules.iter().map(schedule_words).collect();
    (!schedules.is_empty()).then(|| schedules.join(", and "))
}

/// Says to a program when a flow runs by itself: `schedules`, `paused`, `next_run`. The last is `null` where no
/// time is known; one that has passed is made up for.
pub fn schedules_json(flow: &Flow, last: Option<Timestamp>, now: Timestamp) -> Map<String, Value> {
    let schedules: Vec<Value> = flow.schedules.iter().map(schedule_json).collect();
    let next = match flow.next_run(last, now) {
        NextRun::At(time) => Some(time),
        NextRun::ByHand | NextRun::Paused | NextRun::OnEvent => None,
    };
    let mut members = Map::new();
    members.insert("schedules".to_owned(), Value::Array(schedules));
    members.insert("paused".to_owned(), json!(flow.paused));
    members.insert("next_run".to_owned(), json!(next));
    members
}

/// Says to a program what [`render_standing`] says: `schedules`, `paused`, `next_run`, `write_back`, `reports`.
pub fn standing_json(flow: &Flow, last: Option<Timestamp>, now: Timestamp) -> Map<String, Value> {
    let names = |columns: &[ResultColumn]| {
        columns
            .iter()
            .map(|column| json!(&*column.name))
            .collect::<Value>()
    };
    let reports: Vec<Value> = flow
        .reports
        .iter()
        .map(|report| {
            let (kind, target) = sink_parts(&report.sink);
            json!({"to": kind, "target": target, "columns": names(&report.columns)})
        })
        .collect();
    let mut members = schedules_json(flow, last, now);
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
