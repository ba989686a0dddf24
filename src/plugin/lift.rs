use std::collections::BTreeMap;

use wasmtime::component::Val;

use crate::model::{Currency, Decimal, Value};

use super::call_error::CallFailure;
use super::message::shortened;
use super::plugin_type::PluginType;

/// Turns a component's result into a value; the plugin's own `Err` into a refusal.
pub(super) fn lift_result(wanted: &PluginType, result: Val) -> Result<Value, CallFailure> {
    match (wanted, result) {
        (PluginType::Boolean, Val::Bool(flag)) => Ok(Value::Boolean(flag)),
        (PluginType::Integer(_), integer) => lift_integer(&integer),
        (PluginType::Float32, Val::Float32(float)) => {
            lift_float(float.is_finite().then(|| float.to_string()))
        }
        (PluginType::Float64, Val::Float64(float)) => {
            lift_float(float.is_finite().then(|| float.to_string()))
        }
        (PluginType::Character, Val::Char(letter)) => Ok(Value::text(letter.to_string())),
        (PluginType::Text, Val::String(text)) => Ok(Value::text(text)),
        (PluginType::Choice(_), Val::Enum(name)) => Ok(Value::text(name)),
        (PluginType::Optional(_), Val::Option(None)) => Ok(Value::Null),
        (PluginType::Optional(inner), Val::Option(Some(value))) => lift_result(inner, *value),
        (PluginType::List(item), Val::List(values)) => values
            .into_iter()
            .map(|value| lift_result(item, value))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (PluginType::Tuple(parts), Val::Tuple(values)) => parts
            .iter()
            .zip(values)
            .map(|(part, value)| lift_result(part, value))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (PluginType::Money, Val::Record(members)) => lift_money(members),
        (PluginType::Record(fields), Val::Record(members)) => fields
            .iter()
            .zip(members)
            .map(|(field, (_, value))| Ok((field.name.clone(), lift_result(&field.field_type, value)?)))
            .collect::<Result<BTreeMap<_, _>, _>>()
            .map(Value::Record),
        (PluginType::Fallible(_), Val::Result(Err(error))) => Err(CallFailure::Refused(refusal(error))),
        (PluginType::Fallible(Some(inner)), Val::Result(Ok(Some(value)))) => lift_result(inner, *value),
        (PluginType::Fallible(None), Val::Result(Ok(None))) => Ok(Value::Null),
        (wanted, _) => Err(CallFailure::Result(format!("it is no {wanted}"))),
    }
}

/// Turns an integer into a value; what 64 bits with a sign can't hold becomes a decimal.
fn lift_integer(integer: &Val) -> Result<Value, CallFailure> {
    Ok(match *integer {
        Val::S8(integer) => Value::Integer(integer.into()),
        Val::S16(integer) => Value::Integer(integer.into()),
        Val::S32(integer) => Value::Integer(integer.into()),
        Val::S64(integer) => Value::Integer(integer),
        Val::U8(integer) => Value::Integer(integer.into()),
        Val::U16(integer) => Value::Integer(integer.into()),
        Val::U32(integer) => Value::Integer(integer.into()),
        Val::U64(integer) => match i64::try_from(integer) {
            Ok(integer) => Value::Integer(integer),
            Err(_) => Value::Decimal(Decimal::from(integer)),
        },
        _ => return Err(CallFailure::Result("it is no integer".to_owned())),
    })
}

/// Turns a float's shortest text into a decimal.
fn lift_float(text: Option<String>) -> Result<Value, CallFailure> {
    let text = text.ok_or_else(|| CallFailure::Result("it is not a finite number".to_owned()))?;
    Decimal::from_str_exact(&text)
        .map(Value::Decimal)
        .map_err(|_| CallFailure::Result(format!("`{}` has more digits than a decimal", shortened(&text))))
}

fn lift_money(members: Vec<(String, Val)>) -> Result<Value, CallFailure> {
    let mut money = BTreeMap::new();
    for (name, member) in members {
        let value = match member {
            Val::S64(minor) => Value::Integer(minor),
            Val::String(code) => Currency::parse(&code)
                .map(|currency| Value::text(currency.code()))
                .map_err(|error| CallFailure::Result(shortened(&error.to_string())))?,
            _ => return Err(CallFailure::Result("it is no money".to_owned())),
        };
        money.insert(name, value);
    }
    Ok(Value::Record(money))
}

/// Writes a plugin's error as one line: its text, or the name of its case with what it carries.
fn refusal(error: Option<Box<Val>>) -> String {
    let text = match error.map(|error| *error) {
        Some(Val::String(text)) => text,
        Some(Val::Char(letter)) => letter.to_string(),
        Some(Val::Enum(name)) | Some(Val::Variant(name, None)) => name,
        Some(Val::Variant(name, Some(payload))) => match *payload {
            Val::String(text) => format!("{name}: {text}"),
            other => format!("{name}: {other:?}"),
        },
        Some(_) | None => "it says no reason".to_owned(),
    };
    shortened(&text)
}
