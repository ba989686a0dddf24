use std::collections::BTreeMap;

use crate::model::Value;

use super::call_error::CallError;
use super::function::Function;
use super::host::Plugin;
use super::plugin_type::{IntegerKind, PluginType};

/// How many calls of each function are tried.
const SAMPLES: usize = 12;

/// Texts that plugins are likely to treat in different ways.
const TEXTS: [&str; 6] = [
    "Ann Lee",
    "",
    "1250.00",
    "DE136695976",
    "+1 202 555 0123",
    "ß 漢字 \u{1f600}",
];

/// A call whose outcome depends on the calls before it, or on being made with others.
#[derive(Clone, Debug, PartialEq)]
pub struct Impurity {
    /// The function.
    pub function: String,
    /// What it was called with.
    pub arguments: Vec<Value>,
    /// What a new instance gives.
    pub alone: Result<Value, CallError>,
    /// What an instance gives that other calls have used.
    pub among_others: Result<Value, CallError>,
}

impl Plugin {
    /// Calls each function with samples, on new instances, on one that they share, and through its batch
    /// twin; gives the first call that differs. `None` proves nothing, but is a good sign.
    pub fn find_impurity(&self) -> Option<Impurity> {
        self.functions()
            .iter()
            .enumerate()
            .find_map(|(index, function)| self.find_impurity_of(index, function))
    }

    fn find_impurity_of(&self, index: usize, function: &Function) -> Option<Impurity> {
        let samples: Vec<Vec<Value>> = (0..SAMPLES).map(|number| sample(function, number)).collect();
        let alone: Vec<_> = samples
            .iter()
            .map(|arguments| self.worker().call(index, arguments))
            .collect();
        let mut shared = self.worker();
        let forwards: Vec<_> = samples
            .iter()
            .map(|arguments| shared.call(index, arguments))
            .collect();
        let mut backwards: Vec<_> = samples
            .iter()
            .rev()
            .map(|arguments| shared.call(index, arguments))
            .collect();
        backwards.reverse();
        let at_once = shared.call_batch(index, &samples);
        for others in [forwards, backwards, at_once] {
            let differs = alone.iter().zip(&others).position(|(one, other)| one != other);
            if let Some(at) = differs {
                return Some(Impurity {
                    function: function.name.to_string(),
                    arguments: samples.get(at)?.clone(),
                    alone: alone.get(at)?.clone(),
                    among_others: others.get(at)?.clone(),
                });
            }
        }
        None
    }
}

fn sample(function: &Function, number: usize) -> Vec<Value> {
    function
        .parameters
        .iter()
        .enumerate()
        // Each parameter runs through its values at another pace.
        .map(|(place, parameter)| sample_value(&parameter.parameter_type, number / (place + 1) + place))
        .collect()
}

fn sample_value(parameter_type: &PluginType, number: usize) -> Value {
    let text = || Value::text(TEXTS[number % TEXTS.len()]);
    match parameter_type {
        PluginType::Boolean => Value::Boolean(number.is_multiple_of(2)),
        PluginType::Integer(kind) => Value::Integer(sample_integer(*kind, number)),
        PluginType::Float32 | PluginType::Float64 => Value::Integer(sample_integer(IntegerKind::S8, number)),
        PluginType::Character => Value::text(["a", "7", "ß"][number % 3]),
        PluginType::Text => text(),
        PluginType::Optional(inner) => match number % 3 {
            0 => Value::Null,
            _ => sample_value(inner, number),
        },
        PluginType::List(item) => Value::List((0..number % 4).map(|at| sample_value(item, at)).collect()),
        PluginType::Tuple(parts) => {
            Value::List(parts.iter().map(|part| sample_value(part, number)).collect())
        }
        PluginType::Money => Value::Record(BTreeMap::from([
            (
                "amount".to_owned(),
                Value::Integer(sample_integer(IntegerKind::S16, number)),
            ),
            (
                "currency".to_owned(),
                Value::text(["usd", "eur", "jpy"][number % 3]),
            ),
        ])),
        PluginType::Record(fields) => Value::Record(
            fields
                .iter()
                .map(|field| (field.name.clone(), sample_value(&field.field_type, number)))
                .collect(),
        ),
        PluginType::Choice(names) => names
            .get(number % names.len().max(1))
            .map_or(Value::Null, |name| Value::text(name.as_str())),
        PluginType::Fallible(_) | PluginType::Nothing => Value::Null,
    }
}

/// Gives small numbers, and those at the ends of the range.
fn sample_integer(kind: IntegerKind, number: usize) -> i64 {
    let (least, most) = kind.range();
    let wanted = match number % 6 {
        0 => 1,
        1 => 0,
        2 => 42,
        3 => least,
        4 => most,
        _ => 1_250,
    };
    i64::try_from(wanted.clamp(least, most)).unwrap_or(i64::MAX)
}
