use std::io::{BufRead, BufReader};
use std::path::Path;

use sheetflow::ledger::{LedgerError, ProjectLock};

use super::crash::again;

const HERE: &str = "ledger::lock::a_killed_process_leaves_no_lock_behind";

#[test]
fn a_second_holder_is_told_who_has_the_lock() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let state = directory.path().join("new").join(".sheetflow");
    let held = ProjectLock::acquire(&state, "`apply` since 09:30").expect("it is free");
    let error = ProjectLock::acquire(&state, "`rollback 7`").expect_err("it is held");
    let me = std::process::id();
    assert_eq!(
        error.to_string(),
        format!(
            "another sheetflow is at work on this project: `apply` since 09:30, process {me} (`{}`)",
            state.join("lock").display()
        )
    );
    drop(held);
    let held = ProjectLock::acquire(&state, "`rollback 7`").expect("it is free again");
    drop(held);
    assert_eq!(std::fs::read_to_string(state.join("lock")).expect("it reads"), "");
}

#[test]
fn a_damaged_lock_file_still_locks() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let held = ProjectLock::acquire(directory.path(), "`apply`").expect("it is free");
    std::fs::write(directory.path().join("lock"), b"\xff\x1b[2J".repeat(999)).expect("it is written");
    let error = ProjectLock::acquire(directory.path(), "`apply`").expect_err("it is held");
    assert!(
        !error.to_string().contains('\u{1b}') && error.to_string().len() < 2_000,
        "{error}"
    );
    drop(held);
}

#[test]
fn a_lock_that_cannot_be_made_is_an_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "").expect("it is written");
    let error = ProjectLock::acquire(&file, "`apply`").expect_err("a file is no directory");
    assert!(matches!(error, LedgerError::Open { .. }), "{error}");
}

#[test]
fn a_killed_process_leaves_no_lock_behind() {
    if let Some(directory) = again::directory() {
        return hold_for_ever(&directory);
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut child = again::start(HERE, directory.path());
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.ends_with("held"))));
    let error = ProjectLock::acquire(directory.path(), "`apply`").expect_err("the child holds it");
    assert!(
        error.to_string().contains(&format!("process {}", child.id())),
        "{error}"
    );
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    ProjectLock::acquire(directory.path(), "`apply`").expect("it is free");
}

fn hold_for_ever(directory: &Path) {
    let _held = ProjectLock::acquire(directory, "`apply`").expect("it is free");
    again::say("held");
    loop {
        std::thread::park();
    }
}
