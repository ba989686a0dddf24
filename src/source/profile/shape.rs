use rust_decimal::Decimal;

use super::Seen;
use super::date_form::DateForm;
use crate::model::Value;
use crate::source::convert::{Separators, is_scientific, parse_moment, parse_number};

/// What one value looks like.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    /// The type.
    pub(super) seen: Seen,
    /// The number that it is.
    pub(super) number: Option<Decimal>,
    /// How the date is written.
    pub(super) date: Option<DateForm>,
    /// The number of digits, when it is digits alone.
    pub(super) digits: Option<usize>,
    /// It starts with a zero and other digits follow.
    pub(super) zero_first: bool,
    /// It is text, whatever it looks like.
    pub(super) is_text: bool,
    /// It is a number that was rounded, such as `1.9E+18`.
    pub(super) rounded: bool,
}

impl Shape {
    fn plain(seen: Seen) -> Self {
        Shape {
            seen,
            number: None,
            date: None,
            digits: None,
            zero_first: false,
            is_text: false,
            rounded: false,
        }
    }

    /// Looks at a value that is not empty.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Boolean(_) => Shape::plain(Seen::Boolean),
            Value::Integer(integer) => Shape {
                number: Some(Decimal::from(*integer)),
                digits: (*integer >= 0).then(|| integer.to_string().len()),
                rounded: integer.unsigned_abs() >= 1_000_000_000_000_000,
                ..Shape::plain(Seen::Integer)
            },
            Value::Decimal(decimal) => Shape {
                number: Some(*decimal),
                ..Shape::plain(Seen::Decimal)
            },
            Value::Date(_) => Shape {
                date: Some(DateForm::Native),
                ..Shape::plain(Seen::Date)
            },
            Value::Time(_) => Shape::plain(Seen::Time),
            Value::List(_) => Shape::plain(Seen::List),
            Value::Record(_) => Shape::plain(Seen::Record),
            Value::Text(text) => Shape {
                is_text: true,
                ..of_text(text.trim())
            },
            Value::Null | Value::Unknown => Shape::plain(Seen::Text),
        }
    }
}

fn of_text(text: &str) -> Shape {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Shape {
            number: parse_number(text, Separators::Point),
            digits: Some(text.len()),
            zero_first: text.len() > 1 && text.starts_with('0'),
            ..Shape::plain(Seen::Integer)
        };
    }
    if let Some(form) = DateForm::of(text) {
        return Shape {
            date: Some(form),
            ..Shape::plain(Seen::Date)
        };
    }
    if !text.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '+' | '\u{2212}')) {
        let is_flag = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        return Shape::plain(if is_flag { Seen::Boolean } else { Seen::Text });
    }
    if let Some(number) = parse_number(text, Separators::Point) {
        let seen = if text.contains('.') {
            Seen::Decimal
        } else {
            Seen::Integer
        };
        return Shape {
            number: Some(number),
            ..Shape::plain(seen)
        };
    }
    if let Some(number) = parse_number(text, Separators::Comma) {
        return Shape {
            number: Some(number),
            ..Shape::plain(Seen::DecimalComma)
        };
    }
    if is_scientific(text) {
        return Shape {
            rounded: true,
            ..Shape::plain(Seen::Decimal)
        };
    }
    if parse_moment(text).is_some() {
        return Shape::plain(Seen::Time);
    }
    Shape::plain(Seen::Text)
}

#[cfg(test)]
mod tests {
    use super::{Seen, Shape};
    use crate::model::Value;

    fn seen(text: &str) -> Seen {
        Shape::of(&Value::text(text)).seen
    }

    #[test]
    fn text_is_seen_as_what_it_could_be() {
        assert_eq!(seen("12"), Seen::Integer);
        assert_eq!(seen("1,234"), Seen::Integer);
        assert_eq!(seen("12.50"), Seen::Decimal);
        assert_eq!(seen("1.234,56"), Seen::DecimalComma);
        assert_eq!(seen("1.9E+18"), Seen::Decimal);
        assert_eq!(seen("31/01/2026"), Seen::Date);
        assert_eq!(seen("2026-01-31T10:00:00Z"), Seen::Time);
        assert_eq!(seen("FALSE"), Seen::Boolean);
        assert_eq!(seen("12 Main Street"), Seen::Text);
    }

    #[test]
    fn zeros_in_front_are_seen() {
        assert!(Shape::of(&Value::text("01067")).zero_first);
        assert!(!Shape::of(&Value::text("0")).zero_first);
    }
}
