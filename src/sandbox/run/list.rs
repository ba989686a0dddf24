use axum::body::Bytes;
use serde_json::{Map, Value};

use super::create::parent_fields;
use super::read::single_id;
use crate::sandbox::filter::{self, Filter};
use crate::sandbox::life;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::routes::Match;
use crate::sandbox::store::{Cursor, PARENT, Record, Selection};
use crate::sandbox::work::Work;

/// The size of a page when none is asked for. Source: <https://docs.stripe.com/api/pagination>.
const USUAL_LIMIT: i64 = 10;
const GREATEST_LIMIT: i64 = 100;

/// Gives one page of a collection, newest first.
pub(super) fn list(work: &Work<'_>, found: &Match<'_>, given: &Map<String, Value>) -> Result<Bytes, Refusal> {
    life::check_listed(found)?;
    let answers = &found.route.operation.of;
    let cursor = cursor(work, found, given)?;
    let limit = limit(given);
    if let Some(ids) = life::in_order(work, found) {
        let window = window(&ids, given, limit);
        let page: Vec<&Record> = window
            .ids
            .iter()
            .filter_map(|id| work.get(found.route.resource.name, id))
            .collect();
        return Ok(envelope(&page, window.has_more, &single_id(found)));
    }
    let mut page: Vec<&Record> = Vec::with_capacity(limit + 1);
    for resource in answers {
        let selected = select(work, found, resource, given);
        let selection = Selection { cursor, ..selected };
        let filter = Filter::new(resource, work.store.indexed(resource), given);
        let all = work.store.walk(resource, &selection);
        page.extend(all.filter(|record| filter.passes(record)).take(limit + 1));
    }
    if answers.len() > 1 {
        page.sort_by_key(|record| record.sequence);
        if !matches!(cursor, Cursor::Before(_)) {
            page.reverse();
        }
    }
    let has_more = page.len() > limit;
    page.truncate(limit);
    if matches!(cursor, Cursor::Before(_)) {
        page.reverse();
    }
    Ok(envelope(&page, has_more, &single_id(found)))
}

/// A page of a collection that has an order of its own.
#[derive(Debug, PartialEq, Eq)]
struct Window<'a> {
    ids: &'a [String],
    has_more: bool,
}

fn window<'a>(ids: &'a [String], given: &Map<String, Value>, limit: usize) -> Window<'a> {
    let place = |name: &str| {
        let id = given.get(name)?.as_str()?;
        ids.iter().position(|known| known == id)
    };
    let (start, end) = match (place("starting_after"), place("ending_before")) {
        (Some(after), _) => (after + 1, ids.len()),
        (None, Some(before)) => (before.saturating_sub(limit), before),
        (None, None) => (0, ids.len()),
    };
    let rest = ids.get(start..end).unwrap_or(&[]);
    let is_backwards = given.contains_key("ending_before");
    Window {
        ids: rest.get(..limit).unwrap_or(rest),
        has_more: if is_backwards {
            start > 0
        } else {
            rest.len() > limit
        },
    }
}

/// Gives what an index can narrow: by filters, and by the parent in the path.
fn select<'a>(
    work: &Work<'_>,
    found: &'a Match<'_>,
    resource: &str,
    given: &'a Map<String, Value>,
) -> Selection<'a> {
    let indexed = work.store.indexed(resource);
    let mut keyed = filter::keyed(indexed, given);
    if let Some((_, parent)) = found.parents().next() {
        let field = parent_fields(found).find_map(|name| indexed.iter().find(|key| **key == name));
        keyed.push((field.copied().unwrap_or(PARENT), parent));
    }
    Selection {
        keyed,
        cursor: Cursor::Newest,
    }
}

/// Reads where the page begins. An id that was never there is an error.
fn cursor(work: &Work<'_>, found: &Match<'_>, given: &Map<String, Value>) -> Result<Cursor, Refusal> {
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
    let answers = &found.route.operation.of;
    let Some(record) = answers.iter().find_map(|resource| work.store.get(resource, id)) else {
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
    write_items(&mut text, page);
    let end = format!(r#"],"has_more":{has_more},"url":{}}}"#, Value::from(url));
    text.extend_from_slice(end.as_bytes());
    Bytes::from(text)
}

/// Writes the texts of objects with commas between them.
pub(super) fn write_items(text: &mut Vec<u8>, page: &[&Record]) {
    for (index, record) in page.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(&record.json);
    }
}

/// Gives the size of the page that is asked for; what is out of range is brought into it.
pub(super) fn limit(given: &Map<String, Value>) -> usize {
    let wanted = given.get("limit").and_then(Value::as_i64).unwrap_or(USUAL_LIMIT);
    usize::try_from(wanted.clamp(1, GREATEST_LIMIT)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::window;

    #[test]
    fn windows_go_both_ways() {
        let ids: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        let page = |cursor: Option<(&str, &str)>| {
            let given: Map<String, Value> = cursor
                .into_iter()
                .map(|(name, id)| (name.to_owned(), id.into()))
                .collect();
            let found = window(&ids, &given, 2);
            (found.ids.concat(), found.has_more)
        };
        assert_eq!(page(None), ("ab".to_owned(), true));
        assert_eq!(page(Some(("starting_after", "b"))), ("cd".to_owned(), true));
        assert_eq!(page(Some(("starting_after", "d"))), ("e".to_owned(), false));
        assert_eq!(page(Some(("starting_after", "e"))), (String::new(), false));
        assert_eq!(page(Some(("ending_before", "d"))), ("bc".to_owned(), true));
        assert_eq!(page(Some(("ending_before", "b"))), ("a".to_owned(), false));
    }
}
