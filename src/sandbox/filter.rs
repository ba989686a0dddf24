use serde_json::{Map, Value};

use super::shapes::Shapes;
use super::store::Record;
use crate::catalog::{Alternative, ApiType, OperationKind};

/// Parameters of a list that page it or widen its answer, and select nothing.
const PAGING: [&str; 4] = ["limit", "starting_after", "ending_before", "expand"];

/// Filters whose field has another name or lies deeper.
const ELSEWHERE: [(&str, &str, &[&str]); 6] = [
    ("invoiceitem", "created", &["date"]),
    (
        "invoice",
        "subscription",
        &["parent", "subscription_details", "subscription"],
    ),
    ("promotion_code", "coupon", &["promotion", "coupon"]),
    ("billing.alert", "meter", &["usage_threshold", "meter"]),
    (
        "billing.credit_balance_transaction",
        "customer",
        &["credit_grant", "customer"],
    ),
    ("shipping_rate", "currency", &["fixed_amount", "currency"]),
];

/// Filters that sort, or look at what this server does not keep.
const WITHOUT_FIELD: [&str; 6] = [
    "order_by",
    "archived",
    "delivery_success",
    "scheduled",
    "value_grouping_window",
    "contains",
];

/// Gives the fields of a resource that lists are often narrowed by: those with a filter that takes one
/// text or several, and those that name the parent in a path.
pub(super) fn indexed(shapes: &Shapes, resource: &str) -> Vec<&'static str> {
    let fields = shapes.fields(resource);
    let filters = shapes
        .catalog
        .resources()
        .flat_map(|owner| &owner.operations)
        .filter(|operation| operation.kind == OperationKind::List && operation.of.contains(&resource))
        .filter_map(|operation| operation.params)
        .flat_map(|params| shapes.catalog.members(params).map(|(name, _)| name));
    let parents = shapes
        .catalog
        .resources()
        .flat_map(|owner| &owner.operations)
        .filter(|operation| operation.of.contains(&resource))
        .flat_map(|operation| operation.path_params.iter().copied());
    let mut keys: Vec<&'static str> = filters
        .chain(parents)
        .filter_map(|name| {
            let single = || fields.get_key_value(name.strip_suffix('s')?);
            fields.get_key_value(name).or_else(single)
        })
        .filter(|(name, field)| !matches!(**name, "id" | "object") && is_text(field))
        .map(|(name, _)| *name)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn is_text(field: &ApiType) -> bool {
    field.alternatives.iter().all(|alternative| {
        matches!(
            alternative,
            Alternative::Text
                | Alternative::Currency
                | Alternative::Enum(_)
                | Alternative::Reference(_)
                | Alternative::ReferenceShape(_)
        )
    })
}

/// Gives the filters that an index answers.
pub(super) fn keyed<'a>(
    indexed: &[&'static str],
    given: &'a Map<String, Value>,
) -> Vec<(&'static str, &'a str)> {
    indexed
        .iter()
        .filter_map(|key| Some((*key, given.get(*key)?.as_str()?)))
        .collect()
}

/// The filters of one list request.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    resource: &'a str,
    indexed: &'a [&'static str],
    given: &'a Map<String, Value>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(resource: &'a str, indexed: &'a [&'static str], given: &'a Map<String, Value>) -> Self {
        Filter {
            resource,
            indexed,
            given,
        }
    }

    /// Tells whether an object passes the filters that no index answers.
    pub(super) fn passes(&self, record: &Record) -> bool {
        if self.rest().next().is_none() {
            return true;
        }
        let object = record.object();
        self.rest()
            .all(|(name, wanted)| self.passes_one(&object, name, wanted))
    }

    fn rest(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.given.iter().filter(|(name, value)| {
            let name = name.as_str();
            let is_keyed = value.is_string() && self.indexed.contains(&name);
            !is_keyed && !value.is_null() && !PAGING.contains(&name) && !WITHOUT_FIELD.contains(&name)
        })
    }

    fn passes_one(&self, object: &Map<String, Value>, name: &str, wanted: &Value) -> bool {
        if (self.resource, name) == ("invoiceitem", "pending") {
            let is_pending = object.get("invoice").is_none_or(Value::is_null);
            return *wanted == Value::Bool(is_pending);
        }
        let elsewhere = ELSEWHERE
            .iter()
            .find(|(resource, filter, _)| *resource == self.resource && *filter == name);
        if let Some((_, _, path)) = elsewhere {
            return is_match(reach(object, path), wanted);
        }
        match (object.get(name), wanted, name.strip_suffix('s')) {
            (None, Value::Array(any), Some(single)) => {
                let found = object.get(single).unwrap_or(&Value::Null);
                any.contains(found)
            }
            (found, wanted, _) => is_match(found.unwrap_or(&Value::Null), wanted),
        }
    }
}

fn reach<'a>(object: &'a Map<String, Value>, path: &[&str]) -> &'a Value {
    let mut parts = path.iter();
    let mut found = parts
        .next()
        .and_then(|first| object.get(*first))
        .unwrap_or(&Value::Null);
    for part in parts {
        found = found.get(part).unwrap_or(&Value::Null);
    }
    found
}

/// Compares a field with a filter: a range, members that must all match, one of the items, or the value.
fn is_match(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Number(_), Value::Object(range)) => range.iter().all(|(bound, limit)| {
            let (Some(found), Some(limit)) = (found.as_i64(), limit.as_i64()) else {
                return true;
            };
            match bound.as_str() {
                "gt" => found > limit,
                "gte" => found >= limit,
                "lt" => found < limit,
                "lte" => found <= limit,
                _ => true,
            }
        }),
        (Value::Object(found), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| is_match(found.get(name).unwrap_or(&Value::Null), wanted)),
        (Value::Array(found), Value::Array(wanted)) => wanted.iter().all(|item| found.contains(item)),
        (found, Value::Array(any)) => any.contains(found),
        (found, wanted) => found == wanted,
    }
}
