use serde_json::{Map, Value};

use super::blank;
use super::check::{METADATA_KEYS, too_many_keys};
use super::place::Place;
use super::refusal::Refusal;
use super::shapes::{Members, Shapes};
use super::store::Store;
use crate::catalog::{Alternative, ApiType};

/// Writes checked parameters into an object's fields.
///
/// What has no field of its name and kind is left to the resource's own rules.
#[derive(Clone, Copy)]
pub(super) struct Merge<'a> {
    pub(super) shapes: &'a Shapes,
    pub(super) store: &'a Store,
    /// Unix seconds.
    pub(super) now: i64,
}

impl Merge<'_> {
    /// Writes the parameters of a request into the fields of a resource.
    pub(super) fn fields(
        &self,
        fields: &Members,
        object: &mut Map<String, Value>,
        given: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        self.members(fields, object, given, &Place::default())
    }

    fn members(
        &self,
        fields: &Members,
        object: &mut Map<String, Value>,
        given: &Map<String, Value>,
        place: &Place,
    ) -> Result<(), Refusal> {
        for (name, value) in given {
            let Some((name, field)) = fields.get_key_value(name.as_str()) else {
                continue;
            };
            let place = place.member(name);
            if value.is_null() {
                unset(name, field, object, &place)?;
                continue;
            }
            if let Some(fitted) = self.fit(field, value, object.get(*name), &place)? {
                put(object, name, fitted);
            }
        }
        Ok(())
    }

    /// Gives the value that the field takes, or `None` when it takes nothing of that kind.
    fn fit(
        &self,
        field: &ApiType,
        value: &Value,
        former: Option<&Value>,
        place: &Place,
    ) -> Result<Option<Value>, Refusal> {
        for alternative in &field.alternatives {
            if let Some(fitted) = self.fit_one(alternative, value, former, place)? {
                return Ok(Some(fitted));
            }
        }
        Ok(None)
    }

    fn fit_one(
        &self,
        wanted: &Alternative,
        value: &Value,
        former: Option<&Value>,
        place: &Place,
    ) -> Result<Option<Value>, Refusal> {
        match (wanted, value) {
            (Alternative::Shape(shape), Value::Object(given)) => {
                let mut object = match former {
                    Some(Value::Object(former)) => former.clone(),
                    _ => blank::nested(self.shapes, *shape, self.now),
                };
                self.members(&self.shapes.members(*shape), &mut object, given, place)?;
                Ok(Some(Value::Object(object)))
            }
            (Alternative::Map(item), Value::Object(given)) => self.map(item, given, former, place).map(Some),
            (Alternative::List(item), Value::Array(given)) => {
                let mut items = Vec::with_capacity(given.len());
                for (index, value) in given.iter().enumerate() {
                    items.extend(self.fit(item, value, None, &place.item(index))?);
                }
                Ok(Some(Value::Array(items)))
            }
            (Alternative::Object(resource), Value::String(id)) => Ok(self.store.object(resource, id)),
            (wanted, value) => Ok(fits(wanted, value).then(|| value.clone())),
        }
    }

    /// Merges a map: keys that are given replace former ones, unset ones go.
    fn map(
        &self,
        item: &ApiType,
        given: &Map<String, Value>,
        former: Option<&Value>,
        place: &Place,
    ) -> Result<Value, Refusal> {
        let mut merged = match former {
            Some(Value::Object(former)) => former.clone(),
            _ => Map::new(),
        };
        for (key, value) in given {
            if value.is_null() {
                merged.shift_remove(key);
                continue;
            }
            let fitted = self.fit(item, value, merged.get(key), &place.member(key))?;
            if let Some(fitted) = fitted {
                merged.insert(key.clone(), fitted);
            }
        }
        if place.sent == "metadata" && merged.len() > METADATA_KEYS {
            return Err(too_many_keys(merged.len(), place));
        }
        Ok(Value::Object(merged))
    }
}

fn fits(wanted: &Alternative, value: &Value) -> bool {
    match wanted {
        Alternative::Any => true,
        Alternative::Text
        | Alternative::Decimal
        | Alternative::DateTime
        | Alternative::Currency
        | Alternative::Enum(_)
        | Alternative::Reference(_)
        | Alternative::ReferenceShape(_) => value.is_string(),
        Alternative::Integer | Alternative::Number | Alternative::Timestamp => value.is_number(),
        Alternative::Boolean => value.is_boolean(),
        Alternative::True => *value == Value::Bool(true),
        Alternative::False => *value == Value::Bool(false),
        Alternative::File
        | Alternative::Unset
        | Alternative::Shape(_)
        | Alternative::List(_)
        | Alternative::Map(_)
        | Alternative::Object(_)
        | Alternative::ListOf(_)
        | Alternative::SearchOf(_) => false,
    }
}

/// Takes a field's value away, as far as the field can be without one.
fn unset(name: &str, field: &ApiType, object: &mut Map<String, Value>, place: &Place) -> Result<(), Refusal> {
    let nothing = match field.alternatives.first() {
        _ if field.nullable => Value::Null,
        Some(Alternative::Map(_)) => Value::Object(Map::new()),
        Some(Alternative::List(_)) => Value::Array(Vec::new()),
        _ if field.may_be_absent => {
            object.shift_remove(name);
            return Ok(());
        }
        _ => return Err(Refusal::empty(&place.sent)),
    };
    put(object, name, nothing);
    Ok(())
}

/// Writes a field without losing its place among the others.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    match object.get_mut(name) {
        Some(place) => *place = value,
        None => {
            object.insert(name.to_owned(), value);
        }
    }
}
