//! `sheetflow watch` as a process: its output, its signals, its refusals.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::support::Project;

const PATIENCE: Duration = Duration::from_secs(30);

/// A running `sheetflow watch`, and the lines that it writes.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut child = project
            .command([&["watch"], arguments].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Running { child, lines }
    }

    /// Reads lines up to one that is wanted, and gives it.
    fn line(&self, wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("the line comes");
            if wanted(&line) {
                return line;
            }
        }
    }

    fn news(&self, kind: &str) -> Value {
        let is_it = |line: &str| json(line)["news"] == kind;
        json(&self.line(is_it))
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
    }

    fn status(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }
}

fn json(line: &str) -> Value {
    serde_json::from_str(line)
        .unwrap_or_else(|problem| unreachable!("one JSON object a line: {problem}\n{line}"))
}

#[cfg(unix)]
#[test]
fn a_program_reads_one_object_a_line_and_signals_do_what_they_say() {
    let project = Project::example("quickstart");
    let running = Running::start(&project, &["--sandbox", "--format", "json"]);
    let watching = running.news("watching");
    assert_eq!(watching["flows"], serde_json::json!(["customers"]));
    assert_eq!(watching["sandbox"], true);
    assert_eq!(watching["mode"], "test");
    assert!(watching["at"].is_string());
    assert_eq!(running.news("replaced")["generation"], 1);
    let planned = running.news("planned");
    assert_eq!(planned["flows"][0]["flow"], "customers");
    assert_eq!(planned["flows"][0]["because"], serde_json::json!(["new"]));
    assert_eq!(planned["flows"][0]["records"][0]["steps"][0]["action"], "create");
    assert_eq!(planned["sums"]["totals"]["created"], 9);
    let applied = running.news("applied");
    assert_eq!(applied["totals"]["created"], 9);
    assert_eq!(applied["requests"]["POST"], 9);

    running.signal("HUP");
    running.news("reread");
    let replaced = running.news("replaced");
    assert_eq!(replaced["generation"], 2);
    assert_eq!(replaced["reached"], serde_json::json!([]));

    project.replace("customers.flow", "Name\n", "Nmae\n");
    let changed = running.news("changed");
    assert_eq!(changed["files"][0]["path"], "customers.flow");
    let kept = running.news("kept");
    assert_eq!(kept["running"]["generation"], 2);
    assert_eq!(kept["diagnostics"][0]["code"], "E0101");

    running.signal("TERM");
    running.news("stopping");
    running.news("stopped");
    assert_eq!(running.status(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_person_reads_calm_lines() {
    let project = Project::example("quickstart");
    let running = Running::start(&project, &["--sandbox"]);
    let without_time = |line: String| line.split_once("  ").map(|(_, text)| text.to_owned());
    let first = without_time(running.line(|_| true));
    assert_eq!(
        first.as_deref(),
        Some("watching customers; 1 sheet; to the sandbox inside the program")
    );
    running.line(|line| line.contains("generation 1, after") && line.ends_with("ms: customers (new)"));
    running.line(|line| line.ends_with("customers: 10 records: 9 to create, 1 rejected"));
    running.line(|line| line.contains("run 1: created 9, rejected 1 ("));
    project.replace("customers.flow", "Name\n", "Nmae\n");
    running.line(|line| line.ends_with("  customers.flow changed"));
    running.line(|line| line.contains("still running generation 1 from "));
    running.line(|line| line.contains("error[E0101]"));
    running.signal("INT");
    running.line(|line| line.ends_with("  stopped"));
    assert_eq!(running.status(), Some(0));
}

/// Stops a process, and waits till it stands.
#[cfg(target_os = "linux")]
fn hold(running: &Running) {
    running.signal("STOP");
    let stat = format!("/proc/{}/stat", running.child.id());
    loop {
        let stat = std::fs::read_to_string(&stat).expect("it lives");
        // The state stands behind the name, which is in brackets.
        if stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')) {
            return;
        }
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_save_behind_more_events_than_the_system_keeps_is_not_lost() {
    let kept = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").expect("the limit");
    let kept: usize = kept.trim().parse().expect("a number");
    let project = Project::example("quickstart");
    let running = Running::start(&project, &["--sandbox", "--format", "json"]);
    running.news("applied");
    hold(&running);
    // Each makes an event at least, and no two of one file follow each other.
    for number in 0..=kept {
        project.write(&format!("noise-{}.tmp", number % 2), "");
    }
    project.replace("customers.flow", "Email | trim | lower", "Email | trim");
    running.signal("CONT");
    let replaced = running.news("replaced");
    assert_eq!(replaced["generation"], 2);
    assert_eq!(running.news("applied")["totals"]["updated"], 3);
    running.signal("INT");
    assert_eq!(running.status(), Some(0));
}

#[test]
fn what_can_not_be_watched_is_refused_at_once() {
    let project = Project::example("quickstart");
    for (arguments, status) in [
        (&["watch", "elsewhere"][..], 2),
        (&["watch", "customers.xlsx"], 2),
        (&["watch", "--poll", "1ms"], 2),
        (&["watch", "--live"], 4),
    ] {
        let ran = project.run(arguments);
        assert_eq!(ran.status, Some(status), "{arguments:?}: {ran:?}");
    }
    project.replace(
        "customers.flow",
        "source customers",
        "account main { key = env(\"NO_SUCH_KEY\") }\nsource customers",
    );
    let ran = project.run(&["watch"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert!(ran.stderr.contains("NO_SUCH_KEY"), "{ran:?}");
}
