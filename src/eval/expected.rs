//! Values that a test expects, as they would be sent.

use crate::catalog::{Alternative, ApiType, Catalog};
use crate::lang::program::Step;
use crate::model::Value;

use super::convert::to_plain_text;
use super::scalar::scalar_text;

/// Gives what a request has for an expected value of a field: each of Stripe's names with its text, and `None` where
/// nothing may be sent, not below that name either. A value is written as the step's own binding would write it:
/// a day as seconds, a currency in lower case. Errors when there is no text for it.
pub fn expected_fields(
    step: &Step,
    name: &str,
    value: &Value,
) -> Result<Vec<(String, Option<String>)>, String> {
    let mut fields = Vec::new();
    collect(step, name, value, &mut fields)?;
    Ok(fields)
}

fn collect(
    step: &Step,
    name: &str,
    value: &Value,
    fields: &mut Vec<(String, Option<String>)>,
) -> Result<(), String> {
    match value {
        empty if empty.is_empty() => fields.push((name.to_owned(), None)),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(step, &format!("{name}[{index}]"), item, fields)?;
            }
        }
        Value::Record(members) => {
            for (member, value) in members {
                collect(step, &format!("{name}[{member}]"), value, fields)?;
            }
        }
        scalar => fields.push((name.to_owned(), Some(sent_text(step, name, scalar)?))),
    }
    Ok(())
}

/// Gives the text that is sent. A value that Stripe would not take there is as its own text: no record asks for it.
fn sent_text(step: &Step, name: &str, value: &Value) -> Result<String, String> {
    if let Some(api) = type_at(step, name)
        && let Ok(text) = scalar_text(&api, value)
    {
        return Ok(text);
    }
    match to_plain_text(value) {
        Ok(text) => Ok(text.unwrap_or_default().into_owned()),
        Err(fault) => Err(fault.message),
    }
}

/// Finds what Stripe takes for a field that the step binds, or for a part of one.
fn type_at(step: &Step, name: &str) -> Option<ApiType> {
    let binding = step
        .bindings
        .iter()
        .filter(|binding| rest_of(name, &binding.name).is_some())
        .max_by_key(|binding| binding.name.len())?;
    let whole = binding.create_type.as_ref().or(binding.update_type.as_ref())?;
    rest_of(name, &binding.name)?
        .split('[')
        .skip(1)
        .try_fold(whole.clone(), |api, part| {
            inner(&api, part.strip_suffix(']').unwrap_or(part))
        })
}

/// Gives what stands behind a field's name in the name of a part of it.
fn rest_of<'n>(name: &'n str, field: &str) -> Option<&'n str> {
    let rest = name.strip_prefix(field)?;
    (rest.is_empty() || rest.starts_with('[')).then_some(rest)
}

fn inner(api: &ApiType, part: &str) -> Option<ApiType> {
    api.alternatives.iter().find_map(|alternative| match alternative {
        Alternative::Shape(shape) => Catalog::embedded().member(*shape, part),
        Alternative::Map(item) | Alternative::List(item) => Some((**item).clone()),
        Alternative::Any => Some(api.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::expected_fields;
    use crate::eval::testing::{create, literal};
    use crate::lang::program::{Statement, Step};
    use crate::model::Value;

    fn step(resource: &'static str, fields: &[&str]) -> Step {
        let bindings = fields
            .iter()
            .map(|field| (*field, literal(Value::Null)))
            .collect();
        match create(0, resource, bindings) {
            Statement::Step(step) => step,
            other => unreachable!("{other:?}"),
        }
    }

    fn shown(step: &Step, name: &str, value: &Value) -> String {
        let fields = expected_fields(step, name, value).expect("it can be sent");
        fields
            .iter()
            .map(|(name, text)| format!("{name}={} ", text.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn a_value_is_written_as_the_binding_writes_it() {
        let invoice = step("invoice", &["due_date", "currency"]);
        let day = Value::Date("2026-01-31".parse().expect("a day"));
        assert_eq!(shown(&invoice, "due_date", &day), "due_date=1769817600 ");
        assert_eq!(shown(&invoice, "currency", &Value::text("USD")), "currency=usd ");
    }

    #[test]
    fn parts_of_a_record_have_names_of_their_own_and_an_empty_one_is_not_sent() {
        let customer = step("customer", &["address[line1]"]);
        let members = [("line1", Value::text("Elm 1")), ("line2", Value::Null)];
        let address = BTreeMap::from(members.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(
            shown(&customer, "address", &Value::Record(address)),
            "address[line1]=Elm 1 address[line2]=- "
        );
    }
}
