use serde_json::Value;

use super::{Object, has, set, set_if_unset, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::store::Record;
use crate::sandbox::work::Work;

/// The customer's fields that an invoice shows, with their names there.
const SHOWN: [(&str, &str); 5] = [
    ("email", "customer_email"),
    ("name", "customer_name"),
    ("phone", "customer_phone"),
    ("address", "customer_address"),
    ("shipping", "customer_shipping"),
];

/// An invoice and an invoice item need the customer that they are for.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    match has(given, "customer") || has(given, "customer_account") || has(given, "from_invoice") {
        true => Ok(()),
        false => Err(Refusal::missing("customer")),
    }
}

pub(super) fn begin(work: &Work<'_>, invoice: &mut Object, given: &Object) {
    set(invoice, "status", "draft");
    set_if_unset(invoice, "collection_method", "charge_automatically");
    set_if_unset(invoice, "billing_reason", "manual");
    set_if_unset(invoice, "auto_advance", false);
    let url = format!("/v1/invoices/{}/lines", text(invoice, "id").unwrap_or(""));
    if let Some(Value::Object(lines)) = invoice.get_mut("lines") {
        set(lines, "url", url);
    }
    let customer = text(invoice, "customer").and_then(|id| work.store.object("customer", id));
    let Some(Value::Object(customer)) = customer else {
        return;
    };
    for (name, shown) in SHOWN {
        set(invoice, shown, customer.get(name).cloned().unwrap_or_default());
    }
    if let (Some(currency), false) = (text(&customer, "currency"), has(given, "currency")) {
        set(invoice, "currency", currency);
    }
}

pub(super) fn begin_item(item: &mut Object, given: &Object) {
    if !has(given, "quantity") {
        set(item, "quantity", 1);
        set(item, "quantity_decimal", "1");
    }
    if !has(given, "discountable") {
        set(item, "discountable", true);
    }
}

/// Only drafts can be deleted. The wording is a recorded one.
pub(super) fn before_delete(record: &Record) -> Result<(), Refusal> {
    match text(&record.object(), "status") {
        Some("draft") => Ok(()),
        _ => Err(Refusal::state("You can only delete draft invoices.")),
    }
}
