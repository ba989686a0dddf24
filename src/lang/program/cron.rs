use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use thiserror::Error;

/// `cron "30 6 * * 1-5" in "Europe/Kyiv"`: five fields that name at least one time to come, and a time zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Cron {
    fields: Arc<str>,
    zone: TimeZone,
    pattern: Arc<croner::Cron>,
}

/// Why a text is no cron schedule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CronProblem {
    /// It does not have five fields.
    #[error("a cron schedule has five fields, and this one has {0}")]
    Count(usize),
    /// A field can't be understood.
    #[error("the {} `{text}` can't be understood", field.as_str())]
    Field {
        /// Which one.
        field: CronField,
        /// As written.
        text: String,
        /// The bytes of the text that it takes.
        place: Range<usize>,
    },
    /// A step leaves its field after the first value: `*/90` minutes would run once an hour.
    #[error("a step of {step} leaves the {} after its first value", field.as_str())]
    Step {
        /// Which field.
        field: CronField,
        /// The step.
        step: u64,
        /// The bytes of the text that the field takes.
        place: Range<usize>,
    },
    /// Its days are in no calendar, such as 30 February.
    #[error("no day of any year is like this")]
    Never,
}

/// The fields of a cron schedule, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronField {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31, `L` for the last one, `15W` for the working day next to the 15th.
    Day,
    /// 1 to 12, or `JAN` to `DEC`.
    Month,
    /// 0 to 7, Sunday at both ends, or `SUN` to `SAT`; `5#2` is the second Friday, `5#L` the last.
    DayOfWeek,
}

impl CronField {
    const ALL: [CronField; 5] = [
        CronField::Minute,
        CronField::Hour,
        CronField::Day,
        CronField::Month,
        CronField::DayOfWeek,
    ];

    /// Gives its name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            CronField::Minute => "minute",
            CronField::Hour => "hour",
            CronField::Day => "day of the month",
            CronField::Month => "month",
            CronField::DayOfWeek => "day of the week",
        }
    }

    /// Says what may stand in it.
    pub fn values(self) -> &'static str {
        match self {
            CronField::Minute => "`0` to `59`",
            CronField::Hour => "`0` to `23`",
            CronField::Day => "`1` to `31`, `L` for the last day, `15W` for the working day next to the 15th",
            CronField::Month => "`1` to `12`, or `JAN` to `DEC`",
            CronField::DayOfWeek => {
                "`0` (Sunday) to `7` (Sunday too), or `SUN` to `SAT`; `5#2` is the second Friday, `5#L` the last"
            }
        }
    }

    fn greatest(self) -> u64 {
        match self {
            CronField::Minute => 59,
            CronField::Hour => 23,
            CronField::Day => 31,
            CronField::Month => 12,
            CronField::DayOfWeek => 7,
        }
    }

    /// Gives the words that may stand beside numbers.
    fn words(self) -> &'static [&'static str] {
        match self {
            CronField::Minute | CronField::Hour => &[],
            CronField::Day => &["L"],
            CronField::Month => &[
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ],
            CronField::DayOfWeek => &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "L"],
        }
    }
}

impl fmt::Debug for Cron {
    /// Shows what was written: the pattern has a mark for each year.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({:?} in {:?})", self.fields, self.zone)
    }
}

impl Cron {
    /// Reads five fields with spaces between them.
    pub fn parse(fields: &str, zone: TimeZone) -> Result<Cron, CronProblem> {
        let parts = split(fields);
        if parts.len() != CronField::ALL.len() {
            return Err(CronProblem::Count(parts.len()));
        }
        for (field, (place, text)) in CronField::ALL.into_iter().zip(&parts) {
            check_field(field, text, place)?;
        }
        let pattern = parser().parse(fields).map_err(|_| CronProblem::Never)?;
        if !comes(&pattern) {
            return Err(CronProblem::Never);
        }
        let texts: Vec<&str> = parts.iter().map(|(_, text)| *text).collect();
        Ok(Cron {
            fields: texts.join(" ").into(),
            zone,
            pattern: Arc::new(pattern),
        })
    }

    /// Gives the five fields as written, with one space between them.
    pub fn fields(&self) -> &str {
        &self.fields
    }

    /// Gives the time zone whose clock it follows.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Gives the first time after an instant.
    ///
    /// A schedule with fixed minutes and hours runs once for each day, whatever the clock does: at the moment
    /// after the gap when the clock jumps over its time, the first time when the time comes twice. One that
    /// runs in every hour or minute follows the time that passes.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let whole = Timestamp::from_second(instant.as_second()).ok()?;
        let from = whole.to_zoned(self.zone.clone());
        let next = self.pattern.find_next_occurrence(&from, false).ok()?;
        Some(next.timestamp())
    }
}

fn parser() -> CronParser {
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
}

/// Splits at spaces, and says where each part stands.
fn split(text: &str) -> Vec<(Range<usize>, &str)> {
    let start_of = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
    text.split_whitespace()
        .map(|part| (start_of(part)..start_of(part) + part.len(), part))
        .collect()
}

/// Looks at one field, with stars in all others.
fn check_field(field: CronField, text: &str, place: &Range<usize>) -> Result<(), CronProblem> {
    let problem = || CronProblem::Field {
        field,
        text: text.to_owned(),
        place: place.clone(),
    };
    if !has_known_words(field, text) {
        return Err(problem());
    }
    let alone: Vec<&str> = CronField::ALL
        .into_iter()
        .map(|other| if other == field { text } else { "*" })
        .collect();
    parser().parse(&alone.join(" ")).map_err(|_| problem())?;
    let steps = text.split(',').filter_map(|item| item.split_once('/'));
    for (_, step) in steps {
        let step: u64 = step.parse().map_err(|_| problem())?;
        if step > field.greatest() {
            return Err(CronProblem::Step {
                field,
                step,
                place: place.clone(),
            });
        }
    }
    Ok(())
}

/// Tells whether all that stands between signs is a number or a word of the field. The parser replaces names
/// wherever they stand, and would read `MON` as a minute.
fn has_known_words(field: CronField, text: &str) -> bool {
    let signs: &[char] = match field {
        CronField::DayOfWeek => &['*', '/', ',', '-', '#'],
        _ => &['*', '/', ',', '-'],
    };
    let has_gaps = text.split(',').any(str::is_empty);
    !has_gaps
        && text.split(signs).all(|part| {
            let number = match field {
                CronField::Day => part.strip_suffix(['W', 'w']).unwrap_or(part),
                _ => part,
            };
            number.bytes().all(|letter| letter.is_ascii_digit())
                || field.words().iter().any(|word| word.eq_ignore_ascii_case(part))
        })
}

/// Tells whether a pattern ever comes. The parser's search ends with the year 5000, so one that begins shortly
/// before it is short, and still sees the whole cycle of 28 years after which days of the week and of the month
/// meet again.
fn comes(pattern: &croner::Cron) -> bool {
    let start: DateTime = date(4971, 1, 1).at(0, 0, 0, 0);
    pattern.find_next_occurrence(&start, true).is_ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{Cron, CronField, CronProblem};

    fn problem(fields: &str) -> CronProblem {
        Cron::parse(fields, TimeZone::UTC).expect_err(fields)
    }

    fn next_times(fields: &str, zone: &str, from: &str) -> Vec<String> {
        let zone = TimeZone::get(zone).expect("the zone is known");
        let cron = Cron::parse(fields, zone).expect("the fields are right");
        let mut instant = from.parse().expect("the time is right");
        (0..3)
            .map(|_| {
                instant = cron.next_after(instant).expect("there is a next time");
                instant.to_string()
            })
            .collect()
    }

    #[test]
    fn a_field_that_is_not_understood_is_named_with_its_place() {
        for (fields, field, place) in [
            ("60 * * * *", CronField::Minute, 0..2),
            ("MON * * * *", CronField::Minute, 0..3),
            ("0  24 * * *", CronField::Hour, 3..5),
            ("0 0 0 * *", CronField::Day, 4..5),
            ("0 0 L5 * *", CronField::Day, 4..6),
            ("0 0 1 13 *", CronField::Month, 6..8),
            ("0 0 1 0JAN *", CronField::Month, 6..10),
            ("0 0 * * 8", CronField::DayOfWeek, 8..9),
            ("0 0 * * 1#6", CronField::DayOfWeek, 8..11),
            ("0 0 * * FRI-MON", CronField::DayOfWeek, 8..15),
            ("0 0 * * Montag", CronField::DayOfWeek, 8..14),
            ("1,,2 * * * *", CronField::Minute, 0..4),
            ("*/0 * * * *", CronField::Minute, 0..3),
            ("@daily * * * *", CronField::Minute, 0..6),
            ("? * * * *", CronField::Minute, 0..1),
            ("0 0 * * +MON", CronField::DayOfWeek, 8..12),
            ("0 ü * * *", CronField::Hour, 2..4),
        ] {
            let CronProblem::Field {
                field: found,
                place: at,
                ..
            } = problem(fields)
            else {
                panic!("{fields}: {:?}", problem(fields));
            };
            assert_eq!((found, at), (field, place), "{fields}");
        }
    }

    #[test]
    fn other_counts_of_fields_are_refused() {
        assert_eq!(problem(""), CronProblem::Count(0));
        assert_eq!(problem("@daily"), CronProblem::Count(1));
        assert_eq!(problem("0 0 0 * * *"), CronProblem::Count(6));
    }

    #[test]
    fn a_step_beyond_its_field_is_refused() {
        assert_eq!(
            problem("*/90 * * * *"),
            CronProblem::Step {
                field: CronField::Minute,
                step: 90,
                place: 0..4
            }
        );
    }

    #[test]
    fn days_of_no_calendar_are_refused_and_leap_days_are_not() {
        for fields in ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30W 2 *"] {
            assert_eq!(problem(fields), CronProblem::Never, "{fields}");
        }
        assert_eq!(
            next_times("0 0 29 2 *", "UTC", "2095-01-01T00:00:00Z"),
            [
                "2096-02-29T00:00:00Z",
                "2104-02-29T00:00:00Z",
                "2108-02-29T00:00:00Z"
            ]
        );
    }

    #[test]
    fn the_last_day_of_the_year_is_the_last_day_of_a_month() {
        assert_eq!(
            next_times("0 9 L * *", "UTC", "2026-12-01T00:00:00Z"),
            [
                "2026-12-31T09:00:00Z",
                "2027-01-31T09:00:00Z",
                "2027-02-28T09:00:00Z"
            ]
        );
    }

    #[test]
    fn a_time_that_the_clock_jumps_over_comes_after_the_gap() {
        assert_eq!(
            next_times("30 3 * * *", "Europe/Kyiv", "2026-03-28T02:00:00Z"),
            [
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:30:00Z",
                "2026-03-31T00:30:00Z"
            ]
        );
    }

    #[test]
    fn a_time_that_the_clock_shows_twice_comes_once() {
        assert_eq!(
            next_times("30 3 * * *", "Europe/Kyiv", "2026-10-24T12:00:00Z"),
            [
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
                "2026-10-27T01:30:00Z"
            ]
        );
    }

    #[test]
    fn an_instant_within_a_second_belongs_to_that_second() {
        assert_eq!(
            next_times("* * * * *", "UTC", "2026-01-01T00:00:00.5Z")[0],
            "2026-01-01T00:01:00Z"
        );
        assert_eq!(
            next_times("* * * * *", "UTC", "2026-01-01T00:00:59.9Z")[0],
            "2026-01-01T00:01:00Z"
        );
    }
}
