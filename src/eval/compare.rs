use std::cmp::Ordering;

use crate::model::Value;

use super::convert::{parse_moment, to_moment, to_number};
use super::fault::{Fault, describe};
use super::number::Number;

/// Tells whether `==` holds. Both values are known.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Null, other) | (other, Value::Null) => match other {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            _ => false,
        },
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Record(left), Value::Record(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((name, left), (other, right))| name == other && equal(left, right))
        }
        _ => match (number_in(left), number_in(right)) {
            (Some(left), Some(right)) => left == right,
            _ => same_moment(left, right),
        },
    }
}

fn number_in(value: &Value) -> Option<Number> {
    match value {
        Value::Integer(integer) => Some(Number::Integer(*integer)),
        Value::Decimal(decimal) => Some(Number::Decimal(*decimal)),
        Value::Text(text) => Number::parse(text),
        _ => None,
    }
}

fn same_moment(left: &Value, right: &Value) -> bool {
    let moment = |value: &Value| match value {
        Value::Date(_) | Value::Time(_) => to_moment(value).ok().flatten()?.timestamp().ok(),
        Value::Text(text) => parse_moment(text)?.timestamp().ok(),
        _ => None,
    };
    matches!((moment(left), moment(right)), (Some(left), Some(right)) if left == right)
}

/// Gives the order of two known values; `None` when one is empty.
pub(super) fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, Fault> {
    if left.is_empty() || right.is_empty() {
        return Ok(None);
    }
    match (left, right) {
        (Value::Text(one), Value::Text(other)) => {
            Ok(Some(match (Number::parse(one), Number::parse(other)) {
                (Some(one), Some(other)) => one.cmp(&other),
                _ => one.cmp(other),
            }))
        }
        (Value::Integer(_) | Value::Decimal(_), _) | (_, Value::Integer(_) | Value::Decimal(_)) => {
            let one = to_number(left).map_err(|fault| fault.at(0))?;
            let other = to_number(right).map_err(|fault| fault.at(1))?;
            Ok(one.zip(other).map(|(one, other)| one.cmp(&other)))
        }
        (Value::Date(_) | Value::Time(_), _) | (_, Value::Date(_) | Value::Time(_)) => {
            let one = to_moment(left).map_err(|fault| fault.at(0))?;
            let other = to_moment(right).map_err(|fault| fault.at(1))?;
            let (Some(one), Some(other)) = (one, other) else {
                return Ok(None);
            };
            Ok(Some(one.timestamp()?.cmp(&other.timestamp()?)))
        }
        _ => Err(Fault::new(format!(
            "{} and {} have no order; numbers, dates and texts have",
            describe(left),
            describe(right)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{equal, order};
    use crate::eval::testing::any_value;
    use crate::model::{Decimal, Value};

    fn day() -> Value {
        Value::Date(jiff::civil::date(2026, 1, 31))
    }

    #[test]
    fn numbers_and_dates_equal_texts_that_say_the_same() {
        assert!(equal(&Value::Integer(1), &Value::Decimal(Decimal::new(100, 2))));
        assert!(equal(&Value::text(" 7.0"), &Value::Integer(7)));
        assert!(equal(&Value::text("2026-01-31"), &day()));
        assert!(equal(&Value::text("2026-01-31T00:00:00Z"), &day()));
        assert!(!equal(&Value::text("31/01/2026"), &day()));
        assert!(!equal(&Value::text("true"), &Value::Boolean(true)));
    }

    #[test]
    fn texts_are_equal_only_letter_by_letter() {
        assert!(!equal(&Value::text("007"), &Value::text("7")));
        assert!(!equal(&Value::text("a"), &Value::text("A")));
    }

    #[test]
    fn null_equals_empty_text_and_nothing_else() {
        assert!(equal(&Value::Null, &Value::text(" ")));
        assert!(!equal(&Value::Null, &Value::Integer(0)));
        assert!(!equal(&Value::Null, &Value::Boolean(false)));
    }

    #[test]
    fn texts_that_are_numbers_are_ordered_as_numbers() {
        let ordering = |left: &str, right: &str| order(&Value::text(left), &Value::text(right));
        assert_eq!(ordering("10", "9"), Ok(Some(Ordering::Greater)));
        assert_eq!(ordering("b10", "b9"), Ok(Some(Ordering::Less)));
        assert_eq!(ordering("", "9"), Ok(None));
    }

    #[test]
    fn the_side_that_does_not_fit_is_to_blame() {
        let fault = order(&Value::Integer(5), &Value::text("12,0")).expect_err("it is no number");
        assert_eq!(fault.operand, Some(1));
        assert!(order(&Value::Boolean(true), &Value::Boolean(false)).is_err());
        assert!(order(&day(), &Value::text("soon")).is_err());
    }

    proptest! {
        #[test]
        fn order_is_the_same_from_both_sides(left in any_value(), right in any_value()) {
            prop_assert_eq!(equal(&left, &right), equal(&right, &left));
            let there = order(&left, &right).ok().flatten();
            let back = order(&right, &left).ok().flatten();
            prop_assert_eq!(there, back.map(Ordering::reverse));
        }
    }
}
