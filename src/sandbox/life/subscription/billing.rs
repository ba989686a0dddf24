use serde_json::{Value, json};

use super::super::invoice::{self, finalize, lines, pay, totals};
use super::super::object::{Object, has, id_of, inner, int, list, owned, set, set_inner, text};
use super::super::{amount, charged, invoice_item, period};
use super::items;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Makes the first invoice of a subscription. One that is sent stays a draft, as it does at Stripe for an
/// hour; one that is charged is finalised and paid at once.
pub(super) fn first(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let subscription = work.read("subscription", id).unwrap_or_default();
    let invoice = open(work, &subscription, "subscription_create")?;
    for item in items::of(work, id) {
        write_line(work, &invoice, (&subscription, &item), given)?;
    }
    for entry in list(given, "add_invoice_items")
        .iter()
        .filter_map(Value::as_object)
    {
        add_item(work, &subscription, &invoice, entry)?;
    }
    take_pending(work, &subscription, &invoice)?;
    totals::renew(work, &invoice)?;
    let behavior = text(given, "payment_behavior")
        .unwrap_or("allow_incomplete")
        .to_owned();
    let status = collect(work, &subscription, &invoice, &behavior)?;
    let Some(mut subscription) = work.read("subscription", id) else {
        return Ok(());
    };
    set(&mut subscription, "latest_invoice", invoice);
    if let Some(status) = status {
        set(&mut subscription, "status", status);
    }
    work.save(subscription);
    Ok(())
}

/// Bills the prorations of a change at once.
pub(super) fn update(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    let subscription = work.read("subscription", id).unwrap_or_default();
    let invoice = open(work, &subscription, "subscription_update")?;
    take_pending(work, &subscription, &invoice)?;
    totals::renew(work, &invoice)?;
    collect(work, &subscription, &invoice, "allow_incomplete")?;
    if let Some(mut subscription) = work.read("subscription", id) {
        set(&mut subscription, "latest_invoice", invoice);
        work.save(subscription);
    }
    Ok(())
}

/// Makes a draft for a subscription, and gives its id.
fn open(work: &mut Work<'_>, subscription: &Object, reason: &str) -> Result<String, Refusal> {
    let mut given = Object::new();
    for name in [
        "customer",
        "currency",
        "collection_method",
        "days_until_due",
        "default_payment_method",
    ] {
        if let Some(value) = subscription.get(name).filter(|value| !value.is_null()) {
            set(&mut given, name, value.clone());
        }
    }
    let mut invoice = work.make("invoice", &given)?;
    invoice::begin(work, &mut invoice, &given);
    set(&mut invoice, "billing_reason", reason);
    set(&mut invoice, "auto_advance", true);
    for name in ["discounts", "default_tax_rates"] {
        set(
            &mut invoice,
            name,
            subscription.get(name).cloned().unwrap_or(json!([])),
        );
    }
    let details = json!({"metadata": subscription.get("metadata"), "subscription": id_of(subscription)});
    set(
        &mut invoice,
        "parent",
        json!({"quote_details": null, "subscription_details": details, "type": "subscription_details"}),
    );
    let id = id_of(&invoice);
    work.save(invoice);
    Ok(id)
}

/// Writes the line of one item for the period that begins.
fn write_line(
    work: &mut Work<'_>,
    invoice: &str,
    (subscription, item): (&Object, &Object),
    given: &Object,
) -> Result<(), Refusal> {
    let Some(price) = inner(item, "price").filter(|price| !items::is_metered(price)) else {
        return Ok(());
    };
    let is_trial = text(subscription, "status") == Some("trialing");
    let quantity = int(item, "quantity");
    let cost = match is_trial {
        true => 0,
        false => first_cost(item, price, given)?,
    };
    let product = text(price, "product").and_then(|id| work.read("product", id));
    let name = product.map(|product| owned(&product, "name")).unwrap_or_default();
    let description = match is_trial {
        true => format!("Trial period for {name}"),
        false => format!("{quantity} × {name}"),
    };
    let mut line = work.make("line_item", &Object::new())?;
    for (field, value) in [
        ("amount", Value::from(cost)),
        ("subtotal", cost.into()),
        ("currency", owned(subscription, "currency").into()),
        ("description", description.into()),
        ("discountable", true.into()),
        ("invoice", invoice.into()),
        ("quantity", quantity.into()),
        ("quantity_decimal", quantity.to_string().into()),
        ("subscription", id_of(subscription).into()),
        (
            "pricing",
            charged::pricing(Some(price), amount::unit(price, "unit_amount")),
        ),
        ("parent", parent(subscription, item)),
    ] {
        set(&mut line, field, value);
    }
    set_inner(&mut line, "period", "start", int(item, "current_period_start"));
    set_inner(&mut line, "period", "end", int(item, "current_period_end"));
    work.save(line);
    Ok(())
}

fn parent(subscription: &Object, item: &Object) -> Value {
    json!({
        "invoice_item_details": null,
        "subscription_item_details": {
            "invoice_item": null,
            "proration": false,
            "proration_details": null,
            "subscription": id_of(subscription),
            "subscription_item": id_of(item),
        },
        "type": "subscription_item_details",
    })
}

/// Gives what the first period costs: less than a whole one when it ends at an anchor before.
fn first_cost(item: &Object, price: &Object, given: &Object) -> Result<i64, Refusal> {
    let cost = items::cost(item)?;
    if !has(given, "billing_cycle_anchor") {
        return Ok(cost);
    }
    if text(given, "proration_behavior") == Some("none") {
        return Ok(0);
    }
    let (start, end) = (int(item, "current_period_start"), int(item, "current_period_end"));
    let (interval, count) = items::rhythm(price);
    let begin = period::after(end, &interval, -count).unwrap_or(start);
    let length = end.saturating_sub(begin).max(1);
    amount::share(cost, end.saturating_sub(start), length)
}

/// Puts one of `add_invoice_items` on the first invoice.
fn add_item(
    work: &mut Work<'_>,
    subscription: &Object,
    invoice: &str,
    entry: &Object,
) -> Result<(), Refusal> {
    let mut given = entry.clone();
    if let Some(price) = given.remove("price") {
        set(&mut given, "pricing", json!({"price": price}));
    }
    given.remove("period");
    set(&mut given, "customer", owned(subscription, "customer"));
    set(&mut given, "subscription", id_of(subscription));
    set(&mut given, "invoice", invoice);
    invoice_item::prepare(work, &mut given)?;
    let item = work.make("invoiceitem", &given)?;
    invoice_item::begun(work, &id_of(&item), &given)
}

/// Takes the items that wait for the next invoice of a subscription.
fn take_pending(work: &mut Work<'_>, subscription: &Object, invoice: &str) -> Result<(), Refusal> {
    let Some(fields) = work.read("invoice", invoice) else {
        return Ok(());
    };
    let currency = owned(&fields, "currency");
    let mut pending = invoice::pending(work, &fields, Some(&id_of(subscription)));
    pending.retain(|item| text(item, "currency") == Some(&currency));
    let room = lines::MOST.saturating_sub(lines::in_order(work, invoice).len());
    pending.truncate(room);
    invoice::take(work, &fields, pending)
}

/// Finalises and pays what is charged automatically. Gives the status that the subscription gets, when it
/// is another one.
fn collect(
    work: &mut Work<'_>,
    subscription: &Object,
    invoice: &str,
    behavior: &str,
) -> Result<Option<&'static str>, Refusal> {
    if text(subscription, "collection_method") == Some("send_invoice") {
        return Ok(None);
    }
    finalize::finalize(work, invoice)?;
    let open = work
        .read("invoice", invoice)
        .filter(|invoice| text(invoice, "status") == Some("open"));
    let Some(open) = open else { return Ok(None) };
    if behavior == "default_incomplete" {
        return Ok(Some("incomplete"));
    }
    if pay::method(work, &open, &Object::new()).is_none() {
        return Err(Refusal::state(
            "The customer has no payment method to charge: neither the subscription nor the customer has a default.",
        )
        .code("resource_missing"));
    }
    match pay::pay(work, invoice, &Object::new()) {
        Ok(()) => Ok(None),
        Err(refusal) if refusal.stands && behavior != "error_if_incomplete" => Ok(Some("incomplete")),
        Err(refusal) => Err(Refusal {
            stands: false,
            ..refusal
        }),
    }
}
