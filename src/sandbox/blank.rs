use serde_json::{Map, Value, json};

use super::shapes::{Members, Shapes};
use crate::catalog::{Alternative, ApiType, ShapeId};

/// How deep required objects are filled in; what lies deeper is `null`.
const DEEPEST: usize = 6;

/// Values that go before the first one where an enum is required and nothing was given.
const SENSIBLE: [&str; 4] = ["active", "none", "unspecified", "succeeded"];

/// Gives the fields that an object has when nothing was given: what may be `null` is `null`, what may be
/// absent is left out, the rest has a plain value. Times are `now`.
pub(super) fn object(shapes: &Shapes, resource: &str, now: i64) -> Map<String, Value> {
    Blank { shapes, now }.resource(resource, 0)
}

/// Gives the members of a nested object when nothing was given.
pub(super) fn nested(shapes: &Shapes, shape: ShapeId, now: i64) -> Map<String, Value> {
    Blank { shapes, now }.members(&shapes.members(shape), 1)
}

/// Gives an empty list object.
pub(super) fn list(url: &str) -> Value {
    json!({"object": "list", "data": [], "has_more": false, "url": url})
}

struct Blank<'a> {
    shapes: &'a Shapes,
    now: i64,
}

impl Blank<'_> {
    fn resource(&self, name: &str, depth: usize) -> Map<String, Value> {
        let fields = self.shapes.fields(name);
        let mut blank = Map::with_capacity(fields.len());
        if fields.contains_key("id") {
            blank.insert("id".to_owned(), "".into());
        }
        if fields.contains_key("object") {
            blank.insert("object".to_owned(), name.into());
        }
        for (name, value) in self.members(&fields, depth) {
            blank.entry(name).or_insert(value);
        }
        blank
    }

    fn members(&self, members: &Members, depth: usize) -> Map<String, Value> {
        members
            .iter()
            .filter_map(|(name, member)| Some(((*name).to_owned(), self.value(name, member, depth)?)))
            .collect()
    }

    fn value(&self, name: &str, member: &ApiType, depth: usize) -> Option<Value> {
        if member.nullable {
            return Some(Value::Null);
        }
        if member.may_be_absent {
            return None;
        }
        let first = member.alternatives.first()?;
        Some(self.required(name, first, depth))
    }

    fn required(&self, name: &str, wanted: &Alternative, depth: usize) -> Value {
        match wanted {
            Alternative::Integer | Alternative::Number => 0.into(),
            Alternative::Boolean => (name == "active").into(),
            Alternative::True => true.into(),
            Alternative::False => false.into(),
            Alternative::Decimal => "0".into(),
            Alternative::Timestamp => self.now.into(),
            Alternative::DateTime => date_time(self.now).into(),
            Alternative::Currency => "usd".into(),
            Alternative::Enum(index) => sensible(self.shapes.catalog.enum_values(*index)).into(),
            Alternative::List(_) => Value::Array(Vec::new()),
            Alternative::Map(_) => Value::Object(Map::new()),
            Alternative::ListOf(resource) => list(self.collection(resource)),
            Alternative::Shape(_) | Alternative::Object(_) if depth >= DEEPEST => Value::Null,
            Alternative::Shape(shape) => Value::Object(self.members(&self.shapes.members(*shape), depth + 1)),
            Alternative::Object(resource) => Value::Object(self.resource(resource, depth + 1)),
            Alternative::Text
            | Alternative::File
            | Alternative::Unset
            | Alternative::Reference(_)
            | Alternative::ReferenceShape(_) => "".into(),
            Alternative::Any | Alternative::SearchOf(_) => Value::Null,
        }
    }

    fn collection(&self, resource: &str) -> &'static str {
        self.shapes
            .catalog
            .resource(resource)
            .and_then(|found| found.path)
            .unwrap_or("")
    }
}

fn sensible(values: &[&'static str]) -> &'static str {
    SENSIBLE
        .into_iter()
        .find(|word| values.contains(word))
        .or_else(|| values.first().copied())
        .unwrap_or("")
}

fn date_time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::object;
    use crate::catalog::Catalog;
    use crate::sandbox::shapes::Shapes;

    #[test]
    fn what_may_be_null_is_null_and_what_may_be_absent_is_left_out() {
        let shapes = Shapes::new(Catalog::embedded());
        let customer = object(&shapes, "customer", 7);
        assert_eq!(customer.keys().take(2).collect::<Vec<_>>(), ["id", "object"]);
        assert_eq!(customer.get("email"), Some(&Value::Null));
        assert_eq!(customer.get("created"), Some(&Value::from(7)));
        assert_eq!(customer.get("sources"), None);
    }

    #[test]
    fn every_resource_has_a_blank_object() {
        let shapes = Shapes::new(Catalog::embedded());
        for resource in shapes.catalog.resources() {
            let blank = object(&shapes, resource.name, 0);
            assert!(!blank.is_empty(), "{}", resource.name);
            assert!(
                blank.len() <= shapes.fields(resource.name).len(),
                "{}",
                resource.name
            );
        }
    }
}
