//! What a value is where something of a certain type is wanted: only what loses nothing.
//!
//! Every function gives `None` for an empty value.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::model::{Decimal, Value};

use super::bounded::BoundedText;
use super::fault::{Fault, describe, quote};
use super::number::Number;

/// Gives text as it is, and scalars as their own text. Empty text stays text; only `null` is `None`.
pub(super) fn to_text(value: &Value) -> Result<Option<Cow<'_, str>>, Fault> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(Cow::Borrowed(text))),
        Value::Boolean(_) | Value::Integer(_) | Value::Decimal(_) | Value::Date(_) | Value::Time(_) => {
            Ok(Some(Cow::Owned(value.to_string())))
        }
        Value::List(_) | Value::Record(_) | Value::Unknown => Err(Fault::expected("text", value)),
    }
}

/// Gives the text of a value where only what it says counts: decimals without ending zeros.
pub(super) fn to_plain_text(value: &Value) -> Result<Option<Cow<'_, str>>, Fault> {
    match value {
        Value::Decimal(decimal) => Ok(Some(Cow::Owned(plain(*decimal)))),
        _ => to_text(value),
    }
}

/// Writes a decimal without ending zeros, and zero without a sign.
pub(super) fn plain(decimal: Decimal) -> String {
    decimal.normalize().to_string()
}

/// Gives numbers, and text that is one.
pub(super) fn to_number(value: &Value) -> Result<Option<Number>, Fault> {
    match value {
        Value::Integer(integer) => Ok(Some(Number::Integer(*integer))),
        Value::Decimal(decimal) => Ok(Some(Number::Decimal(*decimal))),
        Value::Text(text) if !text.trim().is_empty() => match Number::parse(text) {
            Some(number) => Ok(Some(number)),
            None => Err(not_a_number(text)),
        },
        Value::Null | Value::Text(_) => Ok(None),
        Value::Boolean(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Record(_)
        | Value::Unknown => Err(Fault::expected("a number", value)),
    }
}

/// Gives whole numbers, `1.00` and text that is one.
pub(super) fn to_integer(value: &Value) -> Result<Option<i64>, Fault> {
    let Some(number) = to_number(value)? else {
        return Ok(None);
    };
    match number.to_integer() {
        Some(integer) => Ok(Some(integer)),
        None => Err(Fault::expected("a whole number", value)),
    }
}

/// Gives `true` and `false`; text is neither.
pub(super) fn to_boolean(value: &Value) -> Result<Option<bool>, Fault> {
    match value {
        Value::Boolean(flag) => Ok(Some(*flag)),
        _ if value.is_empty() => Ok(None),
        Value::Text(text) => Err(Fault::new(format!(
            "{} is text, not true or false; compare it, as in `Active == \"yes\"`, or declare the column \
             as `boolean(\"yes\", \"no\")`",
            quote(text)
        ))),
        _ => Err(Fault::new(format!("{} is not true or false", describe(value)))),
    }
}

/// Gives the day of a date, of a time (in UTC), and of ISO text.
pub(super) fn to_date(value: &Value) -> Result<Option<Date>, Fault> {
    match value {
        Value::Date(date) => Ok(Some(*date)),
        Value::Time(time) => Ok(Some(Offset::UTC.to_datetime(*time).date())),
        Value::Text(text) if !text.trim().is_empty() => match parse_moment(text) {
            Some(Moment::Day(date)) => Ok(Some(date)),
            Some(Moment::Time(time)) => Ok(Some(Offset::UTC.to_datetime(time).date())),
            None => Err(not_a_date(text)),
        },
        Value::Null | Value::Text(_) => Ok(None),
        Value::Integer(_) => Err(Fault::new(format!(
            "`{value}` is a number, not a date; `time({value})` reads Unix seconds"
        ))),
        _ => Err(Fault::expected("a date", value)),
    }
}

/// A day or a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Day(Date),
    Time(Timestamp),
}

impl Moment {
    /// Gives the moment itself; a day begins at midnight UTC.
    pub(super) fn timestamp(self) -> Result<Timestamp, Fault> {
        match self {
            Moment::Day(date) => Offset::UTC
                .to_timestamp(date.at(0, 0, 0, 0))
                .map_err(|_| Fault::new(format!("`{date}` is out of the range of times"))),
            Moment::Time(time) => Ok(time),
        }
    }
}

/// Gives dates and times, and text that is one in ISO form.
pub(super) fn to_moment(value: &Value) -> Result<Option<Moment>, Fault> {
    match value {
        Value::Date(date) => Ok(Some(Moment::Day(*date))),
        Value::Time(time) => Ok(Some(Moment::Time(*time))),
        Value::Text(text) if !text.trim().is_empty() => match parse_moment(text) {
            Some(moment) => Ok(Some(moment)),
            None => Err(not_a_date(text)),
        },
        Value::Null | Value::Text(_) => Ok(None),
        _ => Err(Fault::expected("a date or a time", value)),
    }
}

/// Reads `2026-01-31`, RFC 3339, and an ISO time without a zone, which is taken as UTC.
pub(super) fn parse_moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if !looks_like_date(text.get(..10)?) {
        return None;
    }
    if text.len() == 10 {
        return text.parse().ok().map(Moment::Day);
    }
    if let Ok(time) = text.parse() {
        return Some(Moment::Time(time));
    }
    let local: DateTime = text.parse().ok()?;
    Offset::UTC.to_timestamp(local).ok().map(Moment::Time)
}

fn looks_like_date(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    })
}

/// Gives lists; an empty value is `None`.
pub(super) fn to_list(value: &Value) -> Result<Option<&[Value]>, Fault> {
    match value {
        Value::List(items) => Ok(Some(items)),
        _ if value.is_empty() => Ok(None),
        _ => Err(Fault::expected("a list", value)),
    }
}

/// Tells whether a value is unknown or holds one that is.
pub(super) fn has_unknown(value: &Value) -> bool {
    match value {
        Value::Unknown => true,
        Value::List(items) => items.iter().any(has_unknown),
        Value::Record(members) => members.values().any(has_unknown),
        _ => false,
    }
}

/// Writes any value as text, within the limit.
pub(super) fn to_shown_text(value: &Value) -> Result<String, Fault> {
    let mut text = BoundedText::default();
    text.push(value)?;
    Ok(text.finish())
}

fn not_a_number(text: &str) -> Fault {
    let hint = if text.contains(',') {
        "; `decimal(…, \"comma\")` reads decimal commas, `decimal(…, \"point\")` commas between thousands"
    } else {
        ""
    };
    Fault::new(format!("{} is not a number{hint}", quote(text)))
}

fn not_a_date(text: &str) -> Fault {
    Fault::new(format!(
        "{} is not a date such as 2026-01-31; `date(…, \"%d/%m/%Y\")` reads other forms",
        quote(text)
    ))
}
