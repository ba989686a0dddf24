use wasmtime::component::Val;

use crate::model::{Currency, Decimal, Value};

use super::call_error::CallFailure;
use super::function::{Function, Parameter};
use super::message::shortened;
use super::plugin_type::{Field, IntegerKind, PluginType};

/// What becomes of a call's arguments.
pub(super) enum Lowered {
    /// The call can be made.
    Call(Vec<Val>),
    /// The call is not made, and this is its value: `null` where an empty argument meets a parameter that
    /// is not optional, unknown where an argument is not known yet.
    Value(Value),
}

/// Turns the arguments of a call into the component's values.
pub(super) fn lower_arguments(function: &Function, arguments: &[Value]) -> Result<Lowered, CallFailure> {
    function.check_count(arguments.len())?;
    if arguments.contains(&Value::Unknown) {
        return Ok(Lowered::Value(Value::Unknown));
    }
    let mut lowered = Vec::with_capacity(function.parameters.len());
    let mut is_empty = false;
    for (index, parameter) in function.parameters.iter().enumerate() {
        let argument = arguments.get(index).unwrap_or(&Value::Null);
        if matches!(argument, Value::Null) && !parameter.parameter_type.is_optional() {
            is_empty = true;
        } else {
            lowered.push(Lowering { parameter }.lower(&parameter.parameter_type, argument)?);
        }
    }
    Ok(if is_empty {
        Lowered::Value(Value::Null)
    } else {
        Lowered::Call(lowered)
    })
}

/// Turns the values of one argument; knows the parameter for messages.
struct Lowering<'a> {
    parameter: &'a Parameter,
}

impl Lowering<'_> {
    fn lower(&self, wanted: &PluginType, value: &Value) -> Result<Val, CallFailure> {
        let refuse = || self.refuse(wanted, value);
        match wanted {
            PluginType::Boolean => match value {
                Value::Boolean(flag) => Ok(Val::Bool(*flag)),
                _ => Err(refuse()),
            },
            PluginType::Integer(kind) => {
                let integer = whole_number(value).ok_or_else(refuse)?;
                integer_val(*kind, integer).ok_or_else(|| self.outside(wanted, value))
            }
            PluginType::Float32 => float_text(value)
                .and_then(|text| text.parse().ok())
                .map(Val::Float32)
                .ok_or_else(refuse),
            PluginType::Float64 => float_text(value)
                .and_then(|text| text.parse().ok())
                .map(Val::Float64)
                .ok_or_else(refuse),
            PluginType::Character => one_character(value).map(Val::Char).ok_or_else(refuse),
            PluginType::Text => text(value).map(Val::String).ok_or_else(refuse),
            PluginType::Choice(names) => match value {
                Value::Text(text) if names.iter().any(|name| **name == **text) => {
                    Ok(Val::Enum(text.to_string()))
                }
                _ => Err(refuse()),
            },
            PluginType::Optional(inner) => match value {
                Value::Null => Ok(Val::Option(None)),
                value => Ok(Val::Option(Some(Box::new(self.lower(inner, value)?)))),
            },
            PluginType::List(item) => match value {
                Value::List(items) => items
                    .iter()
                    .map(|value| self.lower(item, value))
                    .collect::<Result<_, _>>()
                    .map(Val::List),
                _ => Err(refuse()),
            },
            PluginType::Tuple(parts) => match value {
                Value::List(items) if items.len() == parts.len() => parts
                    .iter()
                    .zip(items)
                    .map(|(part, value)| self.lower(part, value))
                    .collect::<Result<_, _>>()
                    .map(Val::Tuple),
                _ => Err(refuse()),
            },
            PluginType::Money => self.lower_money(wanted, value),
            PluginType::Record(fields) => self.lower_record(wanted, fields, value),
            // No parameter has these types.
            PluginType::Fallible(_) | PluginType::Nothing => Err(refuse()),
        }
    }

    fn lower_money(&self, wanted: &PluginType, value: &Value) -> Result<Val, CallFailure> {
        let refuse = || self.refuse(wanted, value);
        let Value::Record(members) = value else {
            return Err(refuse());
        };
        let (Some(amount), Some(Value::Text(code)), 2) =
            (members.get("amount"), members.get("currency"), members.len())
        else {
            return Err(refuse());
        };
        let currency = Currency::parse(code).map_err(|_| refuse())?;
        let minor = whole_number(amount).ok_or_else(refuse)?;
        let minor = i64::try_from(minor).map_err(|_| self.outside(wanted, amount))?;
        Ok(Val::Record(vec![
            ("amount".to_owned(), Val::S64(minor)),
            ("currency".to_owned(), Val::String(currency.code().to_owned())),
        ]))
    }

    fn lower_record(&self, wanted: &PluginType, fields: &[Field], value: &Value) -> Result<Val, CallFailure> {
        let Value::Record(members) = value else {
            return Err(self.refuse(wanted, value));
        };
        let is_known = |name: &String| fields.iter().any(|field| field.name == *name);
        if !members.keys().all(is_known) {
            return Err(self.refuse(wanted, value));
        }
        let mut lowered = Vec::with_capacity(fields.len());
        for field in fields {
            let member = members.get(&field.name).unwrap_or(&Value::Null);
            lowered.push((
                field.component_name.clone(),
                self.lower(&field.field_type, member)?,
            ));
        }
        Ok(Val::Record(lowered))
    }

    fn refuse(&self, wanted: &PluginType, value: &Value) -> CallFailure {
        CallFailure::Argument {
            parameter: self.parameter.name.clone(),
            expected: wanted.to_string(),
            found: found(value),
        }
    }

    fn outside(&self, wanted: &PluginType, value: &Value) -> CallFailure {
        CallFailure::Range {
            parameter: self.parameter.name.clone(),
            expected: wanted.to_string(),
            found: value.to_string(),
        }
    }
}

/// Gives the whole number that a value stands for without loss.
fn whole_number(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(integer) => Some(i128::from(*integer)),
        Value::Decimal(decimal) if decimal.fract().is_zero() => i128::try_from(*decimal).ok(),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn integer_val(kind: IntegerKind, integer: i128) -> Option<Val> {
    match kind {
        IntegerKind::S8 => integer.try_into().ok().map(Val::S8),
        IntegerKind::S16 => integer.try_into().ok().map(Val::S16),
        IntegerKind::S32 => integer.try_into().ok().map(Val::S32),
        IntegerKind::S64 => integer.try_into().ok().map(Val::S64),
        IntegerKind::U8 => integer.try_into().ok().map(Val::U8),
        IntegerKind::U16 => integer.try_into().ok().map(Val::U16),
        IntegerKind::U32 => integer.try_into().ok().map(Val::U32),
        IntegerKind::U64 => integer.try_into().ok().map(Val::U64),
    }
}

/// Gives a number's own text, from which the nearest float is read.
fn float_text(value: &Value) -> Option<String> {
    match value {
        Value::Integer(integer) => Some(integer.to_string()),
        Value::Decimal(decimal) => Some(decimal.to_string()),
        Value::Text(text) => text
            .trim()
            .parse::<Decimal>()
            .ok()
            .map(|number| number.to_string()),
        _ => None,
    }
}

fn one_character(value: &Value) -> Option<char> {
    let Value::Text(text) = value else { return None };
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Some(letter),
        _ => None,
    }
}

/// Gives text, or the text that a number, a date or a time is written as.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(_) | Value::Decimal(_) | Value::Date(_) | Value::Time(_) => Some(value.to_string()),
        Value::Null | Value::Boolean(_) | Value::List(_) | Value::Record(_) | Value::Unknown => None,
    }
}

/// Names a value and its type, for messages.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::List(_) | Value::Record(_) | Value::Unknown => format!("a {}", value.type_of()),
        value => format!("{} `{}`", value.type_of(), shortened(&value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};

    use super::{Lowered, lower_arguments};
    use crate::model::{Decimal, Value};
    use crate::plugin::function::{Function, Parameter};
    use crate::plugin::lift::lift_result;
    use crate::plugin::plugin_type::{Field, IntegerKind, PluginType};

    fn identity(parameter_type: &PluginType) -> Function {
        Function {
            name: "same".into(),
            parameters: vec![Parameter {
                name: "value".to_owned(),
                parameter_type: parameter_type.clone(),
            }],
            result: parameter_type.clone(),
            has_batch: false,
        }
    }

    /// Lowers a value, and lifts it again; gives the words of an error.
    fn there_and_back(parameter_type: &PluginType, value: &Value) -> Result<Value, String> {
        let function = identity(parameter_type);
        let lowered =
            lower_arguments(&function, std::slice::from_ref(value)).map_err(|error| error.to_string())?;
        match lowered {
            Lowered::Value(value) => Ok(value),
            Lowered::Call(mut arguments) => {
                let argument = arguments.pop().ok_or("no argument")?;
                lift_result(&function.result, argument).map_err(|error| error.to_string())
            }
        }
    }

    fn typed_values() -> impl Strategy<Value = (PluginType, Value)> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(|flag| (PluginType::Boolean, Value::Boolean(flag))),
            any::<i64>().prop_map(|number| (PluginType::Integer(IntegerKind::S64), Value::Integer(number))),
            any::<u8>().prop_map(|number| (
                PluginType::Integer(IntegerKind::U8),
                Value::Integer(number.into())
            )),
            any::<String>().prop_map(|text| (PluginType::Text, Value::text(text))),
            any::<char>().prop_map(|letter| (PluginType::Character, Value::text(letter.to_string()))),
            Just((
                PluginType::Choice(vec!["a".to_owned(), "b-c".to_owned()]),
                Value::text("b-c")
            )),
            any::<i64>().prop_map(|minor| (PluginType::Money, money(minor, "usd"))),
        ];
        leaf.prop_recursive(4, 20, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|(item, value)| (
                    PluginType::List(Box::new(item)),
                    Value::List(vec![value.clone(), value])
                )),
                inner
                    .clone()
                    .prop_map(|(item, value)| (PluginType::Optional(Box::new(item)), value)),
                (inner.clone(), inner).prop_map(|((first, one), (second, two))| {
                    let fields = [("first_name", "first-name", first), ("second", "second", second)];
                    let members = [("first_name".to_owned(), one), ("second".to_owned(), two)];
                    (
                        PluginType::Record(
                            fields
                                .map(|(name, component_name, field_type)| Field {
                                    name: name.to_owned(),
                                    component_name: component_name.to_owned(),
                                    field_type,
                                })
                                .into(),
                        ),
                        Value::Record(BTreeMap::from(members)),
                    )
                }),
            ]
        })
    }

    fn money(minor: i64, code: &str) -> Value {
        Value::Record(BTreeMap::from([
            ("amount".to_owned(), Value::Integer(minor)),
            ("currency".to_owned(), Value::text(code)),
        ]))
    }

    proptest! {
        #[test]
        fn a_value_comes_back_as_it_went((parameter_type, value) in typed_values()) {
            prop_assert_eq!(there_and_back(&parameter_type, &value), Ok(value));
        }

        #[test]
        fn integers_are_exact_or_refused(number in any::<i64>()) {
            for kind in [IntegerKind::S8, IntegerKind::S16, IntegerKind::U16, IntegerKind::U32, IntegerKind::U64] {
                let (least, most) = kind.range();
                let back = there_and_back(&PluginType::Integer(kind), &Value::Integer(number));
                if (least..=most).contains(&number.into()) {
                    prop_assert_eq!(back, Ok(Value::Integer(number)));
                } else {
                    prop_assert_eq!(
                        back,
                        Err(format!("takes {} as `value`, and {number} is outside of it", PluginType::Integer(kind)))
                    );
                }
            }
        }
    }

    #[test]
    fn what_loses_nothing_is_taken() {
        let integer = PluginType::Integer(IntegerKind::S32);
        assert_eq!(
            there_and_back(&integer, &Value::text(" 1200 ")),
            Ok(Value::Integer(1200))
        );
        assert_eq!(
            there_and_back(&integer, &Value::Decimal(Decimal::new(1200, 2))),
            Ok(Value::Integer(12))
        );
        assert_eq!(
            there_and_back(&PluginType::Text, &Value::Integer(7)),
            Ok(Value::text("7"))
        );
        assert_eq!(
            there_and_back(&PluginType::Float64, &Value::Decimal(Decimal::new(1, 1))),
            Ok(Value::Decimal(Decimal::new(1, 1)))
        );
    }

    #[test]
    fn what_would_lose_something_is_refused() {
        let refused = |parameter_type: &PluginType, value: &Value| {
            there_and_back(parameter_type, value).expect_err("the value does not fit")
        };
        let integer = PluginType::Integer(IntegerKind::S64);
        assert_eq!(
            refused(&integer, &Value::text("12,00")),
            "takes integer as `value`, found text `12,00`"
        );
        assert_eq!(
            refused(&integer, &Value::Decimal(Decimal::new(15, 1))),
            "takes integer as `value`, found decimal `1.5`"
        );
        assert_eq!(
            refused(&PluginType::Text, &Value::Boolean(true)),
            "takes text as `value`, found boolean `true`"
        );
        assert_eq!(
            refused(
                &PluginType::Choice(vec!["a".to_owned(), "b".to_owned()]),
                &Value::text("c")
            ),
            "takes one of \"a\", \"b\" as `value`, found text `c`"
        );
        assert!(refused(&PluginType::Money, &money(1, "euros")).contains("found a record"));
    }

    #[test]
    fn an_unsigned_integer_beyond_64_signed_bits_stays_exact() {
        let large = Value::Decimal(Decimal::from(u64::MAX));
        assert_eq!(
            there_and_back(&PluginType::Integer(IntegerKind::U64), &large),
            Ok(large)
        );
    }

    #[test]
    fn empty_arguments_need_an_option_or_give_null() {
        assert_eq!(there_and_back(&PluginType::Text, &Value::Null), Ok(Value::Null));
        let optional = PluginType::Optional(Box::new(PluginType::Text));
        assert!(matches!(
            lower_arguments(&identity(&optional), &[Value::Null]),
            Ok(Lowered::Call(_))
        ));
        assert!(matches!(
            lower_arguments(&identity(&optional), &[]),
            Ok(Lowered::Call(_))
        ));
    }

    #[test]
    fn the_number_of_arguments_is_checked() {
        let too_many = lower_arguments(&identity(&PluginType::Text), &[Value::Null, Value::Null]);
        assert_eq!(
            too_many.err().map(|failure| failure.to_string()),
            Some("takes 1 argument, found 2".to_owned())
        );
    }
}
