//! Schedules in the loop, by a clock that is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sheetflow::engine::{Because, News};

use super::watched::{How, Watched};
use crate::support::standing_clock;

/// Midnight of a day, UTC.
const MIDNIGHT: i64 = 1_799_971_200;
const HOUR: i64 = 3_600;

const FLOWS: &str = r#"
source people = csv("people.csv")

flow nightly {
  from people
  key No
  at 3:00, 15:00
  upsert customer by metadata.nightly { name = Name; metadata.nightly = No }
}

flow behind {
  from people
  key No
  after nightly
  upsert product by metadata.behind { name = Name; metadata.behind = No }
}

flow saved {
  from people
  key No
  on change
  upsert customer by metadata.saved { name = Name; metadata.saved = No }
}
"#;

fn watched() -> (Watched, Arc<AtomicI64>) {
    let (time, clock) = standing_clock(MIDNIGHT);
    let how = How {
        clock,
        longest_sleep: Duration::from_millis(10),
        ..How::default()
    };
    let files: [(&str, &[u8]); 2] = [
        ("books.flow", FLOWS.as_bytes()),
        ("people.csv", b"No,Name\n1,Ann\n"),
    ];
    (Watched::project(&files, how), time)
}

fn planned(watched: &mut Watched) -> Vec<(String, Vec<Because>)> {
    let news = watched.until("a plan", |news| matches!(news, News::Planned { .. }));
    let News::Planned { flows, .. } = news else {
        unreachable!("a plan was waited for")
    };
    flows
        .iter()
        .map(|flow| (flow.reached.flow.to_string(), flow.reached.because.clone()))
        .collect()
}

fn one(name: &str, because: Because) -> Vec<(String, Vec<Because>)> {
    vec![(name.to_owned(), vec![because])]
}

#[test]
fn flows_run_at_their_times_and_behind_each_other_and_on_change() {
    let (mut watched, time) = watched();
    let News::Upcoming { runs } =
        watched.until("the next runs", |news| matches!(news, News::Upcoming { .. }))
    else {
        unreachable!("the next runs were waited for")
    };
    let shown: Vec<(String, i64)> = runs
        .iter()
        .map(|run| (run.flow.to_string(), run.at.as_second() - MIDNIGHT))
        .collect();
    assert_eq!(shown, [("nightly".to_owned(), 3 * HOUR)]);
    assert_eq!(
        planned(&mut watched),
        one("saved", Because::New),
        "flows with a time of their own wait for it"
    );
    watched.until_applied();

    time.store(MIDNIGHT + 3 * HOUR, Ordering::SeqCst);
    assert_eq!(planned(&mut watched), one("nightly", Because::Schedule));
    assert_eq!(planned(&mut watched), one("behind", Because::Schedule));
    watched.until("the next runs", |news| matches!(news, News::Upcoming { .. }));

    // The machine sleeps over three times: one run makes up for them.
    time.store(MIDNIGHT + (15 + 24) * HOUR + 60, Ordering::SeqCst);
    assert_eq!(planned(&mut watched), one("nightly", Because::Schedule));
    assert_eq!(planned(&mut watched), one("behind", Because::Schedule));
    watched.until("the next runs", |news| matches!(news, News::Upcoming { .. }));

    watched.write("people.csv", "No,Name\n1,Anna\n");
    let rows = Because::Rows("people".into());
    let all: Vec<_> = ["nightly", "behind", "saved"]
        .iter()
        .flat_map(|name| one(name, rows.clone()))
        .collect();
    assert_eq!(
        planned(&mut watched),
        all,
        "a save reaches all that read the sheet, once"
    );
    watched.until_applied();
    // `after nightly` holds for this run too.
    assert_eq!(planned(&mut watched), one("behind", Because::Schedule));
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 2), ("/v1/products", 1)]);
}

#[test]
fn what_was_missed_while_nobody_watched_is_made_up_for_at_the_start() {
    let (mut first, time) = watched();
    first.until_applied();
    time.store(MIDNIGHT + 3 * HOUR, Ordering::SeqCst);
    assert_eq!(planned(&mut first), one("nightly", Because::Schedule));
    assert_eq!(planned(&mut first), one("behind", Because::Schedule));
    first.until_applied();
    let folder = first.stop().into_folder();

    let (_, clock) = standing_clock(MIDNIGHT + 16 * HOUR);
    let how = How {
        clock,
        longest_sleep: Duration::from_millis(10),
        ..How::default()
    };
    let mut second = Watched::start(folder, "books", how);
    let flows = planned(&mut second);
    assert!(flows.contains(&one("nightly", Because::Schedule)[0]), "{flows:?}");
    second.stop();
}
