use axum::body::Bytes;
use serde_json::{Map, Value};

use super::reference;
use crate::catalog::Resource;
use crate::sandbox::life;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::routes::Match;
use crate::sandbox::store::Record;
use crate::sandbox::work::Work;

/// Creates an object.
pub(super) fn create(
    work: &mut Work<'_>,
    found: &Match<'_>,
    given: &Map<String, Value>,
) -> Result<Bytes, Refusal> {
    let resource = made(work, found, given);
    reference::check(work, resource, given)?;
    let mut given = given.clone();
    life::prepare(work, resource.name, &mut given)?;
    let mut birth = work.birth();
    let own = given
        .get("id")
        .and_then(Value::as_str)
        .filter(|_| resource.caller_id);
    let id = work.id_for(resource, own, &mut birth)?;
    let fields = work.shapes.members(resource.fields);
    let mut object = work.beside(resource, &id, &given)?;
    let parent = found.parents().next();
    for name in parent_fields(found) {
        if let (Some((_, parent)), true) = (parent, fields.contains_key(name)) {
            object.insert(name.to_owned(), parent.into());
        }
    }
    life::created(work, &mut birth, &mut object, &given);
    let record = Record {
        parent: parent.map(|(_, id)| id.to_owned()),
        ..Record::new(birth.sequence, resource.name, id)
    };
    if !fields.contains_key("id") {
        return Ok(Bytes::from(Value::Object(object).to_string()));
    }
    let id = record.id.clone();
    work.put(record, object);
    life::begun(work, resource.name, &id, &given)?;
    Ok(work.find(resource.name, &id)?.json.clone())
}

/// Gives the fields that may hold the id of the parent in the path: by the hole's name and by the
/// parent's.
pub(super) fn parent_fields(found: &Match<'_>) -> impl Iterator<Item = &'static str> {
    let parent = found.parents().next().and_then(|(resource, _)| resource);
    found
        .parent_hole()
        .into_iter()
        .filter(|hole| *hole != "id")
        .chain(parent)
}

/// Tells which of the resources that an endpoint can answer is made: a `card` or `bank_account`, by the
/// `object` or the token that was given, else the operation's only one.
fn made(work: &Work<'_>, found: &Match<'_>, given: &Map<String, Value>) -> &'static Resource {
    let answers = &found.route.operation.of;
    let [_, _, ..] = answers.as_slice() else {
        return found.route.resource;
    };
    let named = given.values().find_map(|value| value.get("object")?.as_str());
    let token = given.values().filter_map(Value::as_str);
    let wanted = named.unwrap_or_else(|| match token.into_iter().any(|text| text.starts_with("btok_")) {
        true => "bank_account",
        false => "card",
    });
    answers
        .iter()
        .find(|name| **name == wanted)
        .and_then(|name| work.shapes.catalog.resource(name))
        .unwrap_or(found.route.resource)
}
