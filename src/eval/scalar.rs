//! One value as the text of one form field, by the type that Stripe documents.

use crate::catalog::{Alternative, ApiType, Catalog};
use crate::model::{Currency, Value};

use super::convert::{Moment, plain, to_boolean, to_moment, to_number, to_plain_text, to_text};
use super::fault::{Fault, describe, quote};
use super::number::Number;

/// How many values of an enum a message lists.
const LISTED: usize = 12;

/// Gives the text that is sent for a value which is neither empty nor a list nor a record.
pub(super) fn scalar_text(api: &ApiType, value: &Value) -> Result<String, Fault> {
    let mut faults = Vec::new();
    for alternative in &api.alternatives {
        match fit(alternative, value) {
            Some(Ok(text)) => return Ok(text),
            Some(Err(fault)) => faults.push((alternative, fault)),
            None => {}
        }
    }
    match faults.as_slice() {
        [] => Err(Fault::new(format!(
            "{} is one value, and {} belongs here",
            describe(value),
            structure(api)
        ))),
        [(_, fault)] => Err(fault.clone()),
        several => {
            let phrases: Vec<String> = several
                .iter()
                .map(|(alternative, _)| expected(alternative))
                .collect();
            Err(Fault::new(format!(
                "{} is not {}",
                describe(value),
                phrases.join(", nor ")
            )))
        }
    }
}

/// Writes a value as one alternative wants it; `None` when that is no single value.
fn fit(alternative: &Alternative, value: &Value) -> Option<Result<String, Fault>> {
    Some(match alternative {
        Alternative::Text
        | Alternative::Any
        | Alternative::File
        | Alternative::Object(_)
        | Alternative::Reference(_)
        | Alternative::ReferenceShape(_) => text(value),
        Alternative::Integer => integer(value),
        Alternative::Number | Alternative::Decimal => number(value),
        Alternative::Boolean => boolean(value),
        Alternative::True => boolean(value).and_then(|flag| only("true", flag)),
        Alternative::False => boolean(value).and_then(|flag| only("false", flag)),
        Alternative::Timestamp => timestamp(value),
        Alternative::DateTime => date_time(value),
        Alternative::Currency => currency(value),
        Alternative::Enum(index) => one_of(Catalog::embedded().enum_values(*index), value),
        Alternative::Unset
        | Alternative::Shape(_)
        | Alternative::List(_)
        | Alternative::Map(_)
        | Alternative::ListOf(_)
        | Alternative::SearchOf(_) => return None,
    })
}

/// Names what a single-value alternative takes.
fn expected(alternative: &Alternative) -> String {
    match alternative {
        Alternative::Integer => "a whole number".to_owned(),
        Alternative::Number | Alternative::Decimal => "a number".to_owned(),
        Alternative::Boolean => "true or false".to_owned(),
        Alternative::True => "`true`".to_owned(),
        Alternative::False => "`false`".to_owned(),
        Alternative::Timestamp | Alternative::DateTime => "a date or a time".to_owned(),
        Alternative::Currency => "a currency code".to_owned(),
        Alternative::Enum(index) => choices(Catalog::embedded().enum_values(*index)),
        _ => "text".to_owned(),
    }
}

fn structure(api: &ApiType) -> &'static str {
    let is_list = |alternative: &Alternative| matches!(alternative, Alternative::List(_));
    if api.alternatives.iter().any(is_list) {
        "a list"
    } else {
        "a record"
    }
}

fn text(value: &Value) -> Result<String, Fault> {
    match to_text(value)? {
        Some(text) => Ok(text.into_owned()),
        None => Err(Fault::expected("text", value)),
    }
}

fn integer(value: &Value) -> Result<String, Fault> {
    let number = known_number(value, "a whole number")?;
    match number.to_integer() {
        Some(integer) => Ok(integer.to_string()),
        None => Err(Fault::new(format!(
            "{} is not a whole number; money becomes minor units by `cents(amount, currency)`",
            describe(value)
        ))),
    }
}

fn number(value: &Value) -> Result<String, Fault> {
    Ok(match known_number(value, "a number")? {
        Number::Integer(integer) => integer.to_string(),
        Number::Decimal(decimal) => plain(decimal),
    })
}

fn known_number(value: &Value, what: &str) -> Result<Number, Fault> {
    to_number(value)?.ok_or_else(|| Fault::expected(what, value))
}

fn boolean(value: &Value) -> Result<String, Fault> {
    match to_boolean(value)? {
        Some(flag) => Ok(flag.to_string()),
        None => Err(Fault::expected("true or false", value)),
    }
}

fn only(allowed: &str, flag: String) -> Result<String, Fault> {
    if flag == allowed {
        return Ok(flag);
    }
    Err(Fault::new(format!(
        "only `{allowed}` can stand here, not `{flag}`"
    )))
}

/// Gives Unix seconds: a day begins at midnight UTC; whole numbers are seconds already.
fn timestamp(value: &Value) -> Result<String, Fault> {
    if let Ok(Some(number)) = to_number(value) {
        return match number.to_integer() {
            Some(seconds) => Ok(seconds.to_string()),
            None => Err(Fault::expected("a date, a time or whole seconds", value)),
        };
    }
    Ok(known_moment(value)?.timestamp()?.as_second().to_string())
}

fn date_time(value: &Value) -> Result<String, Fault> {
    Ok(known_moment(value)?.timestamp()?.to_string())
}

fn known_moment(value: &Value) -> Result<Moment, Fault> {
    to_moment(value)?.ok_or_else(|| Fault::expected("a date or a time", value))
}

/// Gives the code in lower case, as Stripe wants it; `USD` is taken.
fn currency(value: &Value) -> Result<String, Fault> {
    let Value::Text(text) = value else {
        return Err(Fault::expected("a currency code such as `usd`", value));
    };
    match Currency::parse(text) {
        Ok(currency) => Ok(currency.code().to_owned()),
        Err(error) => Err(Fault::new(format!("{error}, such as `usd`"))),
    }
}

fn one_of(allowed: &[&'static str], value: &Value) -> Result<String, Fault> {
    let text = to_plain_text(value)?.unwrap_or_default();
    if allowed.contains(&&*text) {
        return Ok(text.into_owned());
    }
    let nearest = Catalog::nearest(&text, allowed.iter().copied());
    let hint = nearest
        .first()
        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Err(Fault::new(format!(
        "{} is not {}{hint}",
        quote(&text),
        choices(allowed)
    )))
}

fn choices(allowed: &[&str]) -> String {
    let listed: Vec<String> = allowed
        .iter()
        .take(LISTED)
        .map(|value| format!("`{value}`"))
        .collect();
    let more = match allowed.len().checked_sub(LISTED) {
        Some(rest) if rest > 0 => format!(" or one of {rest} more"),
        _ => String::new(),
    };
    format!("one of {}{more}", listed.join(", "))
}
