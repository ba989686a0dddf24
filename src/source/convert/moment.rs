use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::model::Value;

/// Reads a cell as a day.
pub(super) fn to_date(value: &Value, format: Option<&str>) -> Result<Value, String> {
    match (value, format) {
        (Value::Date(date), _) => Ok(Value::Date(*date)),
        (Value::Time(moment), _) => {
            let civil = Offset::UTC.to_datetime(*moment);
            if civil.time() == Time::midnight() {
                Ok(Value::Date(civil.date()))
            } else {
                Err(format!(
                    "`{moment}` has a time of day; declare the column as time"
                ))
            }
        }
        (Value::Text(text), None) => match parse_date(text) {
            Some(date) => Ok(Value::Date(date)),
            None => Err(format!(
                "`{}` is not a date such as 2026-01-31; say its format: date(\"%d/%m/%Y\")",
                text.trim()
            )),
        },
        (other, Some(format)) => {
            let text = other.to_string();
            Date::strptime(format, text.trim())
                .map(Value::Date)
                .map_err(|_| format!("`{}` is not a date of the format `{format}`", text.trim()))
        }
        (other, None) => Err(format!("`{other}` is a {}, not a date", other.type_of())),
    }
}

/// Reads a cell as a moment.
pub(super) fn to_moment(value: &Value) -> Result<Value, String> {
    match value {
        Value::Time(moment) => Ok(Value::Time(*moment)),
        Value::Date(date) => civil_moment(date.to_datetime(Time::midnight()))
            .map(Value::Time)
            .ok_or_else(|| format!("`{date}` is out of range")),
        Value::Text(text) => parse_moment(text)
            .map(Value::Time)
            .ok_or_else(|| format!("`{}` is not a time such as 2026-01-31T12:10:00Z", text.trim())),
        other => Err(format!("`{other}` is a {}, not a time", other.type_of())),
    }
}

/// Reads a date as ISO 8601 writes it: `2026-01-31`.
pub(in crate::source) fn parse_date(text: &str) -> Option<Date> {
    let text = text.trim();
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if plain { text.parse().ok() } else { None }
}

/// Reads a moment in RFC 3339. Without a zone, and without a time of day, it is taken as UTC.
pub(in crate::source) fn parse_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let starts_with_date = text.get(..10).and_then(parse_date).is_some();
    if !starts_with_date {
        return None;
    }
    civil_moment(text.parse::<DateTime>().ok()?)
}

/// Takes a sheet's time, which names no zone, as UTC.
pub(in crate::source) fn civil_moment(civil: DateTime) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use crate::model::Value;

    use super::{to_date, to_moment};

    fn date(text: &str, format: Option<&str>) -> Result<String, String> {
        to_date(&Value::text(text), format).map(|value| value.to_string())
    }

    fn moment(text: &str) -> Result<String, String> {
        to_moment(&Value::text(text)).map(|value| value.to_string())
    }

    #[test]
    fn dates_are_read_as_declared_and_no_other_way() {
        assert_eq!(date(" 2026-01-31 ", None), Ok("2026-01-31".to_owned()));
        assert_eq!(date("31/01/2026", Some("%d/%m/%Y")), Ok("2026-01-31".to_owned()));
        assert_eq!(
            date("01/31/2026", Some("%d/%m/%Y")),
            Err("`01/31/2026` is not a date of the format `%d/%m/%Y`".to_owned())
        );
        assert!(date("2026-02-30", None).is_err());
        assert!(date("2026-01-31T10:00", None).is_err());
    }

    #[test]
    fn moments_without_a_zone_are_utc() {
        assert_eq!(
            moment("2026-01-31T12:10:00+02:00"),
            Ok("2026-01-31T10:10:00Z".to_owned())
        );
        assert_eq!(moment("2026-01-31 12:10"), Ok("2026-01-31T12:10:00Z".to_owned()));
        assert_eq!(moment("2026-01-31"), Ok("2026-01-31T00:00:00Z".to_owned()));
        assert!(moment("12:10").is_err());
    }

    #[test]
    fn a_time_of_day_is_not_dropped_from_a_date() {
        let noon = Value::Time("2026-01-31T12:00:00Z".parse().expect("a time"));
        let midnight = Value::Time("2026-01-31T00:00:00Z".parse().expect("a time"));
        assert!(to_date(&noon, None).is_err());
        assert!(to_date(&midnight, None).is_ok());
    }
}
