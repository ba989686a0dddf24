//! Values to form fields: what Stripe takes for a parameter, and what an empty value means.

use crate::catalog::{Alternative, ApiType, Catalog, ShapeId};
use crate::lang::program::{Binding, StepKind};
use crate::model::{DesiredStep, Form, FormValue, Value};

use super::fault::{Fault, quote};
use super::scalar::scalar_text;

/// How many entries a metadata map may have. Source: <https://docs.stripe.com/api/metadata>.
const METADATA_KEYS: usize = 50;

/// The longest key of metadata, in characters. Source: as above.
const METADATA_KEY_LENGTH: usize = 40;

/// The longest value of metadata, in characters. Source: as above.
const METADATA_VALUE_LENGTH: u64 = 500;

/// A form field with what is wrong with its value.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) field: String,
    pub(super) fault: Fault,
}

/// Adds a binding's value to what a step asks for.
pub(super) fn encode(
    kind: StepKind,
    binding: &Binding,
    value: &Value,
    step: &mut DesiredStep,
) -> Result<(), Refusal> {
    let refuse = |fault| Refusal {
        field: binding.name.clone(),
        fault,
    };
    let creates = kind != StepKind::Update;
    let must_be_there = binding.create_type.as_ref().is_some_and(|api| api.required);
    if creates && must_be_there && !binding.name.contains('[') && is_void(value) {
        return Err(refuse(Fault::new(format!(
            "`{}` is required, and its value is empty",
            binding.name
        ))));
    }
    let Some(api) = binding.create_type.as_ref().or(binding.update_type.as_ref()) else {
        return Err(refuse(Fault::new(format!(
            "`{}` can't be sent here",
            binding.name
        ))));
    };
    Encoder {
        step,
        max_length: binding.max_length,
    }
    .put(&binding.name, api, value)
}

/// Refuses more metadata than Stripe keeps.
pub(super) fn check_metadata_count(form: &Form) -> Result<(), Refusal> {
    if form.len() <= METADATA_KEYS {
        return Ok(());
    }
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for map in form.iter().filter_map(|(name, _)| metadata_map(name)) {
        match counts.iter_mut().find(|(known, _)| *known == map) {
            Some((_, count)) => *count += 1,
            None => counts.push((map, 1)),
        }
    }
    match counts.into_iter().find(|(_, count)| *count > METADATA_KEYS) {
        None => Ok(()),
        Some((map, count)) => Err(Refusal {
            field: map.to_owned(),
            fault: Fault::new(format!(
                "metadata has {count} keys; Stripe takes at most {METADATA_KEYS}"
            )),
        }),
    }
}

/// Gives the name of the map that a field of metadata belongs to: `metadata`, or `x[metadata]`.
fn metadata_map(name: &str) -> Option<&str> {
    if !name.ends_with(']') {
        return None;
    }
    if name.starts_with("metadata[") {
        return Some("metadata");
    }
    let inner = "[metadata]";
    let end = name.find("[metadata][")? + inner.len();
    name.get(..end)
}

struct Encoder<'a> {
    step: &'a mut DesiredStep,
    max_length: Option<u64>,
}

impl Encoder<'_> {
    fn put(&mut self, name: &str, api: &ApiType, value: &Value) -> Result<(), Refusal> {
        match value {
            Value::Unknown => self.step.form.set(name, FormValue::Unknown),
            empty if empty.is_empty() => self.step.empty.push(name.to_owned()),
            Value::List(items) => return self.put_list(name, api, items),
            Value::Record(members) => {
                let mut members = members.iter().map(|(member, value)| (member.as_str(), value));
                return self.put_record(name, api, &mut members);
            }
            scalar => {
                let text = scalar_text(api, scalar).map_err(|fault| refuse(name, fault))?;
                self.check_length(name, &text)?;
                self.step.form.set(name, FormValue::Text(text));
            }
        }
        Ok(())
    }

    /// Numbers the items from 0 without gaps, as Stripe wants it; empty ones are passed over.
    fn put_list(&mut self, name: &str, api: &ApiType, items: &[Value]) -> Result<(), Refusal> {
        let item_type = api.alternatives.iter().find_map(|alternative| match alternative {
            Alternative::List(item) => Some(&**item),
            Alternative::Any => Some(api),
            _ => None,
        });
        let Some(item_type) = item_type else {
            return Err(refuse(
                name,
                Fault::new("one value belongs here, and this is a list"),
            ));
        };
        let mut sent = items.iter().filter(|item| !is_void(item)).peekable();
        if sent.peek().is_none() {
            self.step.empty.push(name.to_owned());
        }
        for (index, item) in sent.enumerate() {
            self.put(&format!("{name}[{index}]"), item_type, item)?;
        }
        Ok(())
    }

    fn put_record(
        &mut self,
        name: &str,
        api: &ApiType,
        members: &mut dyn Iterator<Item = (&str, &Value)>,
    ) -> Result<(), Refusal> {
        let members: Vec<(&str, &Value)> = members.collect();
        for alternative in &api.alternatives {
            let item = match alternative {
                Alternative::Shape(shape) => return self.put_shape(name, *shape, &members),
                Alternative::Map(item) => item,
                Alternative::Any => api,
                _ => continue,
            };
            return members
                .iter()
                .try_for_each(|(member, value)| self.put_member(name, member, item, value));
        }
        let hint = if members.iter().any(|(member, _)| *member == "id") {
            "; its `.id` may be meant"
        } else {
            ""
        };
        Err(refuse(
            name,
            Fault::new(format!("one value belongs here, and this is a record{hint}")),
        ))
    }

    fn put_member(&mut self, name: &str, member: &str, api: &ApiType, value: &Value) -> Result<(), Refusal> {
        let field = format!("{name}[{member}]");
        if member.is_empty() || member.contains(['[', ']']) {
            let fault = Fault::new(format!(
                "{} can't be a key: it is empty or has brackets",
                quote(member)
            ));
            return Err(refuse(&field, fault));
        }
        self.put(&field, api, value)
    }

    fn put_shape(&mut self, name: &str, shape: ShapeId, members: &[(&str, &Value)]) -> Result<(), Refusal> {
        let catalog = Catalog::embedded();
        for (member, value) in members {
            let field = format!("{name}[{member}]");
            let Some(api) = catalog.member(shape, member) else {
                let known = catalog.members(shape).map(|(known, _)| known);
                let nearest = Catalog::nearest(member, known);
                let hint = nearest
                    .first()
                    .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return Err(refuse(
                    &field,
                    Fault::new(format!("`{name}` has no parameter {}{hint}", quote(member))),
                ));
            };
            self.put(&field, &api, value)?;
        }
        let given = |wanted: &str| {
            members
                .iter()
                .any(|(member, value)| *member == wanted && !is_void(value))
        };
        match catalog
            .members(shape)
            .find(|(member, api)| api.required && !given(member))
        {
            None => Ok(()),
            Some((member, _)) => Err(refuse(
                &format!("{name}[{member}]"),
                Fault::new(format!("`{member}` is required in `{name}`, and has no value")),
            )),
        }
    }

    fn check_length(&self, name: &str, text: &str) -> Result<(), Refusal> {
        let limit = match metadata_map(name) {
            Some(map) => {
                let key = name.get(map.len()..).unwrap_or_default();
                check_metadata_key(key).map_err(|fault| refuse(name, fault))?;
                Some(METADATA_VALUE_LENGTH)
            }
            None => self.max_length,
        };
        let Some(limit) = limit else { return Ok(()) };
        // Bytes are never fewer than characters, so that most texts need no counting.
        if text.len() as u64 <= limit {
            return Ok(());
        }
        let length = text.chars().count() as u64;
        if length <= limit {
            return Ok(());
        }
        Err(refuse(
            name,
            Fault::new(format!(
                "{} has {length} characters; Stripe takes at most {limit}",
                quote(text)
            )),
        ))
    }
}

fn check_metadata_key(bracketed: &str) -> Result<(), Fault> {
    let key = bracketed
        .strip_prefix('[')
        .and_then(|key| key.strip_suffix(']'))
        .unwrap_or(bracketed);
    let length = key.chars().count();
    if length > METADATA_KEY_LENGTH {
        return Err(Fault::new(format!(
            "the metadata key {} has {length} characters; Stripe takes at most {METADATA_KEY_LENGTH}",
            quote(key)
        )));
    }
    Ok(())
}

fn refuse(field: &str, fault: Fault) -> Refusal {
    Refusal {
        field: field.to_owned(),
        fault,
    }
}

/// Tells whether nothing of a value would be sent.
fn is_void(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().all(is_void),
        Value::Record(members) => members.values().all(is_void),
        _ => value.is_empty(),
    }
}

#[cfg(test)]
mod tests;
