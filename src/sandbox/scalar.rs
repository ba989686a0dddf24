use rust_decimal::Decimal;
use serde_json::{Number, Value};

use super::place::Place;
use super::refusal::Refusal;
use crate::catalog::Alternative;
use crate::model::Currency;

/// The most decimal places of a decimal text. Source: the docstrings of `unit_amount_decimal`.
const DECIMAL_PLACES: u32 = 12;

/// Reads a text as one of the values of an enum.
pub(super) fn one_of(values: &[&str], text: &str, place: &Place) -> Result<Value, Refusal> {
    if values.contains(&text) {
        return Ok(text.into());
    }
    let name = last_name(&place.sent);
    let list = match values {
        [] => "known".to_owned(),
        [only] => (*only).to_owned(),
        [one, two] => format!("one of {one} or {two}"),
        [most @ .., last] => format!("one of {}, or {last}", most.join(", ")),
    };
    Err(Refusal::parameter(
        &place.sent,
        format!("Invalid {name}: must be {list}"),
    ))
}

/// Reads a text as anything else that is no list, object, enum or text.
pub(super) fn read(wanted: &Alternative, text: &str, place: &Place) -> Result<Value, Refusal> {
    let found = match wanted {
        Alternative::Integer | Alternative::Timestamp => text.parse::<i64>().ok().map(Value::from),
        Alternative::Number => number(text),
        Alternative::Decimal => decimal(text).map(|_| text.into()),
        Alternative::Boolean => boolean(text),
        Alternative::True => boolean(text).filter(|value| *value == Value::Bool(true)),
        Alternative::False => boolean(text).filter(|value| *value == Value::Bool(false)),
        Alternative::Currency => return currency(text, place),
        Alternative::Any
        | Alternative::DateTime
        | Alternative::File
        | Alternative::Text
        | Alternative::Reference(_)
        | Alternative::ReferenceShape(_) => Some(text.into()),
        Alternative::Unset
        | Alternative::Enum(_)
        | Alternative::Shape(_)
        | Alternative::List(_)
        | Alternative::Map(_)
        | Alternative::Object(_)
        | Alternative::ListOf(_)
        | Alternative::SearchOf(_) => None,
    };
    found.ok_or_else(|| wrong(wanted, text, place))
}

fn wrong(wanted: &Alternative, text: &str, place: &Place) -> Refusal {
    let refusal = Refusal::parameter(&place.sent, format!("Invalid {}: {text}", word(wanted)));
    match wanted {
        Alternative::Integer | Alternative::Timestamp => refusal.code("parameter_invalid_integer"),
        _ => refusal,
    }
}

/// Tells whether a type has parts, so that no text can be one.
pub(super) fn is_branch(wanted: &Alternative) -> bool {
    matches!(
        wanted,
        Alternative::List(_) | Alternative::Shape(_) | Alternative::Map(_) | Alternative::Object(_)
    )
}

/// Gives the word for a type in messages.
pub(super) fn word(wanted: &Alternative) -> &'static str {
    match wanted {
        Alternative::Integer | Alternative::Timestamp => "integer",
        Alternative::Number | Alternative::Decimal => "decimal",
        Alternative::Boolean | Alternative::True | Alternative::False => "boolean",
        Alternative::Currency => "currency",
        Alternative::List(_) => "array",
        Alternative::Shape(_) | Alternative::Map(_) | Alternative::Object(_) => "object",
        Alternative::Text
        | Alternative::DateTime
        | Alternative::Any
        | Alternative::File
        | Alternative::Unset
        | Alternative::Enum(_)
        | Alternative::Reference(_)
        | Alternative::ReferenceShape(_)
        | Alternative::ListOf(_)
        | Alternative::SearchOf(_) => "string",
    }
}

fn boolean(text: &str) -> Option<Value> {
    text.parse::<bool>().ok().map(Value::Bool)
}

fn number(text: &str) -> Option<Value> {
    decimal(text)?
        .normalize()
        .to_string()
        .parse::<Number>()
        .ok()
        .map(Value::Number)
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text)
        .ok()
        .filter(|decimal| decimal.scale() <= DECIMAL_PLACES)
}

fn currency(text: &str, place: &Place) -> Result<Value, Refusal> {
    match Currency::parse(text) {
        Ok(currency) => Ok(currency.code().into()),
        Err(_) => Err(Refusal::parameter(
            &place.sent,
            format!("Invalid currency: {text}"),
        )),
    }
}

/// Gives `interval` for `recurring[interval]`.
fn last_name(sent: &str) -> &str {
    sent.trim_end_matches(']').rsplit('[').next().unwrap_or(sent)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{one_of, read};
    use crate::catalog::Alternative;
    use crate::sandbox::place::Place;

    fn outcome(wanted: &Alternative, text: &str) -> Result<Value, String> {
        let place = Place::default().member("recurring").member("interval");
        read(wanted, text, &place).map_err(|refusal| refusal.message)
    }

    #[test]
    fn numbers_are_read_exactly() {
        assert_eq!(outcome(&Alternative::Integer, "-5"), Ok(json!(-5)));
        assert_eq!(
            outcome(&Alternative::Integer, "abc"),
            Err("Invalid integer: abc".to_owned())
        );
        assert!(outcome(&Alternative::Integer, "1.5").is_err());
        assert!(outcome(&Alternative::Integer, "99999999999999999999").is_err());
        assert_eq!(
            outcome(&Alternative::Decimal, "12.345600000001"),
            Ok(json!("12.345600000001"))
        );
        assert!(outcome(&Alternative::Decimal, "0.1234567890123").is_err());
        assert_eq!(
            outcome(&Alternative::Number, "12.50").map(|value| value.to_string()),
            Ok("12.5".to_owned())
        );
    }

    #[test]
    fn currencies_are_lower_case_in_answers() {
        assert_eq!(outcome(&Alternative::Currency, "USD"), Ok(json!("usd")));
        assert!(outcome(&Alternative::Currency, "dollars").is_err());
    }

    #[test]
    fn a_bad_enum_value_names_the_good_ones() {
        let place = Place::default().member("recurring").member("interval");
        let refusal = one_of(&["day", "month", "week", "year"], "fortnight", &place);
        assert_eq!(
            refusal.map_err(|refusal| (refusal.message, refusal.param.map(String::from))),
            Err((
                "Invalid interval: must be one of day, month, week, or year".to_owned(),
                Some("recurring[interval]".to_owned())
            ))
        );
    }
}
