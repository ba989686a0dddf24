use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A value of the flow language.
///
/// Numbers are exact: integers of 64 bits and decimals of up to 28 digits. There is no binary float.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// An empty cell, or `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// Text, in Unicode.
    Text(Arc<str>),
    /// A day without a time.
    Date(Date),
    /// A moment. Times of a sheet, which name no zone, are taken as UTC.
    Time(Timestamp),
    /// Values in order.
    List(Vec<Value>),
    /// Named values, such as an object that Stripe answered.
    Record(BTreeMap<String, Value>),
    /// A value that exists only after an earlier step has run. Whatever is computed from it is unknown
    /// too, so that a plan can be made before anything is sent.
    Unknown,
}

impl Value {
    /// Makes a text value.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Value::Text(text.into())
    }

    /// Tells whether the language's `is empty` holds: `null`, and text of white space alone.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Record(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Gives the type that this value has at run time.
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null => Type::Null,
            Value::Boolean(_) => Type::Boolean,
            Value::Integer(_) => Type::Integer,
            Value::Decimal(_) => Type::Decimal,
            Value::Text(_) => Type::Text,
            Value::Date(_) => Type::Date,
            Value::Time(_) => Type::Time,
            Value::List(_) => Type::List(Box::new(Type::Any)),
            Value::Record(_) => Type::Record,
            Value::Unknown => Type::Any,
        }
    }

    /// Reads a JSON answer. Numbers that are no 64-bit integers become exact decimals of their text.
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Boolean(*flag),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) => Value::Integer(integer),
                None => {
                    let text = number.to_string();
                    match Decimal::from_scientific(&text).or_else(|_| text.parse()) {
                        Ok(decimal) => Value::Decimal(decimal),
                        Err(_) => Value::text(text),
                    }
                }
            },
            serde_json::Value::String(text) => Value::text(text.as_str()),
            serde_json::Value::Array(items) => Value::List(items.iter().map(Value::from_json).collect()),
            serde_json::Value::Object(members) => Value::Record(
                members
                    .iter()
                    .map(|(name, member)| (name.clone(), Value::from_json(member)))
                    .collect(),
            ),
        }
    }
}

/// The text that interpolation, keys and forms use: no quotes, ISO dates, plain decimals.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Boolean(flag) => write!(f, "{flag}"),
            Value::Integer(integer) => write!(f, "{integer}"),
            Value::Decimal(decimal) => write!(f, "{decimal}"),
            Value::Text(text) => f.write_str(text),
            Value::Date(date) => write!(f, "{date}"),
            Value::Time(time) => write!(f, "{time}"),
            Value::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Value::Record(members) => {
                f.write_str("{")?;
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{name}: {member}")?;
                }
                f.write_str("}")
            }
            Value::Unknown => f.write_str("(known after apply)"),
        }
    }
}

/// What the checker knows of an expression before any row is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Not known before the row is read.
    Any,
    /// Only `null`.
    Null,
    /// [`Value::Boolean`].
    Boolean,
    /// [`Value::Integer`].
    Integer,
    /// [`Value::Decimal`]; an integer is accepted where a decimal is wanted.
    Decimal,
    /// [`Value::Text`].
    Text,
    /// [`Value::Date`].
    Date,
    /// [`Value::Time`].
    Time,
    /// A list whose items have this type.
    List(Box<Type>),
    /// Named values whose names are not known.
    Record,
    /// A whole object of this Stripe resource, such as `customer`.
    Object(String),
}

impl Type {
    /// Tells whether both [`Type::Integer`] and [`Type::Decimal`] operations apply.
    pub fn is_number(&self) -> bool {
        matches!(self, Type::Integer | Type::Decimal)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any value"),
            Type::Null => f.write_str("null"),
            Type::Boolean => f.write_str("boolean"),
            Type::Integer => f.write_str("integer"),
            Type::Decimal => f.write_str("decimal"),
            Type::Text => f.write_str("text"),
            Type::Date => f.write_str("date"),
            Type::Time => f.write_str("time"),
            Type::List(item) => write!(f, "list of {item}"),
            Type::Record => f.write_str("record"),
            Type::Object(resource) => write!(f, "{resource} object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn json_numbers_stay_exact() {
        let json = serde_json::from_str("[12, 0.1, 1e3]").expect("the text is JSON");
        assert_eq!(Value::from_json(&json).to_string(), "[12, 0.1, 1000]");
    }

    #[test]
    fn text_of_white_space_is_empty_and_zero_is_not() {
        assert!(Value::text(" \u{a0}\t").is_empty());
        assert!(!Value::Integer(0).is_empty());
    }
}
