//! Saves at bad moments: half done, while something else goes on, in places that are not there yet.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::time::Duration;

use sheetflow::engine::{News, Problem};
use sheetflow::watch::{DifferenceKind, Notice};

use super::saves::What;
use super::watched::{How, Watched, with_files};

const FLOW: &str = r#"source people = csv("people.csv")

flow people {
  from people
  key No
  upsert customer by email { email = Email; name = Name }
}
"#;

fn people(rows: &str) -> Watched {
    let rows = format!("No,Email,Name\n{rows}");
    let files: [(&str, &[u8]); 2] = [("people.flow", FLOW.as_bytes()), ("people.csv", rows.as_bytes())];
    let mut watched = Watched::project(&files, How::default());
    watched.until_applied();
    watched
}

fn generations(told: &[News]) -> usize {
    told.iter()
        .filter(|news| matches!(news, News::Replaced { .. }))
        .count()
}

/// Writes a sheet in pieces with a pause between them, and closes it at the end.
fn write_slowly(watched: &mut Watched, pieces: usize, pause: Duration) {
    let mut file = File::create(watched.path("people.csv")).expect("it is emptied");
    file.write_all(b"No,Email,Name\n").expect("it is written");
    for piece in 0..pieces {
        let mut rows = String::new();
        for row in 0..2 {
            let number = piece * 2 + row;
            rows.push_str(&format!("{number},p{number}@example.com,Person {number}\n"));
        }
        // The last row of a piece is cut in the middle, as a full buffer is.
        let cut = rows.len() - 9;
        file.write_all(&rows.as_bytes()[..cut]).expect("it is written");
        watched.for_a_while(pause);
        file.write_all(&rows.as_bytes()[cut..]).expect("it is written");
    }
}

#[test]
fn a_sheet_that_is_written_slowly_is_read_when_it_is_whole() {
    let mut watched = people("1,ann@example.com,Ann\n");
    let before = generations(&watched.told);
    write_slowly(&mut watched, 60, Duration::from_millis(20));
    let News::Applied { totals, .. } = watched.until_applied() else {
        unreachable!("a run was waited for")
    };
    assert_eq!(
        (totals.records, totals.rejected, totals.failed),
        (120, 0, 0),
        "{:#?}",
        watched.told
    );
    assert_eq!(generations(&watched.told), before + 1);
    watched.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn a_writer_that_pauses_longer_than_the_quiet_is_waited_for_while_it_has_the_file_open() {
    let mut watched = people("1,ann@example.com,Ann\n");
    let before = generations(&watched.told);
    write_slowly(&mut watched, 4, Duration::from_millis(500));
    let News::Applied { totals, .. } = watched.until_applied() else {
        unreachable!("a run was waited for")
    };
    assert_eq!((totals.records, totals.rejected), (8, 0), "{:#?}", watched.told);
    assert_eq!(generations(&watched.told), before + 1);
    watched.stop();
}

#[test]
fn a_workbook_that_an_office_program_has_open_is_read_when_it_is_closed() {
    let mut watched = Watched::project(
        &[
            ("people.flow", &What::Flow.content(0)),
            ("people.csv", &What::Csv.content(0)),
            ("staff.xlsx", &What::Xlsx.content(0)),
            ("code.wat", &What::Plugin.content(0)),
        ],
        How::default(),
    );
    watched.until_applied();
    for lock in [".~lock.staff.xlsx#", "~$staff.xlsx"] {
        let before = generations(&watched.told);
        watched.write(lock, "Ann");
        watched.write("staff.xlsx", What::Xlsx.content(lock.len()));
        let notice = watched.until("the lock", |news| matches!(news, News::Notice(_)));
        let News::Notice(Notice::Locked { file, .. }) = notice else {
            unreachable!("it is about the lock: {notice:?}")
        };
        assert_eq!(file.to_str(), Some("staff.xlsx"));
        assert_eq!(generations(&watched.told), before);
        fs::remove_file(watched.path(lock)).expect("the program closes the workbook");
        watched.until_applied();
        assert_eq!(generations(&watched.told), before + 1);
    }
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1), ("/v1/products", 1)]);
}

#[test]
fn a_folder_that_appears_later_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let flow = FLOW.replace("csv(\"people.csv\")", "csv(\"later/deep/people.csv\")");
    let folder = with_files(folder, "books", &[("people.flow", flow.as_bytes())]);
    let mut watched = Watched::start(folder, "books", How::default());
    let kept = watched.until("the problem", |news| matches!(news, News::Kept { .. }));
    assert!(
        matches!(
            kept,
            News::Kept {
                running: None,
                problem: Problem::Diagnostics { .. }
            }
        ),
        "{kept:?}"
    );
    fs::create_dir_all(watched.path("later/deep")).expect("folders");
    watched.write("later/deep/people.csv", "No,Email,Name\n1,ann@example.com,Ann\n");
    assert_eq!(watched.until_generation(), 1);
    watched.until_applied();

    // And when it is moved in as a whole, in the place of the one that was there.
    fs::create_dir_all(watched.path("other/deep")).expect("folders");
    watched.write("other/deep/people.csv", "No,Email,Name\n1,ann@example.com,Anna\n");
    fs::rename(watched.path("later"), watched.path("former")).expect("it moves away");
    fs::rename(watched.path("other"), watched.path("later")).expect("it moves in");
    watched.until_applied();
    watched.write("later/deep/people.csv", "No,Email,Name\n1,ann@example.com,Anne\n");
    watched.until_applied();
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1)]);
}

#[test]
fn a_sheet_that_is_gone_is_missed_and_found_again() {
    let mut watched = people("1,ann@example.com,Ann\n");
    fs::remove_file(watched.path("people.csv")).expect("it goes");
    let news = watched.until("the change", |news| matches!(news, News::Changed { .. }));
    let News::Changed { files } = news else {
        unreachable!("a change was waited for")
    };
    assert_eq!(files[0].kind, DifferenceKind::Gone);
    let kept = watched.until("the warning", |news| matches!(news, News::Kept { .. }));
    let News::Kept { running, .. } = kept else {
        unreachable!("it is kept")
    };
    assert_eq!(running.map(|running| running.generation), Some(1));
    watched.write("people.csv", "No,Email,Name\n1,ann@example.com,Anna\n");
    assert_eq!(watched.until_generation(), 2);
    watched.until_applied();
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1)]);
}

#[test]
fn new_flows_and_deleted_ones_count() {
    let mut watched = people("1,ann@example.com,Ann\n");
    let more = FLOW
        .replace("source people = csv(\"people.csv\")\n\n", "")
        .replace("flow people", "flow again");
    watched.write("again.flow", &more);
    assert_eq!(watched.until_generation(), 2);
    watched.until_applied();
    fs::remove_file(watched.path("again.flow")).expect("it goes");
    assert_eq!(watched.until_generation(), 3);
    assert!(matches!(watched.told.last(), Some(News::Replaced { reached, .. }) if reached.is_empty()));
    watched.stop();
}

#[test]
fn files_are_looked_at_where_nobody_tells_of_saves() {
    let rows = "No,Email,Name\n1,ann@example.com,Ann\n";
    let files: [(&str, &[u8]); 2] = [("people.flow", FLOW.as_bytes()), ("people.csv", rows.as_bytes())];
    let how = How {
        poll: Some(Duration::from_millis(100)),
        ..How::default()
    };
    let mut watched = Watched::project(&files, how);
    watched.until_applied();
    assert!(
        matches!(watched.told[0], News::Notice(Notice::Polling { .. })),
        "{:#?}",
        watched.told[0]
    );
    watched.write("people.csv", rows.replace("Ann", "Anna"));
    watched.until_applied();
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1)]);
}

#[test]
fn appended_rows_of_a_file_that_stays_open_are_read_once_it_rests() {
    let mut watched = people("1,ann@example.com,Ann\n");
    let mut file = OpenOptions::new()
        .append(true)
        .open(watched.path("people.csv"))
        .expect("it opens");
    file.write_all(b"2,bob@example.com,Bob\n").expect("it is written");
    file.flush().expect("it is written");
    watched.until_applied();
    drop(file);
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 2)]);
}
