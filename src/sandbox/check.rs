use serde_json::{Map, Value};

use super::place::Place;
use super::refusal::Refusal;
use super::scalar;
use super::shapes::Shapes;
use crate::catalog::{Alternative, ApiType, Operation, ShapeId};

/// The longest text where the catalogue names no limit.
const LONGEST_TEXT: u64 = 5_000;

/// The most keys that metadata can have. Source: <https://docs.stripe.com/api/metadata>.
pub(super) const METADATA_KEYS: usize = 50;
const METADATA_KEY_LENGTH: usize = 40;
const METADATA_VALUE_LENGTH: usize = 500;

/// Checks the parameters of a request against the catalogue, and gives them with their types: numbers,
/// booleans, texts, lists, objects, and `null` for what the empty text unsets.
///
/// One error per answer, as Stripe does it: unknown parameters first, then missing ones, then values.
pub(super) fn check(
    shapes: &Shapes,
    operation: &Operation,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Refusal> {
    let checker = Checker {
        shapes,
        operation: operation.id,
    };
    let mut unknown = Vec::new();
    match operation.params {
        Some(shape) => checker.find_unknown(shape, given, &Place::default(), &mut unknown),
        None => unknown.extend(given.keys().cloned()),
    }
    if let [first, ..] = unknown.as_slice() {
        return Err(unknown_parameters(first, &unknown));
    }
    match operation.params {
        Some(shape) => checker.object(shape, given, &Place::default()),
        None => Ok(Map::new()),
    }
}

fn unknown_parameters(first: &str, all: &[String]) -> Refusal {
    let plural = if all.len() == 1 { "" } else { "s" };
    Refusal::parameter(
        first,
        format!("Received unknown parameter{plural}: {}", all.join(", ")),
    )
    .code("parameter_unknown")
}

struct Checker<'a> {
    shapes: &'a Shapes,
    operation: &'a str,
}

impl Checker<'_> {
    /// Collects the parameters that the shape does not have. The depth is that of the request, which
    /// has an end.
    fn find_unknown(
        &self,
        shape: ShapeId,
        given: &Map<String, Value>,
        place: &Place,
        into: &mut Vec<String>,
    ) {
        let members = self.shapes.members(shape);
        for (name, value) in given {
            match members.get(name.as_str()) {
                None => into.push(place.member(name).sent),
                Some(member) if value.is_object() => {
                    self.find_unknown_in(member, value, &place.member(name), into);
                }
                Some(_) => {}
            }
        }
    }

    fn find_unknown_in(&self, member: &ApiType, value: &Value, place: &Place, into: &mut Vec<String>) {
        let Value::Object(given) = value else { return };
        for alternative in &member.alternatives {
            match alternative {
                Alternative::Shape(shape) => return self.find_unknown(*shape, given, place, into),
                Alternative::List(item) | Alternative::Map(item) => {
                    for (name, value) in given {
                        self.find_unknown_in(item, value, &place.member(name), into);
                    }
                    return;
                }
                _ => {}
            }
        }
    }

    fn object(
        &self,
        shape: ShapeId,
        given: &Map<String, Value>,
        place: &Place,
    ) -> Result<Map<String, Value>, Refusal> {
        let members = self.shapes.members(shape);
        for (name, member) in members.iter().filter(|(_, member)| member.required) {
            match given.get(*name) {
                None => return Err(Refusal::missing(&place.member(name).sent)),
                Some(Value::String(text)) if text.is_empty() && !may_unset(member) => {
                    return Err(Refusal::empty(&place.member(name).sent));
                }
                Some(_) => {}
            }
        }
        let mut checked = Map::with_capacity(given.len());
        for (name, value) in given {
            if let Some(member) = members.get(name.as_str()) {
                let value = self.value(member, value, &place.member(name))?;
                checked.insert(name.clone(), value);
            }
        }
        Ok(checked)
    }

    fn value(&self, member: &ApiType, value: &Value, place: &Place) -> Result<Value, Refusal> {
        match value {
            Value::String(text) if text.is_empty() => empty(member, place),
            Value::String(text) => self.text(member, text, place),
            Value::Object(given) => self.branch(member, given, place),
            _ => Err(wrong_branch(member, value, place)),
        }
    }

    fn text(&self, member: &ApiType, text: &str, place: &Place) -> Result<Value, Refusal> {
        let mut first = None;
        for alternative in member
            .alternatives
            .iter()
            .filter(|known| !scalar::is_branch(known))
        {
            match self.scalar(alternative, text, place) {
                Ok(value) => return Ok(value),
                Err(refusal) => first = first.or(Some(refusal)),
            }
        }
        let wanted = member.alternatives.first().map_or("value", scalar::word);
        Err(first.unwrap_or_else(|| Refusal::parameter(&place.sent, format!("Invalid {wanted}"))))
    }

    fn scalar(&self, alternative: &Alternative, text: &str, place: &Place) -> Result<Value, Refusal> {
        match alternative {
            Alternative::Enum(index) => scalar::one_of(self.shapes.catalog.enum_values(*index), text, place),
            Alternative::Text => {
                self.length(text, place)?;
                Ok(text.into())
            }
            other => scalar::read(other, text, place),
        }
    }

    fn length(&self, text: &str, place: &Place) -> Result<(), Refusal> {
        let most = self
            .shapes
            .catalog
            .limit(self.operation, &place.dotted)
            .unwrap_or(LONGEST_TEXT);
        let length = text.chars().count();
        if u64::try_from(length).is_ok_and(|length| length <= most) {
            return Ok(());
        }
        let shown: String = text.chars().take(8).collect();
        Err(Refusal::parameter(
            &place.sent,
            format!("Invalid string: {shown}...; must be at most {most} characters"),
        ))
    }

    fn branch(&self, member: &ApiType, given: &Map<String, Value>, place: &Place) -> Result<Value, Refusal> {
        for alternative in &member.alternatives {
            match alternative {
                Alternative::Shape(shape) => return self.object(*shape, given, place).map(Value::Object),
                Alternative::List(item) => return self.list(item, given, place),
                Alternative::Map(item) if place.sent == "metadata" || place.sent.ends_with("[metadata]") => {
                    metadata(given, place)?;
                    return self.map(item, given, place);
                }
                Alternative::Map(item) => return self.map(item, given, place),
                Alternative::Any => return Ok(Value::Object(given.clone())),
                _ => {}
            }
        }
        Err(wrong_branch(member, &Value::Object(given.clone()), place))
    }

    fn list(&self, item: &ApiType, given: &Map<String, Value>, place: &Place) -> Result<Value, Refusal> {
        let most = self
            .shapes
            .catalog
            .limit(self.operation, &format!("{}[]", place.dotted));
        if most.is_some_and(|most| u64::try_from(given.len()).is_ok_and(|length| length > most)) {
            return Err(Refusal::parameter(
                &place.sent,
                format!(
                    "Array {} exceeded maximum {} allowed elements.",
                    place.sent,
                    most.unwrap_or(0)
                ),
            ));
        }
        let mut items = Vec::with_capacity(given.len());
        for index in 0..given.len() {
            let Some(value) = given.get(&index.to_string()) else {
                return Err(keys_in_disorder(given, index, place));
            };
            items.push(self.value(item, value, &place.item(index))?);
        }
        Ok(Value::Array(items))
    }

    fn map(&self, item: &ApiType, given: &Map<String, Value>, place: &Place) -> Result<Value, Refusal> {
        let mut checked = Map::with_capacity(given.len());
        for (name, value) in given {
            let value = match value {
                Value::String(text) if text.is_empty() => Value::Null,
                value => self.value(item, value, &place.member(name))?,
            };
            checked.insert(name.clone(), value);
        }
        Ok(Value::Object(checked))
    }
}

/// Unsets. Plain texts may be unset although the catalogue does not say so; whether the field can be
/// without a value is seen when it is written.
fn empty(member: &ApiType, place: &Place) -> Result<Value, Refusal> {
    if may_unset(member) || member.alternatives.contains(&Alternative::Text) {
        Ok(Value::Null)
    } else {
        Err(Refusal::empty(&place.sent))
    }
}

fn may_unset(member: &ApiType) -> bool {
    member.clearable || member.alternatives.contains(&Alternative::Unset)
}

fn wrong_branch(member: &ApiType, value: &Value, place: &Place) -> Refusal {
    let wanted = member.alternatives.first().map_or("value", scalar::word);
    Refusal::parameter(&place.sent, format!("Invalid {wanted}: {value}"))
}

fn keys_in_disorder(given: &Map<String, Value>, index: usize, place: &Place) -> Refusal {
    let keys: Vec<String> = given.keys().map(|key| format!("`{key}`")).collect();
    Refusal::parameter(
        &place.sent,
        format!(
            "If passing an array with explicit keys (i.e. {}[0]=foo), the keys must be numeric and \
             sequential starting from 0. You passed the keys {}, we expected to have a key with the value `{index}`.",
            place.sent,
            keys.join(", ")
        ),
    )
}

/// Checks the lengths of metadata. Source: <https://docs.stripe.com/api/metadata>.
fn metadata(given: &Map<String, Value>, place: &Place) -> Result<(), Refusal> {
    if given.values().filter(|value| value.as_str() != Some("")).count() > METADATA_KEYS {
        return Err(too_many_keys(given.len(), place));
    }
    for (key, value) in given {
        let length = key.chars().count();
        if length > METADATA_KEY_LENGTH {
            return Err(Refusal::parameter(
                &place.sent,
                format!(
                    "Metadata keys can have up to {METADATA_KEY_LENGTH} characters, but you passed in a key that \
                     is {length} characters. Invalid key: {key}"
                ),
            ));
        }
        let length = value.as_str().map_or(0, |text| text.chars().count());
        if length > METADATA_VALUE_LENGTH {
            return Err(Refusal::parameter(
                place.member(key).sent,
                format!(
                    "Metadata values can have up to {METADATA_VALUE_LENGTH} characters, but you passed in a value \
                     that is {length} characters. Invalid value: {}",
                    value.as_str().unwrap_or("")
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses metadata with more keys than Stripe keeps.
pub(super) fn too_many_keys(count: usize, place: &Place) -> Refusal {
    Refusal::parameter(
        &place.sent,
        format!("Metadata can have up to {METADATA_KEYS} keys, but you passed in {count} keys."),
    )
}
