use calamine::{Data, DataRef, ExcelDateTime};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use crate::model::{Cell, Value};
use crate::source::convert::{civil_moment, parse_date, parse_exact, parse_moment};
use crate::source::defect::{LOST_DIGITS, broken_by, is_error_value};

/// The whole numbers up to which a workbook's number has every digit: 2^53.
const LARGEST_WHOLE: i64 = 9_007_199_254_740_992;

/// Takes a workbook's cell over.
///
/// A workbook keeps numbers as binary floats, which people see with at most 15 digits. Whole numbers
/// that a float holds exactly are integers. Others are rounded to 15 significant digits and are then
/// exact decimals, so that the `19.990000000000002` of a file is the 19.99 that its author saw.
pub(super) fn read_cell(data: &DataRef<'_>) -> Cell {
    match data {
        DataRef::Empty => Cell::Value(Value::Null),
        DataRef::Int(integer) => Cell::Value(Value::Integer(*integer)),
        DataRef::Float(float) => read_number(*float),
        DataRef::String(text) => read_text(text),
        DataRef::SharedString(text) => read_text(text),
        DataRef::Bool(flag) => Cell::Value(Value::Boolean(*flag)),
        DataRef::DateTime(serial) => read_serial(*serial),
        DataRef::DateTimeIso(text) => read_iso(text),
        DataRef::DurationIso(text) => read_duration(text),
        DataRef::Error(error) => broken_by(&error.to_string()),
    }
}

/// Takes a cell of a loaded sheet over, as [`read_cell`] does.
pub(super) fn read_loaded(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Value(Value::Null),
        Data::Int(integer) => Cell::Value(Value::Integer(*integer)),
        Data::Float(float) => read_number(*float),
        Data::String(text) => read_text(text),
        Data::Bool(flag) => Cell::Value(Value::Boolean(*flag)),
        Data::DateTime(serial) => read_serial(*serial),
        Data::DateTimeIso(text) => read_iso(text),
        Data::DurationIso(text) => read_duration(text),
        Data::Error(error) => broken_by(&error.to_string()),
    }
}

fn read_text(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Value(Value::Null)
    } else if is_error_value(text) {
        broken_by(text)
    } else {
        Cell::Value(Value::text(text))
    }
}

fn read_number(float: f64) -> Cell {
    if !float.is_finite() {
        return Cell::Broken(format!("`{float}` is not a number").into());
    }
    if float.trunc() == float {
        // The cast saturates, and what it saturates to is out of bounds.
        let whole = float as i64;
        return if whole.unsigned_abs() <= LARGEST_WHOLE.unsigned_abs() {
            Cell::Value(Value::Integer(whole))
        } else {
            Cell::Broken(format!("`{float:E}` {LOST_DIGITS}").into())
        };
    }
    match round_to_15_digits(float) {
        Some(decimal) if decimal.fract().is_zero() => match i64::try_from(decimal) {
            Ok(whole) => Cell::Value(Value::Integer(whole)),
            Err(_) => Cell::Value(Value::Decimal(decimal)),
        },
        Some(decimal) => Cell::Value(Value::Decimal(decimal)),
        None => Cell::Broken(format!("`{float:E}` can't be held exactly").into()),
    }
}

/// Writes a float with 15 significant digits and reads them back as a decimal. What is smaller than
/// 28 places is zero: it comes from sums that should have been zero.
fn round_to_15_digits(float: f64) -> Option<Decimal> {
    let text = format!("{float:.14e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i64 = exponent.parse().ok()?;
    let digits: String = mantissa.chars().filter(|letter| *letter != '.').collect();
    let scale = 14 - exponent;
    if scale > 28 {
        let places = usize::try_from(exponent + 28).ok().map_or(0, |places| places + 1);
        let sign_length = usize::from(digits.starts_with('-'));
        let kept = digits.get(..sign_length + places.min(15))?;
        let kept: i64 = if kept.len() == sign_length {
            0
        } else {
            kept.parse().ok()?
        };
        return Some(Decimal::new(kept, 28).normalize());
    }
    let digits: i64 = digits.parse().ok()?;
    match u32::try_from(scale) {
        Ok(scale) => Some(Decimal::new(digits, scale).normalize()),
        Err(_) => parse_exact(&format!(
            "{digits}{}",
            "0".repeat(usize::try_from(-scale).ok()?.min(40))
        )),
    }
}

/// Reads a serial number of a cell that is formatted as a date, a time, or both.
fn read_serial(serial: ExcelDateTime) -> Cell {
    let days = serial.as_f64();
    let no_date = || Cell::Broken(format!("`{days}` is not a date").into());
    if !(0.0..2_958_466.0).contains(&days) {
        return no_date();
    }
    let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
    if serial.is_duration() {
        return read_days(days, (minute, second));
    }
    let time = Time::new(
        hour as i8,
        minute as i8,
        second as i8,
        i32::from(milli) * 1_000_000,
    );
    if days < 1.0 {
        return match time {
            Ok(time) if days > 0.0 => Cell::Value(Value::text(time.to_string())),
            _ => no_date(),
        };
    }
    let Ok(date) = Date::new(year as i16, month as i8, day as i8) else {
        return no_date();
    };
    match time {
        Ok(time) if time == Time::midnight() => Cell::Value(Value::Date(date)),
        Ok(time) => civil_moment(DateTime::from_parts(date, time))
            .map_or_else(no_date, |moment| Cell::Value(Value::Time(moment))),
        Err(_) => no_date(),
    }
}

/// Writes a span of days as the sheet shows it: `36:30:00`.
fn read_days(days: f64, (minute, second): (u8, u8)) -> Cell {
    let seconds = format!("{days:.9}")
        .parse::<Decimal>()
        .ok()
        .and_then(|days| days.checked_mul(Decimal::from(86_400)))
        .and_then(|seconds| i64::try_from(seconds.round()).ok());
    match seconds {
        Some(seconds) => Cell::Value(Value::text(clock(seconds))),
        None => Cell::Value(Value::text(format!("{minute:02}:{second:02}"))),
    }
}

fn clock(seconds: i64) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Reads a date or a moment that the file has as text.
fn read_iso(text: &str) -> Cell {
    if let Some(date) = parse_date(text) {
        return Cell::Value(Value::Date(date));
    }
    match parse_moment(text) {
        Some(moment) => {
            let midnight = text
                .ends_with("T00:00:00")
                .then(|| text.get(..10).and_then(parse_date));
            match midnight.flatten() {
                Some(date) => Cell::Value(Value::Date(date)),
                None => Cell::Value(Value::Time(moment)),
            }
        }
        None => Cell::Broken(format!("`{text}` is not a date").into()),
    }
}

fn read_duration(text: &str) -> Cell {
    match text.parse::<SignedDuration>() {
        Ok(duration) => Cell::Value(Value::text(clock(duration.as_secs()))),
        Err(_) => read_text(text),
    }
}

#[cfg(test)]
mod tests {
    use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};

    use super::read_cell;
    use crate::model::Cell;

    fn shown(data: &DataRef<'_>) -> String {
        match read_cell(data) {
            Cell::Value(value) => format!("{}: {value}", value.type_of()),
            Cell::Broken(problem) => format!("broken: {problem}"),
        }
    }

    fn number(float: f64) -> String {
        shown(&DataRef::Float(float))
    }

    fn serial(days: f64, is_1904: bool) -> String {
        let serial = ExcelDateTime::new(days, ExcelDateTimeType::DateTime, is_1904);
        shown(&DataRef::DateTime(serial))
    }

    #[test]
    fn whole_numbers_are_integers() {
        assert_eq!(number(7.0), "integer: 7");
        assert_eq!(number(-0.0), "integer: 0");
        assert_eq!(number(9_007_199_254_740_991.0), "integer: 9007199254740991");
    }

    #[test]
    fn digits_that_a_float_lost_are_not_made_up() {
        assert_eq!(
            number(1.9e18),
            "broken: `1.9E18` has lost digits: a workbook's numbers keep 15; format the column as text"
        );
        assert!(number(f64::MAX).starts_with("broken"));
        assert!(number(f64::NAN).starts_with("broken"));
    }

    #[test]
    fn decimals_have_the_digits_that_people_saw() {
        assert_eq!(number(19.990000000000002), "decimal: 19.99");
        assert_eq!(number(0.1 + 0.2), "decimal: 0.3");
        assert_eq!(number(2.9999999999999996), "integer: 3");
        assert_eq!(number(-1234.5), "decimal: -1234.5");
        assert_eq!(number(1.5e-7), "decimal: 0.00000015");
        assert_eq!(
            number(5.551115123125783e-17),
            "decimal: 0.0000000000000000555111512312"
        );
        assert_eq!(number(1e-300), "integer: 0");
    }

    #[test]
    fn serials_are_days_of_their_calendar() {
        assert_eq!(serial(46_053.0, false), "date: 2026-01-31");
        assert_eq!(serial(44_591.0, true), "date: 2026-01-31");
        assert_eq!(serial(46_053.5, false), "time: 2026-01-31T12:00:00Z");
        assert_eq!(serial(46_053.999_999_999, false), "date: 2026-02-01");
        assert_eq!(serial(0.5, false), "text: 12:00:00");
        assert_eq!(serial(60.0, false), "broken: `60` is not a date");
        assert_eq!(serial(-1.0, false), "broken: `-1` is not a date");
        assert_eq!(serial(3e6, false), "broken: `3000000` is not a date");
    }

    #[test]
    fn spans_show_as_the_sheet_shows_them() {
        let span = ExcelDateTime::new(1.520_833_333, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(shown(&DataRef::DateTime(span)), "text: 36:30:00");
        assert_eq!(
            shown(&DataRef::DurationIso("PT36H30M00S".to_owned())),
            "text: 36:30:00"
        );
    }

    #[test]
    fn iso_dates_are_dates() {
        assert_eq!(
            shown(&DataRef::DateTimeIso("2026-01-31".to_owned())),
            "date: 2026-01-31"
        );
        assert_eq!(
            shown(&DataRef::DateTimeIso("2026-01-31T12:10:00".to_owned())),
            "time: 2026-01-31T12:10:00Z"
        );
        assert_eq!(
            shown(&DataRef::DateTimeIso("2026-01-31T00:00:00".to_owned())),
            "date: 2026-01-31"
        );
    }
}
