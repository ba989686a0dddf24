//! Subscriptions: their items and periods, their first invoice, and their end.

mod billing;
mod items;
mod proration;

use serde_json::{Value, json};

use super::discount::{self, Bearer};
use super::object::{Object, has, id_of, inner, is_set, list, owned, set, set_inner, text, texts};
use super::tax;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

pub(super) use items::{before_delete as item_before_delete, begun as item_begun, changed as item_changed};
pub(super) use items::{check as check_item, deleted as item_deleted};

const DAY: i64 = 86_400;

/// The longest trial, in seconds. Source: the docstring of `trial_end` in `subscriptions.create`.
const LONGEST_TRIAL: i64 = 730 * DAY;

/// Statuses after which nothing but notes about a subscription changes.
const ENDED: [&str; 2] = ["canceled", "incomplete_expired"];

/// Parameters that an ended subscription still takes.
/// Source: the docstring of `subscriptions.cancel`.
const CHANGED_LATER: [&str; 3] = ["metadata", "cancellation_details", "expand"];

/// Parameters that this server can't carry out truly.
const NOT_CARRIED_OUT: [&str; 4] = [
    "backdate_start_date",
    "billing_cycle_anchor_config",
    "billing_schedules",
    "trial_from_plan",
];

/// Checks what subscriptions need together.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    if !has(given, "customer") {
        return Err(Refusal::missing("customer"));
    }
    if list(given, "items").is_empty() {
        return Err(Refusal::missing("items"));
    }
    refuse_untrue(given, "create")?;
    check_sending(given, text(given, "collection_method"))
}

fn refuse_untrue(given: &Object, operation: &str) -> Result<(), Refusal> {
    tax::refuse_automatic(given)?;
    match NOT_CARRIED_OUT.iter().find(|name| has(given, name)) {
        Some(name) => Err(Refusal::not_carried_out(&format!(
            "{name} of subscriptions.{operation}"
        ))),
        None => Ok(()),
    }
}

fn check_sending(given: &Object, method: Option<&str>) -> Result<(), Refusal> {
    match (method == Some("send_invoice"), has(given, "days_until_due")) {
        (true, false) => Err(Refusal::missing("days_until_due")),
        (false, true) => Err(Refusal::parameter(
            "days_until_due",
            "`days_until_due` is only for subscriptions with `collection_method=send_invoice`.",
        )),
        _ => Ok(()),
    }
}

/// Gives a new subscription what it begins with.
pub(super) fn begin(work: &Work<'_>, subscription: &mut Object, given: &Object) {
    let url = format!("/v1/subscription_items?subscription={}", id_of(subscription));
    set_inner(subscription, "items", "url", url);
    set(subscription, "start_date", work.now);
    if !has(given, "collection_method") {
        set(subscription, "collection_method", "charge_automatically");
    }
    if !has(given, "billing_mode") {
        set_inner(subscription, "billing_mode", "type", "flexible");
    }
    set(subscription, "status", "active");
}

/// Makes the items of a new subscription, its first period and its first invoice.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut subscription) = work.read("subscription", id) else {
        return Ok(());
    };
    let trial_end = trial_end(work, given)?;
    if let Some(end) = trial_end {
        set(&mut subscription, "trial_start", work.now);
        set(&mut subscription, "trial_end", end);
        set(&mut subscription, "status", "trialing");
    }
    let anchor = given.get("billing_cycle_anchor").and_then(Value::as_i64);
    let anchor = anchor.or(trial_end);
    if anchor.is_some_and(|anchor| anchor < work.now) {
        return Err(Refusal::parameter(
            "billing_cycle_anchor",
            "The anchor can't lie in the past.",
        ));
    }
    set(
        &mut subscription,
        "billing_cycle_anchor",
        anchor.unwrap_or(work.now),
    );
    work.save(subscription);
    for entry in list(given, "items").iter().filter_map(Value::as_object) {
        items::add(work, id, entry)?;
    }
    let Some(mut subscription) = work.read("subscription", id) else {
        return Ok(());
    };
    redeem(work, &mut subscription, given)?;
    plan_end(work, &mut subscription, given);
    set_customer_currency(work, &subscription);
    work.save(subscription);
    billing::first(work, id, given)
}

/// Gives when a trial ends, when there is one.
fn trial_end(work: &Work<'_>, given: &Object) -> Result<Option<i64>, Refusal> {
    let days = given.get("trial_period_days").and_then(Value::as_i64);
    let end = given.get("trial_end").and_then(Value::as_i64);
    let end = end
        .or_else(|| Some(days?.saturating_mul(DAY).saturating_add(work.now)))
        .filter(|end| *end > work.now);
    match end.is_some_and(|end| end.saturating_sub(work.now) > LONGEST_TRIAL) {
        true => Err(Refusal::parameter(
            "trial_end",
            "A trial can last at most two years.",
        )),
        false => Ok(end),
    }
}

fn redeem(work: &mut Work<'_>, subscription: &mut Object, given: &Object) -> Result<(), Refusal> {
    if !given.contains_key("discounts") {
        return Ok(());
    }
    let bearer = Bearer {
        customer: &owned(subscription, "customer"),
        field: "subscription",
        id: &id_of(subscription),
        currency: &owned(subscription, "currency"),
    };
    let discounts = discount::redeem(work, list(given, "discounts"), bearer)?;
    set(subscription, "discounts", discounts);
    Ok(())
}

/// The first subscription decides the customer's currency.
fn set_customer_currency(work: &mut Work<'_>, subscription: &Object) {
    let customer = text(subscription, "customer").and_then(|id| work.read("customer", id));
    if let Some(mut customer) = customer
        && !has(&customer, "currency")
    {
        set(&mut customer, "currency", owned(subscription, "currency"));
        work.save(customer);
    }
}

/// Writes when a subscription is to end.
fn plan_end(work: &Work<'_>, subscription: &mut Object, given: &Object) {
    let at_period_end = given.get("cancel_at_period_end").and_then(Value::as_bool);
    let at = given.get("cancel_at").and_then(Value::as_i64);
    match (at_period_end, at) {
        (Some(true), _) => {
            let end = items::period_end(work, subscription);
            set(subscription, "cancel_at", end);
            request_end(work, subscription);
        }
        (_, Some(at)) => {
            set(subscription, "cancel_at", at);
            request_end(work, subscription);
        }
        (Some(false), None) => {
            set(subscription, "cancel_at", Value::Null);
            set(subscription, "canceled_at", Value::Null);
            set_inner(subscription, "cancellation_details", "reason", Value::Null);
        }
        (None, None) => {}
    }
}

fn request_end(work: &Work<'_>, subscription: &mut Object) {
    set(subscription, "canceled_at", work.now);
    let mut details = inner(subscription, "cancellation_details")
        .cloned()
        .unwrap_or_default();
    for name in ["comment", "feedback", "feedback_option"] {
        details.entry(name).or_insert(Value::Null);
    }
    set(&mut details, "reason", "cancellation_requested");
    set(subscription, "cancellation_details", details);
}

/// Refuses changes of an ended subscription, and those that this server can't carry out.
pub(super) fn before_update(former: &Object, given: &Object) -> Result<(), Refusal> {
    let is_ended = ENDED.contains(&text(former, "status").unwrap_or(""));
    if is_ended && given.keys().any(|name| !CHANGED_LATER.contains(&name.as_str())) {
        return Err(Refusal::state(
            "Of a canceled subscription only the metadata and the cancellation details can be changed.",
        ));
    }
    refuse_untrue(given, "update")?;
    if given.get("billing_cycle_anchor").is_some() || has(given, "trial_end") {
        return Err(Refusal::not_carried_out(
            "a new billing cycle in subscriptions.update",
        ));
    }
    let method = text(given, "collection_method").or(text(former, "collection_method"));
    match has(given, "days_until_due") || (method == Some("send_invoice") && !has(former, "days_until_due")) {
        true => check_sending(given, method),
        false => Ok(()),
    }
}

/// Brings a changed subscription in line: its items, its end, its discounts.
pub(super) fn changed(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    proration::change(work, id, list(given, "items"), given)?;
    let Some(mut subscription) = work.read("subscription", id) else {
        return Ok(());
    };
    redeem(work, &mut subscription, given)?;
    plan_end(work, &mut subscription, given);
    if is_set(given, "cancel_at_period_end") {
        let given = inner(given, "cancellation_details").cloned().unwrap_or_default();
        for (name, value) in given {
            set_inner(&mut subscription, "cancellation_details", &name, value);
        }
    }
    work.save(subscription);
    Ok(())
}

/// Activates a subscription whose invoice was paid.
pub(super) fn paid(work: &mut Work<'_>, invoice: &Object) {
    let subscription = inner(invoice, "parent")
        .and_then(|parent| inner(parent, "subscription_details"))
        .and_then(|details| text(details, "subscription"))
        .and_then(|id| work.read("subscription", id));
    if let Some(mut subscription) = subscription
        && matches!(text(&subscription, "status"), Some("incomplete" | "past_due"))
        && text(&subscription, "latest_invoice") == text(invoice, "id")
    {
        set(&mut subscription, "status", "active");
        work.save(subscription);
    }
}

/// Cancels a subscription now. One that has ended is no longer found, as at Stripe.
pub(super) fn cancel(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(subscription) = work.read("subscription", id) else {
        return Err(Refusal::no_such(404, "subscription", id));
    };
    if ENDED.contains(&text(&subscription, "status").unwrap_or("")) {
        return Err(Refusal::no_such(404, "subscription", id));
    }
    if is_set(given, "prorate") || is_set(given, "invoice_now") {
        return Err(Refusal::not_carried_out("a last invoice in subscriptions.cancel"));
    }
    end(work, subscription, inner(given, "cancellation_details"));
    Ok(())
}

fn end(work: &mut Work<'_>, mut subscription: Object, details: Option<&Object>) {
    request_end(work, &mut subscription);
    for (name, value) in details.into_iter().flatten() {
        set_inner(&mut subscription, "cancellation_details", name, value.clone());
    }
    set(&mut subscription, "status", "canceled");
    set(&mut subscription, "ended_at", work.now);
    set(&mut subscription, "cancel_at_period_end", false);
    // Its event is the deletion, though it can still be read.
    work.note("customer.subscription.deleted", &subscription);
    work.save(subscription);
}

/// Cancels all subscriptions of a customer.
pub(super) fn end_all(work: &mut Work<'_>, customer: &str) {
    for subscription in work.all_with("subscription", "customer", customer) {
        if !ENDED.contains(&text(&subscription, "status").unwrap_or("")) {
            end(work, subscription, None);
        }
    }
}

/// Takes the discounts off a subscription, and gives the stub of the last one.
pub(super) fn delete_discount(work: &mut Work<'_>, id: &str) -> Result<Value, Refusal> {
    let Some(mut subscription) = work.read("subscription", id) else {
        return Err(Refusal::no_such(404, "subscription", id));
    };
    let discounts = texts(&subscription, "discounts");
    let Some(last) = discounts.last() else {
        return Err(Refusal::not_found(format!(
            "The subscription `{id}` has no discount."
        )));
    };
    let mut stub = work.read("discount", last).unwrap_or_default();
    set(&mut stub, "deleted", true);
    discounts.iter().for_each(|discount| {
        work.delete("discount", discount);
    });
    set(&mut subscription, "discounts", json!([]));
    work.save(subscription);
    Ok(Value::Object(stub))
}
