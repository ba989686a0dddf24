use std::collections::BTreeMap;

use expect_test::expect;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::{Driven, flows, instant};

/// Three days around each change of the clock: zone, a time of day inside the gap or the repeated hour, and the
/// day before the change.
const CHANGES: [(&str, &str, &str); 10] = [
    ("Europe/Kyiv", "03:30", "2026-03-28"),
    ("Europe/Kyiv", "03:30", "2026-10-24"),
    ("America/New_York", "02:15", "2026-03-07"),
    ("America/New_York", "01:15", "2026-10-31"),
    ("Australia/Lord_Howe", "02:10", "2026-10-03"),
    ("Australia/Lord_Howe", "01:40", "2026-04-04"),
    ("America/Santiago", "00:20", "2026-09-05"),
    ("America/Santiago", "23:20", "2026-04-04"),
    ("Africa/Casablanca", "02:45", "2026-03-21"),
    ("UTC", "02:30", "2026-03-28"),
];

/// Gives a zone as the program knows it: what the machine knows of it may be older.
fn bundled(name: &str) -> TimeZone {
    let zone = TimeZoneDatabase::bundled().get(name);
    zone.expect("the zone is known")
}

/// Gives the times at which a flow that runs at a time of the day must run, found minute by minute: when the
/// clock shows the time first, or when it has jumped over it.
fn expected(zone: &TimeZone, shown: &str, begin: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let (hour, minute) = shown.split_once(':').expect("a time of the day");
    let wanted: (i8, i8) = (hour.parse().expect("an hour"), minute.parse().expect("a minute"));
    let wanted_minute = i32::from(wanted.0) * 60 + i32::from(wanted.1);
    let minute_of = |zoned: &Zoned| i32::from(zoned.hour()) * 60 + i32::from(zoned.minute());
    let mut found = BTreeMap::new();
    let mut before = begin.to_zoned(zone.clone());
    let mut now = begin;
    while now < end {
        now += SignedDuration::from_mins(1);
        let zoned = now.to_zoned(zone.clone());
        let shows = minute_of(&zoned) == wanted_minute;
        let (from, to) = (before.datetime(), zoned.datetime());
        let at = zoned.date().at(wanted.0, wanted.1, 0, 0);
        let jumped = from < at && at < to;
        if shows || jumped {
            found.entry(at).or_insert(now);
        }
        before = zoned;
    }
    found.into_values().collect()
}

#[test]
fn three_days_across_a_change_of_the_clock_have_every_run_at_its_time_once() {
    for (zone_name, time, day) in CHANGES {
        let zone = bundled(zone_name);
        let day: Date = day.parse().expect("a day");
        let midnight = |day: Date| day.to_zoned(zone.clone()).expect("a midnight").timestamp();
        let (begin, end) = (midnight(day), midnight(day + 3.days()));
        let (hour, minute) = time.split_once(':').expect("a time of the day");
        let short = format!(
            "clock: at {time} in \"{zone_name}\"
             fields: cron \"{minute} {hour} * * *\" in \"{zone_name}\"
             behind: after clock
             hourly: every 1h"
        );
        let mut driven = Driven::new(&short, &begin.to_string());
        driven.run_until(&end.to_string());
        let runs = |name: &str| -> Vec<Timestamp> {
            let runs = driven.runs.iter().filter(|(_, flow)| **flow == *name);
            runs.map(|(time, _)| *time).collect()
        };

        let wanted = expected(&zone, time, begin, end);
        assert_eq!(wanted.len(), 3, "{zone_name} {day}: {wanted:?}");
        assert_eq!(runs("clock"), wanted, "{zone_name} {day}");
        assert_eq!(runs("fields"), wanted, "{zone_name} {day}");
        let behind: Vec<Timestamp> = wanted
            .iter()
            .map(|time| *time + SignedDuration::from_mins(1))
            .collect();
        assert_eq!(runs("behind"), behind, "{zone_name} {day}");
        let hours: Vec<Timestamp> = (0..)
            .map(|hour| begin + SignedDuration::from_hours(hour))
            .take_while(|time| *time <= end)
            .collect();
        assert_eq!(runs("hourly"), hours, "{zone_name} {day}");
    }
}

#[test]
fn a_weekend_in_which_the_clock_jumps_reads_so() {
    let mut driven = Driven::new(
        "customers: at 03:30, 12:00 in \"Europe/Kyiv\"
         invoices after customers: cron \"30 3 * * *\" in \"Europe/Kyiv\"
         report: after invoices
         often: cron \"0 */6 * * *\" in \"Europe/Kyiv\"",
        "2026-03-28T00:00:00+02:00",
    );
    let runs = driven.run_until("2026-03-30T00:00:00+03:00");
    expect![[r#"
        28 01:30:00 customers
        28 01:31:00 invoices
        28 01:32:00 report
        28 04:00:00 often
        28 10:00:00 customers
        28 10:00:00 often
        28 16:00:00 often
        28 22:00:00 often
        29 01:00:00 customers
        29 01:01:00 invoices
        29 01:02:00 report
        29 03:00:00 often
        29 09:00:00 customers
        29 09:00:00 often
        29 15:00:00 often
        29 21:00:00 often
    "#]]
    .assert_eq(&(runs.join("\n") + "\n"));
}

#[test]
fn a_year_of_days_has_each_time_once_in_every_zone() {
    let year = (instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z"));
    for (zone_name, time, _) in CHANGES {
        let zone = bundled(zone_name);
        let flow = &flows(&format!("a: at {time} in \"{zone_name}\""))[0];
        let wanted = expected(&zone, time, year.0, year.1);
        let mut from = year.0;
        for time in wanted {
            from = flow.schedules[0].next_after(from).expect("there is a next time");
            assert_eq!(from, time, "{zone_name}");
        }
    }
}
