use axum::body::Bytes;
use serde_json::{Map, Value};

use super::ids;
use super::shapes::Shapes;
use super::store::Record;
use super::work::Work;
use crate::catalog::Alternative;

/// Something that happened to an object, beyond that it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// The event's type.
    pub(super) kind: &'static str,
    pub(super) resource: String,
    pub(super) id: String,
}

/// The request that events come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) request: &'a str,
    /// The idempotency key.
    pub(super) key: Option<&'a str>,
}

/// What an event tells.
struct Happening {
    kind: String,
    /// The object's JSON text.
    object: Bytes,
    /// The former values of what an update changed.
    previous: Option<Value>,
}

/// Resources whose events have another name than theirs.
const NAMED_OTHERWISE: [(&str, &str); 5] = [
    ("subscription", "customer.subscription"),
    ("tax_id", "customer.tax_id"),
    ("card", "customer.source"),
    ("bank_account", "customer.source"),
    ("source", "customer.source"),
];

/// Adds the events of a request to what it writes: one for each object that is new, changed or deleted,
/// as far as Stripe has a type for it, and then what was noted.
///
/// An event shows its object as the request left it.
pub(super) fn record(work: &mut Work<'_>, origin: &Origin<'_>) {
    let mut events = Vec::new();
    for record in &work.changes {
        let former = work
            .store
            .get(record.resource, &record.id)
            .filter(|former| !former.deleted);
        events.extend(change(work.shapes, former, record));
    }
    for note in &work.notes {
        if let Some(record) = work.get(&note.resource, &note.id) {
            events.push(Happening {
                kind: note.kind.to_owned(),
                object: record.json.clone(),
                previous: None,
            });
        }
    }
    for happening in events {
        let mut birth = work.birth();
        let id = ids::letters("evt_1", 23, &mut birth.random);
        let json = text(work, &id, &happening, origin);
        work.changes.push(Record {
            json,
            ..Record::new(birth.sequence, "event", id)
        });
    }
}

/// Gives what one change is told as.
fn change(shapes: &Shapes, former: Option<&Record>, record: &Record) -> Option<Happening> {
    let (what, object, previous) = match (former, record.deleted) {
        (None, true) => return None,
        (None, false) => ("created", &record.json, None),
        (Some(former), true) => ("deleted", &former.json, None),
        (Some(former), false) => ("updated", &record.json, Some(former)),
    };
    let kind = kind(shapes, record.resource, what)?;
    let previous = match previous {
        Some(former) => Some(Value::Object(differences(&former.object(), &record.object())?)),
        None => None,
    };
    Some(Happening {
        kind,
        object: object.clone(),
        previous,
    })
}

/// Gives the type of an event, unless Stripe has none of that name.
fn kind(shapes: &Shapes, resource: &str, what: &str) -> Option<String> {
    let otherwise = NAMED_OTHERWISE.iter().find(|(name, _)| *name == resource);
    let kind = format!("{}.{what}", otherwise.map_or(resource, |(_, name)| name));
    let fields = shapes.fields("event");
    match fields.get("type")?.alternatives.first()? {
        Alternative::Enum(index) => shapes
            .catalog
            .enum_values(*index)
            .contains(&kind.as_str())
            .then_some(kind),
        _ => None,
    }
}

/// Gives the former values of what is different, and of objects only the members that are; `None` when
/// nothing is.
fn differences(former: &Map<String, Value>, now: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut found = Map::new();
    for (name, value) in now {
        match (former.get(name), value) {
            (Some(before), value) if before == value => {}
            (Some(Value::Object(before)), Value::Object(value)) => {
                found.extend(differences(before, value).map(|inner| (name.clone(), Value::Object(inner))));
            }
            (before, _) => {
                found.insert(name.clone(), before.cloned().unwrap_or_default());
            }
        }
    }
    let gone = former.iter().filter(|(name, _)| !now.contains_key(*name));
    found.extend(gone.map(|(name, value)| (name.clone(), value.clone())));
    (!found.is_empty()).then_some(found)
}

/// Writes an event. Its object is put in as the text that it is kept as.
fn text(work: &Work<'_>, id: &str, happening: &Happening, origin: &Origin<'_>) -> Bytes {
    let mut json = format!(
        r#"{{"id":"{id}","object":"event","api_version":"{}","created":{},"data":{{"object":"#,
        work.shapes.catalog.api_version, work.now
    )
    .into_bytes();
    json.extend_from_slice(&happening.object);
    if let Some(previous) = &happening.previous {
        json.extend_from_slice(format!(r#","previous_attributes":{previous}"#).as_bytes());
    }
    let end = format!(
        r#"}},"livemode":false,"pending_webhooks":0,"request":{{"id":{},"idempotency_key":{}}},"type":"{}"}}"#,
        Value::from(origin.request),
        Value::from(origin.key),
        happening.kind
    );
    json.extend_from_slice(end.as_bytes());
    Bytes::from(json)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{differences, kind};
    use crate::catalog::Catalog;
    use crate::sandbox::shapes::Shapes;

    fn between(former: &Value, now: &Value) -> Option<Value> {
        let (Value::Object(former), Value::Object(now)) = (former, now) else {
            return None;
        };
        differences(former, now).map(Value::Object)
    }

    #[test]
    fn former_values_are_those_of_what_changed() {
        assert_eq!(
            between(
                &json!({"a": 1, "b": {"c": 1, "d": [1]}, "m": {"x": "1"}}),
                &json!({"a": 1, "b": {"c": 2, "d": [1]}, "m": {"y": "2"}, "n": true}),
            ),
            Some(json!({"b": {"c": 1}, "m": {"y": null, "x": "1"}, "n": null}))
        );
        assert_eq!(between(&json!({"a": {"b": 1}}), &json!({"a": {"b": 1}})), None);
    }

    #[test]
    fn only_types_that_stripe_has_are_made() {
        let shapes = Shapes::new(Catalog::embedded());
        let of = |resource, what| kind(&shapes, resource, what);
        assert_eq!(
            of("subscription", "created").as_deref(),
            Some("customer.subscription.created")
        );
        assert_eq!(
            of("invoiceitem", "created").as_deref(),
            Some("invoiceitem.created")
        );
        assert_eq!(of("invoiceitem", "updated"), None);
        assert_eq!(of("line_item", "created"), None);
        assert_eq!(of("event", "created"), None);
    }
}
