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
