//! Saves that can't run: what ran goes on, and the ledger names the generation of each run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sheetflow::engine::News;

use super::saves::What;
use super::watched::{How, Watched};
use crate::support::standing_clock;

/// Noon of a day.
const NOON: i64 = 1_800_014_400;

/// A project whose flows run every hour, by a clock that is moved by hand.
fn hourly() -> (Watched, Arc<AtomicI64>) {
    let (time, clock) = standing_clock(NOON);
    let how = How {
        clock,
        longest_sleep: Duration::from_millis(10),
        ..How::default()
    };
    let flow = flow();
    let files: [(&str, &[u8]); 4] = [
        ("people.flow", flow.as_bytes()),
        ("people.csv", &What::Csv.content(0)),
        ("staff.xlsx", &What::Xlsx.content(0)),
        ("code.wat", &What::Plugin.content(0)),
    ];
    let mut watched = Watched::project(&files, how);
    watched.until_applied();
    (watched, time)
}

fn flow() -> String {
    let text = String::from_utf8(What::Flow.content(0)).expect("text");
    text.replace("  key No\n", "  key No\n  every 1h\n")
}

/// Waits till a broken save was told of; the generation that goes on running.
fn until_kept(watched: &mut Watched) -> u32 {
    let kept = watched.until("what is kept", |news| matches!(news, News::Kept { .. }));
    let News::Kept {
        running: Some(running),
        ..
    } = kept
    else {
        unreachable!("something runs: {kept:?}")
    };
    running.generation
}

/// Lets an hour pass, and waits for the run of it.
fn an_hour_later(watched: &mut Watched, time: &AtomicI64) -> (u32, u64, u64) {
    time.fetch_add(3_600, Ordering::SeqCst);
    let News::Applied {
        generation, totals, ..
    } = watched.until_applied()
    else {
        unreachable!("a run was waited for")
    };
    (*generation, totals.created, totals.updated)
}

/// Waits for the run of the good save. The ledger has two runs of the first generation, and one of the second.
fn the_second_generation_takes_over(mut watched: Watched) {
    let News::Applied {
        generation, totals, ..
    } = watched.until_applied()
    else {
        unreachable!("a run was waited for")
    };
    assert_eq!((*generation, totals.updated), (2, 2));
    let stopped = watched.stop();
    let generations: Vec<u32> = stopped.generations().into_values().collect();
    assert_eq!(generations, [1, 1, 2]);
    stopped.shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 2), ("/v1/products", 1)]);
}

#[test]
fn after_a_broken_flow_the_old_generation_runs_till_a_good_one_comes() {
    let (mut watched, time) = hourly();
    watched.write(
        "people.flow",
        flow().replace("email         = Email", "email         = Emial"),
    );
    assert_eq!(until_kept(&mut watched), 1);
    // A further row comes while the flow is broken.
    let rows = [&What::Csv.content(0)[..], b"2,bob@example.com,Bob\n"].concat();
    watched.write("people.csv", rows);
    assert_eq!(until_kept(&mut watched), 1);
    assert_eq!(
        an_hour_later(&mut watched, &time),
        (1, 1, 0),
        "the old flow sends it"
    );
    watched.write("people.flow", flow().replace("\"0\"", "\"1\""));
    the_second_generation_takes_over(watched);
}

#[test]
fn a_plugin_whose_new_signature_breaks_a_call_is_not_taken() {
    let (mut watched, time) = hourly();
    let plugin = String::from_utf8(What::Plugin.content(5)).expect("text");
    watched.write(
        "code.wat",
        plugin.replace(
            "(export \"next\") (param \"number\"",
            "(export \"previous\") (param \"number\"",
        ),
    );
    assert_eq!(until_kept(&mut watched), 1);
    let rows = [&What::Csv.content(0)[..], b"2,bob@example.com,Bob\n"].concat();
    watched.write("people.csv", rows);
    assert_eq!(until_kept(&mut watched), 1);
    assert_eq!(
        an_hour_later(&mut watched, &time),
        (1, 1, 0),
        "the old plugin is called"
    );
    watched.write("code.wat", plugin);
    the_second_generation_takes_over(watched);
}

#[test]
fn a_sheet_that_lost_a_column_is_not_read_and_the_other_flow_runs() {
    let (mut watched, time) = hourly();
    // Without the column of e-mail addresses, names would stand in their place.
    watched.write("people.csv", "No,Name\n1,Ann\n");
    assert_eq!(until_kept(&mut watched), 1);
    watched.write("staff.xlsx", What::Xlsx.content(9));
    assert_eq!(until_kept(&mut watched), 1);
    time.fetch_add(3_600, Ordering::SeqCst);
    let failed = watched.until("the refusal", |news| matches!(news, News::Failed { .. }));
    let News::Failed { flows, problem, .. } = failed else {
        unreachable!("a failure was waited for")
    };
    assert_eq!(flows.len(), 1);
    assert_eq!(&*flows[0], "people");
    let message = serde_json::json!(problem)["message"].to_string();
    assert!(
        message.contains("columns of `people.csv` have changed"),
        "{message}"
    );
    let News::Applied {
        generation, totals, ..
    } = watched.until_applied()
    else {
        unreachable!("a run was waited for")
    };
    assert_eq!((*generation, totals.updated), (1, 1), "the desk has its new name");
    watched.write("people.csv", What::Csv.content(3));
    let News::Applied {
        generation, totals, ..
    } = watched.until_applied()
    else {
        unreachable!("a run was waited for")
    };
    assert_eq!((*generation, totals.updated), (2, 1));
    let stopped = watched.stop();
    let generations: Vec<u32> = stopped.generations().into_values().collect();
    assert_eq!(generations, [1, 1, 2]);
    stopped.shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1), ("/v1/products", 1)]);
}

#[test]
fn a_project_that_is_broken_at_the_start_runs_once_it_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = flow().replace("from people", "from peple");
    let files: [(&str, &[u8]); 4] = [
        ("people.flow", broken.as_bytes()),
        ("people.csv", &What::Csv.content(0)),
        ("staff.xlsx", &What::Xlsx.content(0)),
        ("code.wat", &What::Plugin.content(0)),
    ];
    let folder = super::watched::with_files(folder, "books", &files);
    let mut watched = Watched::start(folder, "books", How::default());
    let kept = watched.until("the problem", |news| matches!(news, News::Kept { .. }));
    assert!(matches!(kept, News::Kept { running: None, .. }), "{kept:?}");
    assert_eq!(watched.handle().generation(), None);
    watched.write("people.flow", flow());
    assert_eq!(watched.until_generation(), 1);
    watched.until_applied();
    assert_eq!(watched.handle().generation().map(|(number, _)| number), Some(1));
    watched.stop();
}
