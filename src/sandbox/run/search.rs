use axum::body::Bytes;
use serde_json::{Map, Value};

use super::list::{limit, write_items};
use crate::sandbox::query::Query;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::routes::Match;
use crate::sandbox::store::{Cursor, Record, Selection};
use crate::sandbox::work::Work;

/// Gives one page of the objects that a query finds, newest first.
///
/// Unlike at Stripe, what was just written is found at once.
pub(super) fn search(
    work: &Work<'_>,
    found: &Match<'_>,
    given: &Map<String, Value>,
) -> Result<Bytes, Refusal> {
    let resource = found.route.resource.name;
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let query = Query::read(resource, text("query").unwrap_or(""))?;
    let cursor = text("page").map_or(Ok(Cursor::Newest), read_page)?;
    let hits = |cursor| {
        let selection = Selection {
            keyed: Vec::new(),
            cursor,
        };
        let all = work.store.walk(resource, &selection);
        all.filter(|record| query.finds(&record.object()))
    };
    let mut rest = hits(cursor);
    let page: Vec<&Record> = rest.by_ref().take(limit(given)).collect();
    let has_more = rest.next().is_some();
    let next = page
        .last()
        .filter(|_| has_more)
        .map(|record| page_after(record.sequence));
    let total = wants_total(given).then(|| hits(Cursor::Newest).count());
    Ok(envelope(&page, next.as_deref(), total, found))
}

fn wants_total(given: &Map<String, Value>) -> bool {
    given
        .get("expand")
        .and_then(Value::as_array)
        .is_some_and(|paths| paths.iter().any(|path| path == "total_count"))
}

/// Writes the token of the page after an object.
fn page_after(sequence: u64) -> String {
    format!("page_{sequence:x}")
}

fn read_page(token: &str) -> Result<Cursor, Refusal> {
    token
        .strip_prefix("page_")
        .and_then(|number| u64::from_str_radix(number, 16).ok())
        .map(Cursor::After)
        .ok_or_else(|| Refusal::parameter("page", format!("Invalid page: {token}")))
}

fn envelope(page: &[&Record], next: Option<&str>, total: Option<usize>, found: &Match<'_>) -> Bytes {
    let mut text = br#"{"object":"search_result","data":["#.to_vec();
    write_items(&mut text, page);
    let end = format!(
        r#"],"has_more":{},"next_page":{},"url":{}"#,
        next.is_some(),
        Value::from(next),
        Value::from(found.route.operation.path)
    );
    text.extend_from_slice(end.as_bytes());
    if let Some(total) = total {
        text.extend_from_slice(format!(r#","total_count":{total}"#).as_bytes());
    }
    text.push(b'}');
    Bytes::from(text)
}
