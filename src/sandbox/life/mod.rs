//! What single resources do beyond the catalogue: what they need together, what they begin with, what
//! may not be deleted, and the operations that are no plain create, read, update or delete.
//!
//! One file per resource; this one is the table of who is asked when.

mod account;
mod amount;
mod balance;
mod charge;
mod charged;
mod coupon;
mod credit_note;
mod customer;
mod discount;
mod file;
mod invoice;
mod invoice_item;
mod line_items;
mod minimum;
mod object;
mod payment_intent;
mod payment_method;
mod period;
mod plain;
mod price;
mod product;
mod promotion_code;
mod refund;
mod setup_intent;
mod subscription;
mod tax;
mod test_card;

use axum::body::Bytes;
use serde_json::Value;

use super::refusal::Refusal;
use super::routes::Match;
use super::store::{PARENT, Record};
use super::work::{Birth, Work};
use object::Object;

/// Lists of what is worked out from other objects, which is not done here.
const NOT_LISTED: [&str; 5] = [
    "credit_notes.preview_lines.list",
    "payment_intents.amount_details_line_items.list",
    "quotes.computed_upfront_line_items.list",
    "tax.calculations.line_items.list",
    "tax.transactions.line_items.list",
];

/// Checks what a create needs beyond single parameters, and makes what it brings along.
pub(super) fn prepare(work: &mut Work<'_>, resource: &str, given: &mut Object) -> Result<(), Refusal> {
    match resource {
        "charge" => charge::check(given),
        "coupon" => coupon::check(given),
        "credit_note" => credit_note::check(work, given),
        "customer" => customer::check(given),
        "invoice" => invoice::check(given),
        "invoiceitem" => invoice_item::prepare(work, given),
        "payment_intent" => payment_intent::check_amount(given),
        "plan" => price::prepare_plan(given),
        "price" => price::prepare(work, given),
        "promotion_code" => promotion_code::check(work, given),
        "refund" => refund::prepare(work, given),
        "subscription" => subscription::check(given),
        "subscription_item" => subscription::check_item(work, given),
        "tax_rate" => tax::check(given),
        _ => Ok(()),
    }
}

/// Gives a new object what it begins with, after its parameters were written.
pub(super) fn created(work: &Work<'_>, birth: &mut Birth, object: &mut Object, given: &Object) {
    match object.get("object").and_then(Value::as_str) {
        Some("coupon") => coupon::begin(work, object, given),
        Some("customer") => customer::begin(birth, object),
        Some("file") => file::begin(work, object, given),
        Some("invoice") => invoice::begin(work, object, given),
        Some("payment_intent") => payment_intent::begin(birth, object, given),
        Some("payment_method") => payment_method::begin(work, object, given),
        Some("price") => price::begin(object),
        Some("promotion_code") => promotion_code::begin(birth, object, given),
        Some("setup_intent") => setup_intent::begin(birth, object, given),
        Some("subscription") => subscription::begin(work, object, given),
        _ => plain::begin(object),
    }
}

/// Makes what follows from a new object, once it is kept.
pub(super) fn begun(work: &mut Work<'_>, resource: &str, id: &str, given: &Object) -> Result<(), Refusal> {
    match resource {
        "charge" => charge::begun(work, id, given),
        "checkout.session" | "payment_link" | "quote" => line_items::begun(work, (resource, id), given),
        "credit_note" => credit_note::begun(work, id, given),
        "customer" => customer::begun(work, id, given),
        "customer_balance_transaction" => {
            balance::adjusted(work, id);
            Ok(())
        }
        "invoice" => invoice::begun(work, id, given),
        "invoiceitem" => invoice_item::begun(work, id, given),
        "payment_intent" => payment_intent::begun(work, id, given),
        "price" => price::claim_lookup_key(work, id, given),
        "product" => product::begun(work, id, given),
        "refund" => refund::begun(work, id),
        "setup_intent" => setup_intent::begun(work, id, given),
        "subscription" => subscription::begun(work, id, given),
        "subscription_item" => subscription::item_begun(work, id, given),
        _ => Ok(()),
    }
}

/// Refuses changes that an object's state does not allow.
pub(super) fn before_update(work: &Work<'_>, former: &Record, given: &Object) -> Result<(), Refusal> {
    match former.resource {
        "invoice" => invoice::before_update(&former.object(), given),
        "invoiceitem" => invoice_item::check_editable(work, &former.object()),
        "line_item" => invoice_item::check_editable(work, &former.object()),
        "payment_intent" => payment_intent::before_update(&former.object(), given),
        "promotion_code" => promotion_code::before_update(work, &former.object(), given),
        "subscription" => subscription::before_update(&former.object(), given),
        _ => Ok(()),
    }
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

/// Brings other objects in line after one was changed.
pub(super) fn changed(work: &mut Work<'_>, former: &Record, given: &Object) -> Result<(), Refusal> {
    let id = &former.id;
    match former.resource {
        "customer" => customer::begun(work, id, given),
        "invoice" => invoice::changed(work, id, given),
        "invoiceitem" => invoice_item::charge(work, id, given),
        "line_item" => invoice::lines::changed(work, id, given),
        "payment_intent" => payment_intent::changed(work, id, given),
        "price" => price::claim_lookup_key(work, id, given),
        "subscription" => subscription::changed(work, id, given),
        "subscription_item" => subscription::item_changed(work, &former.object(), given),
        _ => Ok(()),
    }
}

/// Refuses to delete what has to stay.
pub(super) fn before_delete(work: &Work<'_>, record: &Record) -> Result<(), Refusal> {
    match record.resource {
        "invoice" => invoice::before_delete(&record.object()),
        "invoiceitem" => invoice_item::check_editable(work, &record.object()),
        "product" => product::before_delete(work, record),
        "subscription_item" => subscription::item_before_delete(work, &record.object()),
        _ => Ok(()),
    }
}

/// Brings other objects in line after one was deleted.
pub(super) fn deleted(work: &mut Work<'_>, former: &Record) -> Result<(), Refusal> {
    match former.resource {
        "customer" => subscription::end_all(work, &former.id),
        "invoiceitem" => invoice_item::deleted(work, &former.object())?,
        "subscription_item" => subscription::item_deleted(work, &former.object())?,
        _ => {}
    }
    Ok(())
}

/// Runs an operation that is no plain create, read, update or delete.
pub(super) fn act(work: &mut Work<'_>, found: &Match<'_>, given: &Object) -> Result<Bytes, Refusal> {
    let operation = found.route.operation.id;
    let resource = found.route.resource.name;
    let id = found.holes.first().map_or("", String::as_str);
    match operation {
        "accounts.retrieve_current" => return Ok(Bytes::from(Value::Object(account::own(work)).to_string())),
        "subscriptions.delete_discount" => {
            let stub = subscription::delete_discount(work, id)?;
            return Ok(Bytes::from(stub.to_string()));
        }
        "payment_methods.attach" => {
            let id = payment_method::attach(work, id, given)?;
            return Ok(work.find("payment_method", &id)?.json.clone());
        }
        _ => {}
    }
    if let Some(done) = plain::act(work, (resource, id), operation) {
        return done.and_then(|()| Ok(work.find(resource, id)?.json.clone()));
    }
    carry_out(work, (resource, id), operation, given)?;
    Ok(work.find(resource, id)?.json.clone())
}

fn carry_out(
    work: &mut Work<'_>,
    (resource, id): (&str, &str),
    operation: &str,
    given: &Object,
) -> Result<(), Refusal> {
    match (resource, operation) {
        ("invoice", _) => invoice::act(work, id, operation, given),
        ("payment_intent", _) => payment_intent::act(work, id, operation, given),
        (_, "charges.capture") => charge::capture(work, id, given.get("amount").and_then(Value::as_i64)),
        (_, "credit_notes.void_credit_note") => credit_note::void(work, id),
        (_, "payment_methods.detach") => payment_method::detach(work, id),
        (_, "refunds.cancel") => refund::cancel(work, id),
        (_, "setup_intents.confirm") => setup_intent::confirm(work, id, given),
        (_, "subscriptions.cancel") => subscription::cancel(work, id, given),
        (_, other) => Err(Refusal::not_carried_out(other)),
    }
}

/// Tells whether an id is one of Stripe's test data, which need not be created first.
pub(super) fn is_test_data(resource: &str, id: &str) -> bool {
    resource == "payment_method" && test_card::named(id).is_some()
}

/// Refuses lists of what is not worked out here, which would be empty without being so.
pub(super) fn check_listed(found: &Match<'_>) -> Result<(), Refusal> {
    match NOT_LISTED.contains(&found.route.operation.id) {
        true => Err(Refusal::not_carried_out(found.route.operation.id)),
        false => Ok(()),
    }
}

/// Gives the ids of a collection that has an order of its own; `None` for the others, which are listed
/// newest first.
pub(super) fn in_order(work: &Work<'_>, found: &Match<'_>) -> Option<Vec<String>> {
    let owner = found.holes.first()?;
    let items = match found.route.operation.id {
        "invoices.line_items.list" => invoice::lines::in_order(work, owner),
        "checkout.sessions.line_items.list" | "payment_links.line_items.list" | "quotes.line_items.list" => {
            work.all_with("item", PARENT, owner)
        }
        "credit_notes.line_items.list" => work.all_with("credit_note_line_item", PARENT, owner),
        _ => return None,
    };
    Some(items.iter().map(object::id_of).collect())
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
