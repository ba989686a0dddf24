use axum::body::Bytes;
use serde_json::{Map, Value};

use super::{read, reference};
use crate::sandbox::blank;
use crate::sandbox::life;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::routes::Match;
use crate::sandbox::store::Record;
use crate::sandbox::work::Work;

/// Changes one object.
pub(super) fn update(
    work: &mut Work<'_>,
    found: &Match<'_>,
    given: &Map<String, Value>,
) -> Result<Bytes, Refusal> {
    let former = match found.id() {
        Some(id) => {
            let record = read::record(work, found, id)?.clone();
            if record.deleted {
                return Err(Refusal::no_such(404, found.route.resource.name, id));
            }
            record
        }
        None => single(work, found),
    };
    let resource = found.route.resource;
    reference::check(work, resource, given)?;
    life::before_update(work, &former, given)?;
    let fields = work.shapes.fields(former.resource);
    let mut object = former.object();
    work.merge().fields(&fields, &mut object, given)?;
    life::updated(work, resource.name, &mut object, given)?;
    work.put(former.clone(), object);
    life::changed(work, &former, given)?;
    Ok(work.find(former.resource, &former.id)?.json.clone())
}

/// Gives the record of a path without an id, a new one when it was never written.
fn single(work: &mut Work<'_>, found: &Match<'_>) -> Record {
    let resource = found.route.resource.name;
    let id = read::single_id(found);
    if let Some(record) = work.store.get(resource, &id) {
        return record.clone();
    }
    let mut object = blank::object(work.shapes, resource, work.now);
    life::single(&mut object, found);
    Record {
        json: Bytes::from(Value::Object(object).to_string()),
        ..Record::new(work.birth().sequence, resource, id)
    }
}

/// Deletes one object, and leaves its stub.
pub(super) fn delete(work: &mut Work<'_>, found: &Match<'_>) -> Result<Bytes, Refusal> {
    let Some(id) = found.id() else {
        return life::act(work, found, &Map::new());
    };
    let record = read::record(work, found, id)?.clone();
    if record.deleted {
        return Err(Refusal::no_such(404, found.route.resource.name, id));
    }
    life::before_delete(work, &record)?;
    let stub = work.delete(record.resource, &record.id);
    life::deleted(work, &record)?;
    Ok(stub)
}
