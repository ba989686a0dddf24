//! A process is killed while it commits. What it was told to be durable must be there.

use std::io::{BufRead, BufReader};
use std::path::Path;

use sheetflow::ledger::{Entry, Ledger, Page, RecordOutcome, ResultPage, RunId, SqliteLedger};

use super::sample::{intent, result, start};

const HERE: &str = "ledger::crash::every_acknowledged_commit_survives_a_kill";

/// Starting this test program again, for one test, to have a process that may be killed.
pub(super) mod again {
    use std::io::Write;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};

    const DIRECTORY: &str = "SHEETFLOW_TEST_CHILD";

    /// Gives the directory to work in when this process is such a child.
    pub(in crate::ledger) fn directory() -> Option<PathBuf> {
        std::env::var_os(DIRECTORY).map(PathBuf::from)
    }

    pub(in crate::ledger) fn start(test: &str, directory: &Path) -> Child {
        Command::new(std::env::current_exe().expect("this program has a path"))
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(DIRECTORY, directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts")
    }

    /// Writes a line at once, past the test harness. The parent may be gone: then so is this process.
    pub(in crate::ledger) fn say(line: &str) {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")
            .and_then(|()| out.flush())
            .expect("the parent listens");
    }
}

#[test]
fn every_acknowledged_commit_survives_a_kill() {
    if let Some(directory) = again::directory() {
        return runtime().block_on(commit_for_ever(&directory.join("ledger.db")));
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("ledger.db");
    runtime().block_on(async {
        let ledger = SqliteLedger::open(&path).await.expect("it opens");
        start(&ledger).await;
        ledger.close().await;
    });
    for acknowledged in [1, 60, 7, 33] {
        let acknowledged = kill_after(acknowledged, directory.path());
        let kept = runtime().block_on(kept(&path));
        assert!(
            acknowledged <= kept,
            "{acknowledged} were acknowledged, {kept} are there"
        );
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts")
}

/// Commits pairs of entries, numbered on from what is there, and says each number once it is durable.
async fn commit_for_ever(path: &Path) {
    let first = kept(path).await;
    let ledger = SqliteLedger::open(path).await.expect("it opens");
    for number in first + 1.. {
        let record = number.to_string();
        let entries = vec![
            Entry::Intent(intent(&record, "customer", 1)),
            Entry::Result(result(&record, RecordOutcome::Created)),
        ];
        ledger.commit(entries).await.expect("it is kept");
        again::say(&format!("kept {number}"));
    }
}

/// Kills a child when it has acknowledged so many commits, and gives the last that it acknowledged.
fn kill_after(commits: usize, directory: &Path) -> usize {
    let mut child = again::start(HERE, directory);
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut said = lines
        .by_ref()
        .map_while(Result::ok)
        .filter_map(|line| number_of(&line));
    let before = said.nth(commits - 1).expect("the child commits");
    child.kill().expect("it is killed");
    let last = said.last().unwrap_or(before);
    child.wait().expect("it ends");
    last
}

/// Reads `kept 7`, also behind what the test harness has written on the same line.
fn number_of(line: &str) -> Option<usize> {
    line.rsplit_once("kept ")?.1.parse().ok()
}

/// Counts the commits that are there, from the first on and without a gap, and checks that each is whole.
async fn kept(path: &Path) -> usize {
    let ledger = SqliteLedger::open(path).await.expect("it opens after a kill");
    let all = ResultPage {
        flow: None,
        outcomes: Vec::new(),
        page: Page::first(100_000),
    };
    let results = ledger.results(RunId(1), &all).await.expect("it reads").items;
    let mut opened: Vec<_> = ledger
        .open_intents(None)
        .await
        .expect("it reads")
        .into_iter()
        .map(|intent| intent.key)
        .collect();
    let numbered: Vec<_> = (1..=results.len())
        .map(|number| super::sample::key(&number.to_string()))
        .collect();
    let recorded: Vec<_> = results.into_iter().filter_map(|result| result.key).collect();
    assert_eq!(recorded, numbered);
    opened.sort();
    let mut sorted = numbered;
    sorted.sort();
    assert_eq!(opened, sorted);
    ledger.close().await;
    sorted.len()
}
