//! Operators between two values, and what counts as true.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::lang::program::BinaryOperator;
use crate::model::Value;

use super::compare::{equal, order};
use super::convert::{has_unknown, to_boolean, to_list, to_number};
use super::fault::{Fault, describe};
use super::number::Number;

/// What a condition came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    /// Reads a condition's value; an empty one counts as false.
    pub(super) fn of(value: &Value) -> Result<Truth, Fault> {
        if *value == Value::Unknown {
            return Ok(Truth::Unknown);
        }
        Ok(Truth::from(to_boolean(value)?.unwrap_or(false)))
    }

    #[must_use]
    pub(super) fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(flag: bool) -> Self {
        if flag { Truth::True } else { Truth::False }
    }
}

impl From<Truth> for Value {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Value::Boolean(true),
            Truth::False => Value::Boolean(false),
            Truth::Unknown => Value::Unknown,
        }
    }
}

/// Computes an operator both of whose sides are always looked at: all but `and`, `or`, `??`.
pub(super) fn operate(operator: BinaryOperator, left: &Value, right: &Value) -> Result<Value, Fault> {
    use BinaryOperator as Operator;
    match operator {
        Operator::Add => {
            arithmetic(left, right, Number::add).map_err(|fault| explain_text(fault, left, right))
        }
        Operator::Subtract => arithmetic(left, right, Number::subtract),
        Operator::Multiply => arithmetic(left, right, Number::multiply),
        Operator::Divide => arithmetic(left, right, Number::divide),
        Operator::Remainder => arithmetic(left, right, Number::remainder),
        Operator::Equal => Ok(equality(left, right).into()),
        Operator::NotEqual => Ok(equality(left, right).not().into()),
        Operator::Less => compare(left, right, Ordering::is_lt),
        Operator::LessOrEqual => compare(left, right, Ordering::is_le),
        Operator::Greater => compare(left, right, Ordering::is_gt),
        Operator::GreaterOrEqual => compare(left, right, Ordering::is_ge),
        Operator::In => Ok(membership(left, right)?.into()),
        Operator::NotIn => Ok(membership(left, right)?.not().into()),
        // These look at their right side only when they must, and are evaluated where it is.
        Operator::And | Operator::Or | Operator::Otherwise => Ok(Value::Null),
    }
}

/// Compares for `==`; unknown as soon as a part of either side is.
pub(super) fn equality(left: &Value, right: &Value) -> Truth {
    if has_unknown(left) || has_unknown(right) {
        return Truth::Unknown;
    }
    Truth::from(equal(left, right))
}

fn arithmetic(
    left: &Value,
    right: &Value,
    compute: fn(Number, Number) -> Result<Number, Fault>,
) -> Result<Value, Fault> {
    let (left, right) = (operand(left, 0)?, operand(right, 1)?);
    match (left, right) {
        (Operand::Unknown, _) | (_, Operand::Unknown) => Ok(Value::Unknown),
        (Operand::Null, _) | (_, Operand::Null) => Ok(Value::Null),
        (Operand::Number(left), Operand::Number(right)) => compute(left, right).map(Value::from),
    }
}

enum Operand {
    Unknown,
    Null,
    Number(Number),
}

fn operand(value: &Value, index: usize) -> Result<Operand, Fault> {
    if has_unknown(value) {
        return Ok(Operand::Unknown);
    }
    match to_number(value).map_err(|fault| fault.at(index))? {
        Some(number) => Ok(Operand::Number(number)),
        None => Ok(Operand::Null),
    }
}

/// `+` between texts is the likeliest mistake of all.
fn explain_text(fault: Fault, left: &Value, right: &Value) -> Fault {
    let is_words = |value: &Value| matches!(value, Value::Text(text) if Number::parse(text).is_none());
    if is_words(left) && is_words(right) {
        return Fault::new(format!(
            "`+` adds numbers, and {} is none; text is joined as in \"{{First}} {{Last}}\"",
            describe(left)
        ));
    }
    fault
}

fn compare(left: &Value, right: &Value, holds: fn(Ordering) -> bool) -> Result<Value, Fault> {
    if has_unknown(left) || has_unknown(right) {
        return Ok(Value::Unknown);
    }
    Ok(order(left, right)?.map_or(Value::Null, |order| Value::Boolean(holds(order))))
}

fn membership(item: &Value, list: &Value) -> Result<Truth, Fault> {
    if *list == Value::Unknown {
        return Ok(Truth::Unknown);
    }
    let items = to_list(list).map_err(|fault| fault.at(1))?.unwrap_or_default();
    let mut found = Truth::False;
    for candidate in items {
        match equality(item, candidate) {
            Truth::True => return Ok(Truth::True),
            Truth::Unknown => found = Truth::Unknown,
            Truth::False => {}
        }
    }
    Ok(found)
}

/// Computes `-`.
pub(super) fn negate(value: &Value) -> Result<Value, Fault> {
    Ok(match operand(value, 0)? {
        Operand::Unknown => Value::Unknown,
        Operand::Null => Value::Null,
        Operand::Number(number) => number.negate().into(),
    })
}

/// Gives an item of a list, counted from 0, or the named member of a record; `null` when there is none.
pub(super) fn item<'a>(container: Cow<'a, Value>, index: &Value) -> Result<Cow<'a, Value>, Fault> {
    if *container == Value::Unknown || *index == Value::Unknown {
        return Ok(Cow::Owned(Value::Unknown));
    }
    if let (Value::Record(_), Value::Text(name)) = (&*container, index) {
        return member(container, name);
    }
    let position = super::convert::to_integer(index).map_err(|fault| fault.at(1))?;
    let items = to_list(&container)
        .map_err(|fault| fault.at(0))?
        .unwrap_or_default();
    let position = position.and_then(|position| usize::try_from(position).ok());
    if position.is_none_or(|position| position >= items.len()) {
        return Ok(Cow::Owned(Value::Null));
    }
    Ok(pick(container, |value| match value {
        Value::List(items) => items.get(position?),
        _ => None,
    }))
}

/// Gives a member of a record; `null` when it has none of this name.
pub(super) fn member<'a>(container: Cow<'a, Value>, name: &str) -> Result<Cow<'a, Value>, Fault> {
    match &*container {
        Value::Unknown => Ok(Cow::Owned(Value::Unknown)),
        Value::Null => Ok(Cow::Owned(Value::Null)),
        Value::Record(_) => Ok(pick(container, |value| match value {
            Value::Record(members) => members.get(name),
            _ => None,
        })),
        other => Err(Fault::new(format!("{} has no member `{name}`", describe(other)))),
    }
}

/// Takes a part out of a value, without a copy where the whole is borrowed.
fn pick<'a>(container: Cow<'a, Value>, part: impl Fn(&Value) -> Option<&Value>) -> Cow<'a, Value> {
    match container {
        Cow::Borrowed(value) => part(value).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        Cow::Owned(value) => Cow::Owned(part(&value).cloned().unwrap_or(Value::Null)),
    }
}
