//! What `sheetflow check` costs on a project of 500 lines, beside a process that does nothing.
//!
//! `cargo bench --bench check`
#![expect(
    clippy::disallowed_methods,
    reason = "a bench starts programs, makes files and reads clocks"
)]
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]
#![expect(clippy::expect_used, reason = "a bench that can't go on fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sheetflow");
const ROUNDS: usize = 41;
const LINES: usize = 500;

fn main() {
    let project = tempfile::tempdir().expect("a temporary directory");
    let lines = write_project(project.path());
    // In turns, so that what else the machine does meets both alike.
    let (mut empty, mut checked) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        empty.push(time(Command::new(PROGRAM).arg("--version")));
        checked.push(time(Command::new(PROGRAM).arg("check").arg(project.path())));
    }
    let (empty, checked) = (median(empty), median(checked));
    println!("{lines} lines of flows in 10 files, median of {ROUNDS} processes each\n");
    println!("{:<24}{:>10.2?}", "an empty process", empty);
    println!("{:<24}{:>10.2?}", "sheetflow check", checked);
    println!(
        "{:<24}{:>10.2?}",
        "the check itself",
        checked.saturating_sub(empty)
    );
}

/// Writes ten files with as many flows as come to 500 lines, over one sheet. Gives the lines.
fn write_project(folder: &Path) -> usize {
    fs::write(
        folder.join("people.csv"),
        "No,Email,Name,Street,Country,Amount\n1,ann@example.com,Ann,12 Elm Street,us,12.50\n",
    )
    .expect("the sheet is written");
    let mut all = 1;
    fs::write(
        folder.join("sources.flow"),
        "source people = csv(\"people.csv\")\n",
    )
    .expect("a flow");
    for file in 0..10 {
        let mut text = String::new();
        for flow in 0..(LINES / 10 / 12) {
            let _ = write!(
                text,
                "flow people_{file}_{flow} {{
  from people where Country is not empty
  key  No
  require Email is not empty else \"no address in row {{No}}\"
  upsert customer by email {{
    email           = Email | trim | lower
    name            = Name
    address.line1   = Street
    address.country = Country | upper
    balance         = cents(Amount, \"usd\")
  }}
}}
"
            );
        }
        all += text.lines().count();
        fs::write(folder.join(format!("people_{file}.flow")), text).expect("a flow is written");
    }
    all
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program runs");
    assert!(status.success(), "{command:?}");
    start.elapsed()
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort();
    rounds[ROUNDS / 2]
}
