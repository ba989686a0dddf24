use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::cron::Cron;
use super::flow::Flow;

/// When a flow runs by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// `every D`: that long after the last run began.
    Every(Duration),
    /// `at 12:10, 18:00 in "Europe/Kyiv"`
    At {
        /// The times of the day, sorted.
        times: Vec<Time>,
        /// Whose clock they are read from; UTC when none is said.
        zone: TimeZone,
    },
    /// `cron "…" in "Europe/Kyiv"`
    Cron(Cron),
    /// `on change`: when the source's file changes.
    OnChange,
    /// `after A`: when that flow's run has ended well.
    After(Arc<str>),
}

impl Schedule {
    /// Gives the first time after an instant; `None` for a schedule that waits for something else than the
    /// clock. For `every` the instant is the beginning of the last run.
    ///
    /// A time of the day that the clock jumps over comes at the moment after the gap, and one that the clock
    /// shows twice comes the first time alone.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        match self {
            Schedule::Every(duration) => instant.checked_add(*duration).ok(),
            Schedule::At { times, zone } => next_time_of_day(times, zone, instant),
            Schedule::Cron(cron) => cron.next_after(instant),
            Schedule::OnChange | Schedule::After(_) => None,
        }
    }
}

/// Gives the name of a time zone as flows write it.
pub fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// How many days are looked at: the day of the instant, the next one, and one more where the clock jumped over
/// a whole day.
const DAYS: usize = 4;

fn next_time_of_day(times: &[Time], zone: &TimeZone, instant: Timestamp) -> Option<Timestamp> {
    let mut day = instant.to_zoned(zone.clone()).date();
    for _ in 0..DAYS {
        let next = times
            .iter()
            .filter_map(|time| instant_of(day.to_datetime(*time), zone))
            .filter(|moment| *moment > instant)
            .min();
        if next.is_some() {
            return next;
        }
        day = day.tomorrow().ok()?;
    }
    None
}

/// Gives the moment at which the clock of a zone shows this, the first of two, or jumps over it.
fn instant_of(shown: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let moment = zone.to_ambiguous_timestamp(shown);
    match moment.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => moment.earlier().ok(),
        AmbiguousOffset::Gap { .. } => {
            // With the offset from before the gap this is the jump itself, or less than a gap behind it.
            let behind = moment.later().ok()?;
            let from = behind.checked_add(Duration::from_secs(1)).ok()?;
            zone.preceding(from).next().map(|jump| jump.timestamp())
        }
    }
}

/// When a flow runs next by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextRun {
    /// Never: it has no schedule.
    ByHand,
    /// Never: it is paused.
    Paused,
    /// When its source changes, or another flow's run has ended.
    OnEvent,
    /// At this time. One that has passed is made up for, once, as soon as something watches the clock.
    At(Timestamp),
}

impl Flow {
    /// Tells when the flow runs next by itself, when its last run began at `last`. Times that passed before a
    /// flow's first run were not missed; with `every` that first run is due at once.
    pub fn next_run(&self, last: Option<Timestamp>, now: Timestamp) -> NextRun {
        if self.schedules.is_empty() {
            return NextRun::ByHand;
        }
        if self.paused {
            return NextRun::Paused;
        }
        let next = self
            .schedules
            .iter()
            .filter_map(|schedule| match (schedule, last) {
                (Schedule::Every(_), None) => Some(now),
                (schedule, last) => schedule.next_after(last.unwrap_or(now)),
            });
        next.min().map_or(NextRun::OnEvent, NextRun::At)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use jiff::civil::{Time, time};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::Schedule;

    fn at(times: &[Time], zone: &str) -> Schedule {
        Schedule::At {
            times: times.to_vec(),
            zone: TimeZone::get(zone).expect("the zone is known"),
        }
    }

    fn times_from(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
        let mut instant: Timestamp = from.parse().expect("the time is right");
        (0..count)
            .map(|_| {
                instant = schedule.next_after(instant).expect("there is a next time");
                instant.to_string()
            })
            .collect()
    }

    #[test]
    fn times_of_the_day_come_one_after_the_other() {
        let schedule = at(&[time(12, 10, 0, 0), time(18, 0, 0, 0)], "Europe/Kyiv");
        assert_eq!(
            times_from(&schedule, "2026-07-01T09:10:00Z", 3),
            [
                "2026-07-01T15:00:00Z",
                "2026-07-02T09:10:00Z",
                "2026-07-02T15:00:00Z"
            ]
        );
    }

    #[test]
    fn times_in_a_gap_come_once_at_the_moment_after_it() {
        // In New York the clock jumps from 2:00 to 3:00 on 8 March 2026.
        let times = [
            time(2, 0, 0, 0),
            time(2, 30, 0, 0),
            time(2, 59, 0, 0),
            time(3, 0, 0, 0),
            time(3, 1, 0, 0),
        ];
        assert_eq!(
            times_from(&at(&times, "America/New_York"), "2026-03-08T06:00:00Z", 3),
            [
                "2026-03-08T07:00:00Z",
                "2026-03-08T07:01:00Z",
                "2026-03-09T06:00:00Z"
            ]
        );
    }

    #[test]
    fn a_time_that_comes_twice_runs_the_first_time() {
        // In New York the clock shows 1:30 at 5:30 and at 6:30 UTC on 1 November 2026.
        assert_eq!(
            times_from(
                &at(&[time(1, 30, 0, 0)], "America/New_York"),
                "2026-11-01T00:00:00Z",
                2
            ),
            ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
        );
    }

    #[test]
    fn half_an_hour_is_a_gap_too_and_so_is_a_whole_day() {
        // Lord Howe Island jumps from 2:00 to 2:30 on 4 October 2026.
        assert_eq!(
            times_from(
                &at(&[time(2, 15, 0, 0)], "Australia/Lord_Howe"),
                "2026-10-03T00:00:00Z",
                1
            ),
            ["2026-10-03T15:30:00Z"]
        );
        // Samoa had no 30 December 2011: the jump is at 10:00 UTC.
        assert_eq!(
            times_from(
                &at(&[time(12, 0, 0, 0)], "Pacific/Apia"),
                "2011-12-29T22:00:00Z",
                2
            ),
            ["2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"]
        );
    }

    #[test]
    fn every_counts_from_the_beginning_of_the_last_run() {
        let schedule = Schedule::Every(Duration::from_secs(90 * 60));
        assert_eq!(
            times_from(&schedule, "2026-01-01T00:00:10.25Z", 1),
            ["2026-01-01T01:30:10.25Z"]
        );
    }

    const ZONES: [&str; 7] = [
        "UTC",
        "Europe/Kyiv",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "America/Havana",
    ];

    proptest! {
        /// Every day has each time once, whatever the clock does: walking over the times of some years counts
        /// the days.
        #[test]
        fn every_day_has_each_time_once(
            zone in prop::sample::select(&ZONES[..]),
            minute in 0_i32..1440,
            start in 1_262_304_000_i64..1_893_456_000,
        ) {
            let minute_of_day = minute;
            let (hour, minute) = (minute_of_day / 60, minute_of_day % 60);
            let time = time(i8::try_from(hour).unwrap(), i8::try_from(minute).unwrap(), 0, 0);
            let schedule = at(&[time], zone);
            let zone = TimeZone::get(zone).unwrap();
            let mut instant = Timestamp::from_second(start).unwrap();
            let mut last = None;
            for _ in 0..400 {
                let next = schedule.next_after(instant).unwrap();
                prop_assert!(next > instant);
                let shown = next.to_zoned(zone.clone());
                // The moment after a gap may belong to the next day, when the gap ends a day.
                if shown.time() == time {
                    if let Some(last) = last {
                        prop_assert!(shown.date() > last);
                    }
                    last = Some(shown.date());
                }
                prop_assert!(next.duration_since(instant).as_hours() <= 49);
                instant = next;
            }
        }
    }
}
