use axum::body::Bytes;
use serde_json::{Map, Value};

use super::blank;
use super::refusal::Refusal;
use super::routes::Route;
use super::shapes::{Members, Shapes};
use super::store::PARENT;
use super::work::Work;
use crate::catalog::{Alternative, ApiType, Returns};

/// The most levels of a path. Source: <https://docs.stripe.com/api/expanding_objects>.
const DEEPEST: usize = 4;

/// The size of the lists that are expanded.
const LIST_LENGTH: usize = 10;

/// Reads and checks the paths of a request's `expand`. This comes before anything is run.
pub(super) fn paths(
    shapes: &Shapes,
    route: &Route,
    given: &Map<String, Value>,
) -> Result<Vec<Vec<String>>, Refusal> {
    let Some(Value::Array(texts)) = given.get("expand") else {
        return Ok(Vec::new());
    };
    let is_list = matches!(route.operation.returns, Returns::List | Returns::Search);
    let mut paths = Vec::with_capacity(texts.len());
    for text in texts.iter().filter_map(Value::as_str) {
        let path: Vec<&str> = text.split('.').collect();
        if path.len() > DEEPEST {
            return Err(Refusal::parameter(
                "expand",
                format!("You cannot expand more than {DEEPEST} levels of a property ({text})."),
            ));
        }
        let inner = match is_list {
            false => Some(path.as_slice()),
            true => path.strip_prefix(&["data"]),
        };
        let is_total = is_list && route.operation.returns == Returns::Search && text == "total_count";
        let fits = inner.is_some_and(|inner| is_expandable_in_any(shapes, route, inner));
        if !fits && !is_total {
            let hint = match is_list && is_expandable_in_any(shapes, route, &path) {
                true => format!(" You may want to try expanding 'data.{text}' instead."),
                false => String::new(),
            };
            return Err(Refusal::parameter(
                "expand",
                format!("This property cannot be expanded ({text}).{hint}"),
            ));
        }
        paths.push(path.into_iter().map(str::to_owned).collect());
    }
    Ok(paths)
}

fn is_expandable_in_any(shapes: &Shapes, route: &Route, path: &[&str]) -> bool {
    let answers = &route.operation.of;
    answers
        .iter()
        .any(|resource| is_expandable(shapes, &shapes.fields(resource), path))
}

/// Tells whether a path leads to something that can be expanded. It is at most [`DEEPEST`] long.
fn is_expandable(shapes: &Shapes, members: &Members, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    members
        .get(first)
        .is_some_and(|member| is_expandable_type(shapes, member, rest))
}

fn is_expandable_type(shapes: &Shapes, member: &ApiType, rest: &[&str]) -> bool {
    member.alternatives.iter().any(|alternative| match alternative {
        Alternative::Reference(_) | Alternative::ReferenceShape(_) if rest.is_empty() => true,
        Alternative::List(item) => is_expandable_type(shapes, item, rest),
        Alternative::ListOf(_) | Alternative::Shape(_) | Alternative::Map(_) if rest.is_empty() => {
            member.may_be_absent
        }
        Alternative::Reference(resource) | Alternative::Object(resource) => {
            is_expandable(shapes, &shapes.fields(resource), rest)
        }
        Alternative::ReferenceShape(shape) | Alternative::Shape(shape) => {
            is_expandable(shapes, &shapes.members(*shape), rest)
        }
        Alternative::ListOf(resource) => rest
            .strip_prefix(&["data"])
            .is_some_and(|rest| rest.is_empty() || is_expandable(shapes, &shapes.fields(resource), rest)),
        _ => false,
    })
}

/// Puts objects in the place of their ids in an answer.
pub(super) fn expand(
    work: &Work<'_>,
    route: &Route,
    paths: &[Vec<String>],
    answer: &[u8],
) -> Result<Bytes, Refusal> {
    let mut answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let is_list = matches!(route.operation.returns, Returns::List | Returns::Search);
    for path in paths {
        let fields = work
            .shapes
            .fields(route.operation.of.first().copied().unwrap_or(""));
        match (is_list, answer.get_mut("data"), path.split_first()) {
            (true, Some(Value::Array(items)), Some((_, inner))) => {
                for item in items {
                    members(work, &fields, item, inner);
                }
            }
            _ => members(work, &fields, &mut answer, path),
        }
    }
    Ok(Bytes::from(answer.to_string()))
}

fn members(work: &Work<'_>, fields: &Members, object: &mut Value, path: &[String]) {
    let (Some((first, rest)), Value::Object(object)) = (path.split_first(), object) else {
        return;
    };
    let Some(member) = fields.get(first.as_str()) else {
        return;
    };
    if !object.contains_key(first)
        && let Some(found) = absent(work, member, object)
    {
        object.insert(first.clone(), found);
    }
    if let Some(value) = object.get_mut(first) {
        value_of(work, member, value, rest);
    }
}

fn value_of(work: &Work<'_>, member: &ApiType, value: &mut Value, rest: &[String]) {
    for alternative in &member.alternatives {
        match (alternative, &mut *value) {
            (Alternative::List(item), Value::Array(values)) => {
                for value in values {
                    value_of(work, item, value, rest);
                }
            }
            (Alternative::Reference(resource), Value::String(id)) => {
                let Some(record) = work.get(resource, id) else {
                    continue;
                };
                *value = Value::Object(record.object());
                members(work, &work.shapes.fields(resource), value, rest);
                return;
            }
            (Alternative::Reference(resource) | Alternative::Object(resource), Value::Object(_)) => {
                members(work, &work.shapes.fields(resource), value, rest);
            }
            (Alternative::Shape(shape), Value::Object(_)) => {
                members(work, &work.shapes.members(*shape), value, rest);
            }
            (Alternative::ListOf(resource), Value::Object(list)) => {
                if let (Some(Value::Array(items)), Some((_, rest))) =
                    (list.get_mut("data"), rest.split_first())
                {
                    let fields = work.shapes.fields(resource);
                    items
                        .iter_mut()
                        .for_each(|item| members(work, &fields, item, rest));
                }
            }
            _ => {}
        }
    }
}

/// Makes what is only sent when it is expanded: the list of what belongs to the object, or a nested
/// object.
fn absent(work: &Work<'_>, member: &ApiType, owner: &Map<String, Value>) -> Option<Value> {
    match member.alternatives.first()? {
        Alternative::ListOf(resource) => children(work, resource, owner),
        Alternative::Shape(shape) => Some(Value::Object(blank::nested(work.shapes, *shape, work.now))),
        Alternative::Map(_) => Some(Value::Object(Map::new())),
        _ => None,
    }
}

fn children(work: &Work<'_>, resource: &str, owner: &Map<String, Value>) -> Option<Value> {
    let parent = owner.get("object")?.as_str()?;
    let id = owner.get("id")?.as_str()?;
    let parent = work.shapes.catalog.resource(parent)?;
    let is_named = work.store.indexed(resource).contains(&parent.name);
    let mut found = match is_named {
        true => work.all_with(resource, parent.name, id),
        false => work.all_with(resource, PARENT, id),
    };
    if is_named {
        found.reverse();
    }
    let has_more = found.len() > LIST_LENGTH;
    let data: Vec<Value> = found.into_iter().take(LIST_LENGTH).map(Value::Object).collect();
    let collection = work.shapes.catalog.resource(resource)?.path?;
    let last = collection.rsplit('/').next()?;
    let mut list = blank::list(&format!("{}/{id}/{last}", parent.path?));
    list["has_more"] = has_more.into();
    list["data"] = Value::Array(data);
    Some(list)
}
