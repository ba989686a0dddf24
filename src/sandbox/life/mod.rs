//! What single resources do beyond the catalogue: what they need together, what they begin with, what
//! may not be deleted, and the operations that are no plain create, read, update or delete.
//!
//! One file per resource; this one is the table of who is asked when.

mod account;
mod coupon;
mod customer;
mod file;
mod invoice;
mod payment_intent;
mod price;
mod product;
mod subscription;

use axum::body::Bytes;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::routes::Match;
use super::store::Record;
use super::work::{Birth, Work};

type Object = Map<String, Value>;

/// Checks what a create needs beyond single parameters, and makes what it brings along.
pub(super) fn prepare(work: &mut Work<'_>, resource: &str, given: &mut Object) -> Result<(), Refusal> {
    match resource {
        "customer" => customer::check(given),
        "price" => price::prepare(work, given),
        "plan" => price::prepare_plan(given),
        "coupon" => coupon::check(given),
        "invoice" | "invoiceitem" => invoice::check(given),
        "subscription" => subscription::check(given),
        _ => Ok(()),
    }
}

/// Gives a new object what it begins with, after its parameters were written.
pub(super) fn created(
    work: &mut Work<'_>,
    birth: &mut Birth,
    object: &mut Object,
    given: &Object,
) -> Result<(), Refusal> {
    match object.get("object").and_then(Value::as_str) {
        Some("customer") => customer::begin(birth, object),
        Some("product") => product::begin(work, birth, object, given)?,
        Some("price") => price::begin(object),
        Some("coupon") => coupon::begin(object, given),
        Some("file") => file::begin(work, object, given),
        Some("invoice") => invoice::begin(work, object, given),
        Some("invoiceitem") => invoice::begin_item(object, given),
        Some("subscription") => subscription::begin(object),
        Some("payment_intent") => payment_intent::begin(birth, object, given),
        _ => {}
    }
    Ok(())
}

/// Brings an object's other fields in line after an update wrote its parameters.
pub(super) fn updated(
    work: &Work<'_>,
    resource: &str,
    object: &mut Object,
    given: &Object,
) -> Result<(), Refusal> {
    match resource {
        "customer" => customer::check(given)?,
        "product" => product::touch(work, object),
        _ => {}
    }
    Ok(())
}

/// Refuses to delete what has to stay.
pub(super) fn before_delete(work: &Work<'_>, record: &Record) -> Result<(), Refusal> {
    match record.resource {
        "product" => product::before_delete(work, record),
        "invoice" => invoice::before_delete(record),
        _ => Ok(()),
    }
}

/// Runs an operation that is no plain create, read, update or delete.
pub(super) fn act(work: &mut Work<'_>, found: &Match<'_>, _given: &Object) -> Result<Bytes, Refusal> {
    match found.route.operation.id {
        "accounts.retrieve_current" => Ok(Bytes::from(Value::Object(account::own(work)).to_string())),
        other => Err(Refusal::not_carried_out(other)),
    }
}

/// Gives an object that is there without having been created.
pub(super) fn own(work: &Work<'_>, resource: &str, id: &str) -> Option<Object> {
    match resource {
        "account" => Some(account::own(work)).filter(|own| own.get("id").and_then(Value::as_str) == Some(id)),
        _ => None,
    }
}

/// Fills in the object of a path without an id, before it was ever written.
pub(super) fn single(object: &mut Object, found: &Match<'_>) {
    if found.route.resource.name == "balance" {
        for name in ["available", "pending"] {
            object.insert(name.to_owned(), account::no_money());
        }
    }
}

/// Sets a field.
fn set(object: &mut Object, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

/// Sets a field that has no value yet.
fn set_if_unset(object: &mut Object, name: &str, value: impl Into<Value>) {
    if object
        .get(name)
        .is_none_or(|known| known.is_null() || known.as_str() == Some(""))
    {
        set(object, name, value);
    }
}

/// Tells whether a parameter has a value.
fn has(given: &Object, name: &str) -> bool {
    given.get(name).is_some_and(|value| !value.is_null())
}

/// Gives a text field.
fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}
