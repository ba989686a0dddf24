use axum::body::Bytes;
use serde_json::{Map, Value};

use super::create::parent_fields;
use super::read::single_id;
use crate::sandbox::filter::{self, Filter};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::routes::Match;
use crate::sandbox::store::{Cursor, Record, Selection};
use crate::sandbox::work::Work;

/// The size of a page when none is asked for. Source: <https://docs.stripe.com/api/pagination>.
const USUAL_LIMIT: i64 = 10;
const GREATEST_LIMIT: i64 = 100;

/// Gives one page of a collection, newest first.
pub(super) fn list(work: &Work<'_>, found: &Match<'_>, given: &Map<String, Value>) -> Result<Bytes, Refusal> {
    let resource = listed(work, found);
    let cursor = cursor(work, found, resource, given)?;
    let limit = given.get("limit").and_then(Value::as_i64).unwrap_or(USUAL_LIMIT);
    let limit = usize::try_from(limit.clamp(1, GREATEST_LIMIT)).unwrap_or(1);
    let indexed = work.store.indexed(resource);
    let filter = Filter::new(resource, indexed, given);
    let mut selection = Selection {
        keyed: filter.keyed(),
        cursor,
    };
    if let Some((_, parent)) = found.parents().next() {
        let field = parent_fields(found).find_map(|name| indexed.iter().find(|key| **key == name).copied());
        filter::under(&mut selection, field, parent);
    }
    let mut passing = work
        .store
        .walk(resource, &selection)
        .filter(|record| filter.is_keyed() || filter.passes(&record.object()));
    let mut page: Vec<&Record> = passing.by_ref().take(limit).collect();
    let has_more = passing.next().is_some();
    if matches!(cursor, Cursor::Before(_)) {
        page.reverse();
    }
    Ok(envelope(&page, has_more, &single_id(found)))
}

/// Gives the resource whose objects are listed: of several that the endpoint can answer, the first one
/// that has any.
fn listed(work: &Work<'_>, found: &Match<'_>) -> &'static str {
    let newest = Selection {
        keyed: Vec::new(),
        cursor: Cursor::Newest,
    };
    let answers = &found.route.operation.of;
    answers
        .iter()
        .find(|name| work.store.walk(name, &newest).next().is_some())
        .or(answers.first())
        .copied()
        .unwrap_or(found.route.resource.name)
}

fn cursor(
    work: &Work<'_>,
    found: &Match<'_>,
    resource: &str,
    given: &Map<String, Value>,
) -> Result<Cursor, Refusal> {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let (param, id) = match (text("starting_after"), text("ending_before")) {
        (Some(_), Some(_)) => {
            return Err(Refusal::request(
                "Received both starting_after and ending_before parameters. Please pass in only one.",
            ));
        }
        (Some(id), None) => ("starting_after", id),
        (None, Some(id)) => ("ending_before", id),
        (None, None) => return Ok(Cursor::Newest),
    };
    let Some(record) = work.store.get(resource, id) else {
        return Err(Refusal::no_such(400, found.route.resource.name, id).param(param));
    };
    Ok(match param {
        "starting_after" => Cursor::After(record.sequence),
        _ => Cursor::Before(record.sequence),
    })
}

/// Writes the list object round the texts of its items.
fn envelope(page: &[&Record], has_more: bool, url: &str) -> Bytes {
    let size: usize = page.iter().map(|record| record.json.len() + 1).sum();
    let mut text = Vec::with_capacity(size + url.len() + 64);
    text.extend_from_slice(br#"{"object":"list","data":["#);
    for (index, record) in page.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(&record.json);
    }
    let end = format!(r#"],"has_more":{has_more},"url":{}}}"#, Value::from(url));
    text.extend_from_slice(end.as_bytes());
    Bytes::from(text)
}
