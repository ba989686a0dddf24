//! Billing periods: calendar steps in UTC.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The longest interval count that is computed with; Stripe's own limit is three years.
const LONGEST: i64 = 10_000;

/// Gives the time that lies a number of days, weeks, months or years after another one. At the end of a
/// month that is shorter, it is the month's last day. `None` beyond the calendar.
pub(super) fn after(start: i64, interval: &str, count: i64) -> Option<i64> {
    let count = count.clamp(-LONGEST, LONGEST);
    let span = match interval {
        "day" => Span::new().days(count),
        "week" => Span::new().weeks(count),
        "year" => Span::new().years(count),
        _ => Span::new().months(count),
    };
    let start = Timestamp::from_second(start).ok()?.to_zoned(TimeZone::UTC);
    Some(start.checked_add(span).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::after;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().expect("a time").as_second()
    }

    #[test]
    fn months_end_at_their_last_day() {
        let end = |interval, count| after(at("2027-01-31T12:00:00Z"), interval, count);
        assert_eq!(end("month", 1), Some(at("2027-02-28T12:00:00Z")));
        assert_eq!(end("month", 2), Some(at("2027-03-31T12:00:00Z")));
        assert_eq!(end("year", 1), Some(at("2028-01-31T12:00:00Z")));
        assert_eq!(end("week", 2), Some(at("2027-02-14T12:00:00Z")));
        assert_eq!(end("day", -31), Some(at("2026-12-31T12:00:00Z")));
        assert_eq!(after(i64::MAX, "day", 1), None);
    }
}
