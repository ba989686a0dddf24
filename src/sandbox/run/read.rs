use axum::body::Bytes;
use serde_json::Value;

use crate::sandbox::blank;
use crate::sandbox::life;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::routes::Match;
use crate::sandbox::store::Record;
use crate::sandbox::work::Work;

/// Resources of which a deleted object can still be read, as its stub.
/// Source: the answers of `retrieve` in Stripe's Node SDK.
const STUBS_READ: [&str; 4] = [
    "customer",
    "terminal.configuration",
    "terminal.location",
    "terminal.reader",
];

/// Gives one object, or the only one of a path without an id.
pub(super) fn retrieve(work: &Work<'_>, found: &Match<'_>) -> Result<Bytes, Refusal> {
    let resource = found.route.resource;
    let Some(id) = found.id() else {
        return Ok(single(work, found));
    };
    if let Some(own) = life::own(work, resource.name, id) {
        return Ok(Bytes::from(Value::Object(own).to_string()));
    }
    let record = record(work, found, id)?;
    match record.deleted && !STUBS_READ.contains(&resource.name) {
        true => Err(Refusal::no_such(404, resource.name, id)),
        false => Ok(record.json.clone()),
    }
}

/// Finds the record that the path names: of one of the resources that the endpoint can answer, and below
/// the parent in the path.
pub(super) fn record<'a>(work: &'a Work<'_>, found: &Match<'_>, id: &str) -> Result<&'a Record, Refusal> {
    let parent = found.parents().next().map(|(_, parent)| parent);
    found
        .route
        .operation
        .of
        .iter()
        .filter_map(|name| work.store.get(name, id))
        .find(|record| parent.is_none() || record.parent.is_none() || record.parent.as_deref() == parent)
        .ok_or_else(|| Refusal::no_such(404, found.route.resource.name, id))
}

/// Gives the object of a path without an id: as it was last written, else a blank one.
fn single(work: &Work<'_>, found: &Match<'_>) -> Bytes {
    let resource = found.route.resource;
    match work.store.get(resource.name, &single_id(found)) {
        Some(record) => record.json.clone(),
        None => {
            let mut object = blank::object(work.shapes, resource.name, work.now);
            life::single(&mut object, found);
            Bytes::from(Value::Object(object).to_string())
        }
    }
}

/// Gives the id under which the object of a path without an id is kept.
pub(super) fn single_id(found: &Match<'_>) -> String {
    let mut id = found.route.operation.path.to_owned();
    for (name, hole) in found.route.operation.path_params.iter().zip(&found.holes) {
        id = id.replacen(&format!("{{{name}}}"), hole, 1);
    }
    id
}
