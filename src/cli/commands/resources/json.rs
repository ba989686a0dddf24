//! Resources as programs read them.

use serde_json::{Map, Value, json};

use super::members::Place;
use super::{abilities, found_by, kind_word, short_name};
use crate::catalog::{ApiType, Catalog, Operation, OperationKind, Resource, Subject};

/// Gives all resources, without operations and fields.
pub(super) fn all_resources(catalog: &Catalog) -> Value {
    let resources: Vec<Value> = catalog
        .resources()
        .map(|resource| Value::Object(summary(catalog, resource)))
        .collect();
    json!({ "api_version": catalog.api_version, "resources": resources })
}

/// Gives what a name stands for: an object with one of `resource`, `operation`, `parameter`, `field`.
pub(super) fn subject(catalog: &Catalog, subject: &Subject<'_>, depth: usize) -> Value {
    let (what, value) = match subject {
        Subject::Resource(resource) => ("resource", whole_resource(catalog, resource, depth)),
        Subject::Operation(resource, operation) => {
            ("operation", whole_operation(catalog, resource, operation, depth))
        }
        Subject::Parameter {
            resource,
            operation,
            path,
            api_type,
        } => {
            let place = place(catalog, resource, Some(operation));
            let mut facts = operation_facts(resource, operation);
            place.add_facts(&mut facts, path, api_type);
            place.add_below(&mut facts, &catalog.outline_below(api_type, path, depth));
            ("parameter", Value::Object(facts))
        }
        Subject::Field {
            resource,
            path,
            answer,
            create,
            update,
        } => {
            let types = [answer, create, update].map(Option::as_ref);
            ("field", field(catalog, resource, (path, depth), types))
        }
    };
    json!({ "api_version": catalog.api_version, what: value })
}

/// `types` are those in answers, at creation and at update.
fn field(
    catalog: &Catalog,
    resource: &Resource,
    (path, depth): (&str, usize),
    types: [Option<&ApiType>; 3],
) -> Value {
    let operations = [
        ("answer", None),
        ("create", resource.operation(OperationKind::Create)),
        ("update", resource.operation(OperationKind::Update)),
    ];
    let mut facts = Map::new();
    facts.insert("resource".to_owned(), json!(resource.name));
    for ((name, operation), api_type) in operations.into_iter().zip(types) {
        let Some(api_type) = api_type else { continue };
        let place = place(catalog, resource, operation);
        let mut one = Map::new();
        place.add_facts(&mut one, path, api_type);
        place.add_below(&mut one, &catalog.outline_below(api_type, path, depth));
        facts.insert(name.to_owned(), Value::Object(one));
    }
    Value::Object(facts)
}

fn summary(catalog: &Catalog, resource: &Resource) -> Map<String, Value> {
    let mut facts = Map::new();
    for (name, value) in [
        ("name", json!(resource.name)),
        ("service", json!(resource.service)),
        ("path", json!(resource.path)),
        ("can", json!(abilities(resource))),
        ("list_filters", json!(resource.filters)),
        ("found_by", json!(found_by(catalog, resource))),
        ("own_ids", json!(resource.caller_id)),
        ("id_prefixes", json!(resource.prefixes)),
    ] {
        facts.insert(name.to_owned(), value);
    }
    facts
}

fn whole_resource(catalog: &Catalog, resource: &Resource, depth: usize) -> Value {
    let operations: Vec<Value> = resource
        .operations
        .iter()
        .map(|operation| Value::Object(operation_facts(resource, operation)))
        .collect();
    let fields = catalog.outline(resource.fields, "", depth);
    let mut facts = summary(catalog, resource);
    facts.insert("operations".to_owned(), json!(operations));
    facts.insert(
        "fields".to_owned(),
        place(catalog, resource, None).members_json(&fields),
    );
    Value::Object(facts)
}

fn whole_operation(catalog: &Catalog, resource: &Resource, operation: &Operation, depth: usize) -> Value {
    let members = operation
        .params
        .map(|shape| catalog.outline(shape, "", depth))
        .unwrap_or_default();
    let mut facts = operation_facts(resource, operation);
    facts.insert("path_parameters".to_owned(), json!(operation.path_params));
    facts.insert("answers".to_owned(), json!(operation.of));
    facts.insert(
        "parameters".to_owned(),
        place(catalog, resource, Some(operation)).members_json(&members),
    );
    Value::Object(facts)
}

fn operation_facts(resource: &Resource, operation: &Operation) -> Map<String, Value> {
    let mut facts = Map::new();
    for (name, value) in [
        ("operation", short_name(resource, operation)),
        ("id", operation.id.to_owned()),
        ("kind", kind_word(operation.kind).to_owned()),
        ("method", operation.method.to_owned()),
        ("url", operation.path.to_owned()),
    ] {
        facts.insert(name.to_owned(), json!(value));
    }
    facts
}

fn place<'a>(catalog: &'a Catalog, resource: &'a Resource, operation: Option<&'a Operation>) -> Place<'a> {
    Place {
        catalog,
        resource,
        operation,
    }
}
