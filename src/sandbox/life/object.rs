use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// The fields of one object.
pub(super) type Object = Map<String, Value>;

/// Sets a field.
pub(super) fn set(object: &mut Object, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

/// Sets a field that has no value yet.
pub(super) fn set_if_unset(object: &mut Object, name: &str, value: impl Into<Value>) {
    if object
        .get(name)
        .is_none_or(|known| known.is_null() || known.as_str() == Some(""))
    {
        set(object, name, value);
    }
}

/// Sets a member of a nested object.
pub(super) fn set_inner(object: &mut Object, outer: &str, name: &str, value: impl Into<Value>) {
    if let Some(Value::Object(inner)) = object.get_mut(outer) {
        set(inner, name, value);
    }
}

/// Tells whether a parameter has a value.
pub(super) fn has(given: &Object, name: &str) -> bool {
    given.get(name).is_some_and(|value| !value.is_null())
}

/// Gives a text field.
pub(super) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// Gives a text field to keep; the empty text where it has none.
pub(super) fn owned(object: &Object, name: &str) -> String {
    text(object, name).unwrap_or("").to_owned()
}

/// Gives an object's id.
pub(super) fn id_of(object: &Object) -> String {
    owned(object, "id")
}

/// Gives a whole number; 0 where there is none.
pub(super) fn int(object: &Object, name: &str) -> i64 {
    object.get(name).and_then(Value::as_i64).unwrap_or(0)
}

/// Tells whether a field is `true`.
pub(super) fn is_set(object: &Object, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}

/// Gives a nested object.
pub(super) fn inner<'a>(object: &'a Object, name: &str) -> Option<&'a Object> {
    object.get(name).and_then(Value::as_object)
}

/// Gives the items of a list; none where there is no list.
pub(super) fn list<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    object
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Gives the texts of a list.
pub(super) fn texts(object: &Object, name: &str) -> Vec<String> {
    list(object, name)
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// Gives an exact number, from a number or from a decimal text.
pub(super) fn decimal(object: &Object, name: &str) -> Option<Decimal> {
    match object.get(name)? {
        Value::String(text) => Decimal::from_str_exact(text).ok(),
        Value::Number(number) => Decimal::from_str_exact(&number.to_string()).ok(),
        _ => None,
    }
}
