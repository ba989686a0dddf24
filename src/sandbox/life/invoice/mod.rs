//! Invoices: drafts that items go onto, finalised, and then paid, voided or given up.

pub(super) mod finalize;
pub(super) mod lines;
pub(super) mod pay;
pub(super) mod step;
pub(super) mod totals;

use serde_json::{Value, json};

use super::discount::{self, Bearer};
use super::invoice_item;
use super::object::{Object, has, id_of, list, owned, set, set_if_unset, set_inner, text};
use super::tax;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;
use step::Step;

/// The customer's fields that an invoice shows, with their names there.
const SHOWN: [(&str, &str); 6] = [
    ("email", "customer_email"),
    ("name", "customer_name"),
    ("phone", "customer_phone"),
    ("address", "customer_address"),
    ("shipping", "customer_shipping"),
    ("tax_exempt", "customer_tax_exempt"),
];

/// Parameters that still can be changed when an invoice is no draft any more. That metadata is among them
/// is recorded; the others are those that say how it is collected.
const CHANGED_LATER: [&str; 6] = [
    "metadata",
    "expand",
    "auto_advance",
    "default_payment_method",
    "default_source",
    "payment_settings",
];

const DAY: i64 = 86_400;

/// Checks what an invoice needs together.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    if has(given, "from_invoice") {
        return Err(Refusal::not_carried_out("from_invoice of invoices.create"));
    }
    if !has(given, "customer") {
        return Err(Refusal::missing("customer"));
    }
    tax::refuse_automatic(given)?;
    let is_sent = text(given, "collection_method") == Some("send_invoice");
    check_due(given, text(given, "collection_method"))?;
    match is_sent && !has(given, "due_date") && !has(given, "days_until_due") {
        true => Err(Refusal::missing("days_until_due")),
        false => Ok(()),
    }
}

/// A due date is for invoices that are sent. Source: the docstrings of `invoices.create`.
fn check_due(given: &Object, method: Option<&str>) -> Result<(), Refusal> {
    for name in ["due_date", "days_until_due"] {
        if has(given, name) && method != Some("send_invoice") {
            return Err(Refusal::parameter(
                name,
                format!("`{name}` is only for invoices with `collection_method=send_invoice`."),
            ));
        }
    }
    match has(given, "due_date") && has(given, "days_until_due") {
        true => Err(super::price::exclusive("due_date", "days_until_due")),
        false => Ok(()),
    }
}

/// Gives a new invoice what it begins with.
pub(super) fn begin(work: &Work<'_>, invoice: &mut Object, given: &Object) {
    set(invoice, "status", "draft");
    set_if_unset(invoice, "collection_method", "charge_automatically");
    set_if_unset(invoice, "billing_reason", "manual");
    set_if_unset(invoice, "auto_advance", false);
    let url = format!("/v1/invoices/{}/lines", owned(invoice, "id"));
    set_inner(invoice, "lines", "url", url);
    set_due(work, invoice, given);
    let customer = text(invoice, "customer").and_then(|id| work.read("customer", id));
    let Some(customer) = customer else { return };
    for (name, shown) in SHOWN {
        set(invoice, shown, customer.get(name).cloned().unwrap_or_default());
    }
    if let (Some(currency), false) = (text(&customer, "currency"), has(given, "currency")) {
        set(invoice, "currency", currency);
    }
}

fn set_due(work: &Work<'_>, invoice: &mut Object, given: &Object) {
    if let Some(days) = given.get("days_until_due").and_then(Value::as_i64) {
        let due = days.saturating_mul(DAY).saturating_add(work.now);
        set(invoice, "due_date", due);
    }
}

/// Puts pending items on a new invoice, and works it out.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut invoice) = work.read("invoice", id) else {
        return Ok(());
    };
    let subscription = text(given, "subscription");
    if let Some(subscription) = subscription {
        let details = json!({"metadata": {}, "subscription": subscription});
        set(
            &mut invoice,
            "parent",
            json!({"quote_details": null, "subscription_details": details, "type": "subscription_details"}),
        );
    }
    let takes_pending = text(given, "pending_invoice_items_behavior") == Some("include");
    if takes_pending || subscription.is_some() {
        let pending = pending(work, &invoice, subscription);
        if let (false, Some(first)) = (has(given, "currency"), pending.first()) {
            set(&mut invoice, "currency", owned(first, "currency"));
        }
        work.save(invoice.clone());
        take(work, &invoice, pending)?;
    }
    let Some(invoice) = work.read("invoice", id) else {
        return Ok(());
    };
    rework(work, invoice, given)
}

/// Gives the customer's items that are on no invoice, oldest first; with a subscription, only those that
/// are not another one's.
pub(super) fn pending(work: &Work<'_>, invoice: &Object, subscription: Option<&str>) -> Vec<Object> {
    let items = work.all_with("invoiceitem", "customer", &owned(invoice, "customer"));
    let of = |item: &Object| {
        let details = super::object::inner(super::object::inner(item, "parent")?, "subscription_details")?;
        Some(owned(details, "subscription"))
    };
    items
        .into_iter()
        .filter(|item| !has(item, "invoice"))
        .filter(|item| {
            let own = of(item);
            own.is_none() || subscription.is_none() || own.as_deref() == subscription
        })
        .collect()
}

/// Puts items on an invoice; what is over the most that it can have stays pending.
pub(super) fn take(work: &mut Work<'_>, invoice: &Object, pending: Vec<Object>) -> Result<(), Refusal> {
    let id = id_of(invoice);
    let room = lines::room(work, &id);
    for item in pending.into_iter().take(room) {
        invoice_item::check_currency(invoice, &owned(&item, "currency"))?;
        lines::put_on(work, &id, item)?;
    }
    Ok(())
}

/// Writes what does not simply become a field, and works the invoice out anew.
fn rework(work: &mut Work<'_>, mut invoice: Object, given: &Object) -> Result<(), Refusal> {
    let id = id_of(&invoice);
    if given.contains_key("discounts") {
        let bearer = Bearer {
            customer: &owned(&invoice, "customer"),
            field: "invoice",
            id: &id,
            currency: &owned(&invoice, "currency"),
        };
        let discounts = discount::redeem(work, list(given, "discounts"), bearer)?;
        set(&mut invoice, "discounts", discounts);
    }
    totals::ship(work, &mut invoice, given)?;
    work.save(invoice);
    totals::renew(work, &id)
}

/// Refuses to change what is fixed once an invoice is finalised. The wording is a recorded one.
pub(super) fn before_update(former: &Object, given: &Object) -> Result<(), Refusal> {
    if text(former, "status") != Some("draft") {
        return match given.keys().find(|name| !CHANGED_LATER.contains(&name.as_str())) {
            Some(name) => Err(Refusal::state("Finalized invoices can't be updated in this way").param(name)),
            None => Ok(()),
        };
    }
    tax::refuse_automatic(given)?;
    let method = text(given, "collection_method").or(text(former, "collection_method"));
    check_due(given, method)
}

/// Brings a changed draft in line.
pub(super) fn changed(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut invoice) = work.read("invoice", id) else {
        return Ok(());
    };
    if text(&invoice, "status") != Some("draft") {
        return Ok(());
    }
    set_due(work, &mut invoice, given);
    if text(&invoice, "collection_method") != Some("send_invoice") {
        set(&mut invoice, "due_date", Value::Null);
    }
    rework(work, invoice, given)
}

/// Refuses to delete what is no one-off draft.
pub(super) fn before_delete(invoice: &Object) -> Result<(), Refusal> {
    step::check(Step::Delete, &owned(invoice, "status"))?;
    match has(invoice, "parent") {
        true => Err(Refusal::state(
            "A draft that belongs to a subscription or a quote can't be deleted.",
        )),
        false => Ok(()),
    }
}

/// Carries out one of an invoice's actions.
pub(super) fn act(work: &mut Work<'_>, id: &str, operation: &str, given: &Object) -> Result<(), Refusal> {
    match operation {
        "invoices.finalize_invoice" => {
            finalize::finalize(work, id)?;
            if let (Some(advance), Some(mut invoice)) = (given.get("auto_advance"), work.read("invoice", id))
                && text(&invoice, "status") == Some("open")
            {
                set(&mut invoice, "auto_advance", advance.clone());
                work.save(invoice);
            }
            Ok(())
        }
        "invoices.pay" => pay::pay(work, id, given),
        "invoices.send_invoice" => send(work, id),
        "invoices.void_invoice" => end(work, id, Step::Void),
        "invoices.mark_uncollectible" => end(work, id, Step::MarkUncollectible),
        "invoices.add_lines" | "invoices.update_lines" | "invoices.remove_lines" => {
            lines::edit(work, id, operation, given)
        }
        other => Err(Refusal::not_carried_out(other)),
    }
}

/// Sends an invoice, a draft after finalising it.
fn send(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    let Some(invoice) = work.read("invoice", id) else {
        return Err(Refusal::no_such(404, "invoice", id));
    };
    step::check(Step::Send, &owned(&invoice, "status"))?;
    if text(&invoice, "collection_method") != Some("send_invoice") {
        return Err(Refusal::state(
            "Only invoices with `collection_method=send_invoice` can be sent.",
        ));
    }
    if text(&invoice, "status") == Some("draft") {
        finalize::finalize(work, id)?;
    }
    work.note("invoice.sent", &invoice);
    Ok(())
}

/// Voids an invoice, or marks it uncollectible.
fn end(work: &mut Work<'_>, id: &str, step: Step) -> Result<(), Refusal> {
    let Some(mut invoice) = work.read("invoice", id) else {
        return Err(Refusal::no_such(404, "invoice", id));
    };
    step::check(step, &owned(&invoice, "status"))?;
    let (status, moment, event) = match step {
        Step::Void => ("void", "voided_at", "invoice.voided"),
        _ => (
            "uncollectible",
            "marked_uncollectible_at",
            "invoice.marked_uncollectible",
        ),
    };
    if step == Step::Void {
        pay::close_payment(work, &invoice, "canceled");
    }
    set(&mut invoice, "status", status);
    set(&mut invoice, "auto_advance", false);
    set_inner(&mut invoice, "status_transitions", moment, work.now);
    work.note(event, &invoice);
    work.save(invoice);
    Ok(())
}
