//! How long a save takes to become the running generation, beside what the system and the wait for quiet cost.
//!
//! `cargo bench --bench watch` prints a table; `-- --saves N` changes the number of saves of each kind.
//! `-- --hours N` lets so many hours of saves and schedules pass at high speed by a clock of its own, and prints
//! memory, files and watches of the process as they go by.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench makes files, starts threads and programs, and reads clocks"
)]
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]
#![expect(clippy::expect_used, reason = "a bench that can't go on stops")]

use std::fs;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use notify::{RecursiveMode, Watcher as _};
use sheetflow::engine::{
    Audience, LONGEST_SLEEP, News, Options, Planning, Progress, Question, Report, Selection, Service,
    ServiceSettings, Target,
};
use sheetflow::model::Clock;
use sheetflow::watch::{Settings, Timing};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<usize>().ok()
    };
    match number("--hours") {
        Some(hours) => let_hours_pass(hours),
        None => measure_saves(number("--saves").unwrap_or(40)),
    }
}

/// A project that is watched on a thread of its own.
struct Watched {
    folder: TempDir,
    reports: Receiver<(Instant, News)>,
    stop: tokio::sync::watch::Sender<bool>,
    thread: JoinHandle<()>,
}

struct Listener(Sender<(Instant, News)>);

impl Audience for Listener {
    fn tell(&self, report: Report) {
        // A bench that is over listens no more.
        let _ = self.0.send((Instant::now(), report.news));
    }

    fn approve(&self, _question: Question) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(std::future::ready(false))
    }
}

impl Watched {
    fn start(schedule: &str, (target, clock, longest_sleep): (Target, Clock, Duration)) -> Watched {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, _) in KINDS {
            fs::write(folder.path().join(name), content(name, 0, schedule)).expect("a file");
        }
        let settings = ServiceSettings {
            path: folder.path().to_owned(),
            options: Options {
                state_directory: None,
                target,
                live: false,
                offline: false,
                threads: NonZeroUsize::MIN,
                selection: Selection::default(),
                planning: Planning::default(),
                clock,
            },
            plan_only: false,
            watch: Settings::default(),
            longest_sleep,
            progress: Progress::default(),
        };
        let (sender, reports) = channel();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let thread = std::thread::spawn(move || {
            let listener = Listener(sender);
            // As the program's own.
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .max_blocking_threads(32)
                .build();
            runtime.expect("a runtime").block_on(async {
                let started = Service::start(settings, &listener, stopped).await;
                let (service, _handle) = started.expect("there is a project");
                service.run().await.expect("the loop comes to its end");
            });
        });
        Watched {
            folder,
            reports,
            stop,
            thread,
        }
    }

    fn until(&self, wanted: impl Fn(&News) -> bool) -> Instant {
        let mut last = None;
        loop {
            let Ok((at, news)) = self.reports.recv_timeout(PATIENCE) else {
                unreachable!("nothing more was told in time; last: {last:#?}");
            };
            last = Some(format!("{news:?}"));

            if wanted(&news) {
                return at;
            }
        }
    }

    fn stop(self) {
        self.stop.send_replace(true);
        self.thread.join().expect("the loop ends well");
    }
}

const KINDS: [(&str, &str); 4] = [
    ("people.flow", "a flow"),
    ("code.wat", "a plugin"),
    ("people.csv", "a CSV file"),
    ("prices.csv", "a sheet to look into"),
];

/// Makes the content of a file's `count`th save. A plugin has two contents, so that its code is in the cache.
fn content(name: &str, count: usize, schedule: &str) -> String {
    match name {
        "people.flow" => format!(
            r#"source people = csv("people.csv")
source prices = csv("prices.csv")
use code from "code.wat"

flow people {{
  from people
  key No
  {schedule}
  upsert customer by email {{
    email         = Email
    name          = "{{Name}} {{lookup(prices, No, No, Name)}}"
    metadata.code = "{{code.next(integer(No))}}"
    metadata.save = "{count}"
  }}
}}
"#
        ),
        "code.wat" => format!(
            r#"(component
  (core module $m (func (export "next") (param i64) (result i64) (i64.add (local.get 0) (i64.const {}))))
  (core instance $i (instantiate $m))
  (func (export "next") (param "number" s64) (result s64) (canon lift (core func $i "next"))))"#,
            count % 2
        ),
        "people.csv" => {
            let rows: String = (0..100)
                .map(|row| {
                    format!(
                        "{row},p{row}@example.com,Person {}\n",
                        if row == 0 { count } else { row }
                    )
                })
                .collect();
            format!("No,Email,Name\n{rows}")
        }
        _ => format!("No,Name\n0,Desk {count}\n"),
    }
}

fn save_in_place(path: &Path, text: &str) {
    fs::write(path, text).expect("it is written");
}

fn save_by_rename(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).expect("it is written");
    fs::rename(new, path).expect("it takes the name");
}

fn measure_saves(saves: usize) {
    let way = (Target::Sandbox, Clock::new(Timestamp::now), LONGEST_SLEEP);
    let watched = Watched::start("on change", way);
    watched.until(|news| matches!(news, News::Applied { .. }));
    println!("milliseconds from the end of a save, {saves} saves each\n");
    println!("{:44}{:>10}{:>10}", "", "median", "worst");
    let bare = bare_events(saves);
    show("a bare notify watcher hears of it", bare);
    println!(
        "{:44}{:>10}{:>10}",
        "the quiet that is waited for",
        Timing::default().ended.as_millis(),
        ""
    );
    let mut count = 0;
    for (name, kind) in KINDS {
        for (way, save) in [
            ("in place", save_in_place as fn(&Path, &str)),
            ("by rename", save_by_rename),
        ] {
            let mut times = Vec::new();
            for _ in 0..saves {
                count += 1;
                save(
                    &watched.folder.path().join(name),
                    &content(name, count, "on change"),
                );
                let saved = Instant::now();
                let replaced = watched.until(|news| matches!(news, News::Replaced { .. }));
                times.push(replaced.saturating_duration_since(saved));
                watched.until(|news| matches!(news, News::Applied { .. }));
            }
            show(&format!("{kind}, {way}: a new generation runs"), times);
        }
    }
    watched.stop();
}

/// Measures how long the system takes to tell of a save.
fn bare_events(saves: usize) -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.flow");
    let (sender, events) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // A bench that is over listens no more.
        let _ = sender.send((Instant::now(), event.is_ok()));
    })
    .expect("a watcher");
    watcher
        .watch(folder.path(), RecursiveMode::NonRecursive)
        .expect("it is watched");
    (0..saves)
        .map(|count| {
            while events.try_recv().is_ok() {}
            let begun = Instant::now();
            save_by_rename(&path, &count.to_string());
            let mut last = begun;
            // The last event of the save is the one that counts.
            while let Ok((at, _)) = events.recv_timeout(Duration::from_millis(20)) {
                last = at;
            }
            last.saturating_duration_since(begun)
        })
        .collect()
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let milliseconds = |time: &Duration| format!("{}.{}", time.as_millis(), time.as_micros() % 1_000 / 100);
    let median = times.get(times.len() / 2).map(milliseconds).unwrap_or_default();
    let worst = times.last().map(milliseconds).unwrap_or_default();
    println!("{what:44}{median:>10}{worst:>10}");
}

/// Lets hours pass: every minute the flow runs, and twice a minute something is saved; each tenth save can't run.
fn let_hours_pass(hours: usize) {
    const START: i64 = 1_800_000_000;
    let sandbox = SandboxProcess::start();
    let time = Arc::new(AtomicI64::new(START));
    let now = Arc::clone(&time);
    let clock = Clock::new(move || Timestamp::from_second(now.load(Ordering::SeqCst)).expect("a time"));
    let way = (
        Target::Server(sandbox.url.clone()),
        clock,
        Duration::from_millis(5),
    );
    let watched = Watched::start("every 1m", way);
    watched.until(|news| matches!(news, News::Applied { .. }));
    println!(
        "{:>6}{:>8}{:>8}{:>12}{:>8}{:>10}{:>10}",
        "hour", "saves", "runs", "memory KiB", "files", "threads", "watches"
    );
    let (mut saves, mut runs) = (0, 0);
    for minute in 0..hours * 60 {
        if minute % 60 == 0 {
            show_process(minute / 60, saves, runs);
        }
        for _ in 0..2 {
            saves += 1;
            save(&watched, saves);
        }
        let now = time.fetch_add(60, Ordering::SeqCst) + 60;
        watched.until(
            |news| matches!(news, News::Upcoming { runs } if runs.iter().all(|run| run.at.as_second() > now)),
        );
        runs += 1;
    }
    show_process(hours, saves, runs);
    watched.stop();
}

/// Saves one thing after the other, and waits for what comes of it.
fn save(watched: &Watched, count: usize) {
    let (name, _) = KINDS[count % KINDS.len()];
    let path = watched.folder.path().join(name);
    // Counted by rounds: each save of a plugin has the other one of its two contents.
    let text = content(name, count / KINDS.len() + 1, "every 1m");
    if count.is_multiple_of(10) {
        let broken = watched.folder.path().join("people.flow");
        save_by_rename(
            &broken,
            &content("people.flow", count, "every 1m").replace("= Email", "= Emial"),
        );
        watched.until(|news| matches!(news, News::Kept { .. }));
        save_by_rename(&broken, &content("people.flow", count, "every 1m"));
    } else {
        save_by_rename(&path, &text);
    }
    watched.until(|news| matches!(news, News::Replaced { .. }));
}

fn show_process(hour: usize, saves: usize, runs: usize) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next().map(str::to_owned))
            .unwrap_or_default()
    };
    println!(
        "{hour:>6}{saves:>8}{runs:>8}{:>12}{:>8}{:>10}{:>10}",
        field("VmRSS:"),
        files().len(),
        field("Threads:"),
        watches(),
    );
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir("/proc/self/fd").into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Counts the folders that the system watches for this process.
fn watches() -> usize {
    let infos = files().into_iter().filter_map(|file| {
        let info = Path::new("/proc/self/fdinfo").join(file.file_name()?);
        fs::read_to_string(info).ok()
    });
    infos
        .map(|info| info.lines().filter(|line| line.starts_with("inotify")).count())
        .sum()
}

/// A sandbox in a process of its own, so that what it remembers is not counted.
struct SandboxProcess {
    child: Child,
    url: String,
}

impl SandboxProcess {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sheetflow"))
            .args(["sandbox", "--port", "0", "--format", "json"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let stdout = child.stdout.take().expect("its output");
        let url = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, url) = line.split_once("\"base_url\": \"")?;
                Some(url.split('"').next()?.to_owned())
            })
            .expect("its address");
        SandboxProcess { child, url }
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
