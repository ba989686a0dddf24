use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::object::{Object, has, id_of, inner, int, owned, set, set_inner, text};
use super::super::{amount, period, price};
use super::proration;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// The most items that a subscription can have. Source: the docstring of `items` in `subscriptions.create`.
const MOST: usize = 20;

/// Gives a subscription's items, oldest first.
pub(super) fn of(work: &Work<'_>, subscription: &str) -> Vec<Object> {
    work.all_with("subscription_item", "subscription", subscription)
}

/// Gives when the current period of a subscription ends: the last of its items' ends.
pub(super) fn period_end(work: &Work<'_>, subscription: &Object) -> Option<i64> {
    let items = of(work, &id_of(subscription));
    items.iter().map(|item| int(item, "current_period_end")).max()
}

/// Puts an item on a subscription.
pub(super) fn add(work: &mut Work<'_>, subscription: &str, entry: &Object) -> Result<(), Refusal> {
    let price = price_of(work, entry)?;
    let mut given = entry.clone();
    given.retain(|name, _| matches!(name.as_str(), "metadata" | "quantity" | "tax_rates"));
    set(&mut given, "subscription", subscription);
    let item = work.make("subscription_item", &given)?;
    settle(work, item, Some(price), entry)
}

/// Finds the price that an item is to have, or makes it of its data.
fn price_of(work: &mut Work<'_>, entry: &Object) -> Result<Object, Refusal> {
    if let Some(data) = inner(entry, "price_data") {
        return price::make_inline(work, data);
    }
    let Some(id) = text(entry, "price").or(text(entry, "plan")) else {
        return Err(Refusal::missing("items[0][price]"));
    };
    let Some(price) = work.read("price", id) else {
        return Err(Refusal::not_carried_out("plans on subscriptions"));
    };
    price::check_recurring(&price)?;
    Ok(price)
}

/// Writes an item's price and period, and brings its subscription in line.
fn settle(
    work: &mut Work<'_>,
    mut item: Object,
    price: Option<Object>,
    entry: &Object,
) -> Result<(), Refusal> {
    let id = owned(&item, "subscription");
    let Some(mut subscription) = work.read("subscription", &id) else {
        return Err(Refusal::no_such(400, "subscription", &id).param("subscription"));
    };
    if has(entry, "discounts") || has(entry, "current_trial") {
        return Err(Refusal::not_carried_out(
            "discounts and trials of subscription items",
        ));
    }
    if int(&item, "quantity") < 0 {
        return Err(Refusal::parameter("quantity", "A quantity can't be below 0."));
    }
    if let Some(price) = price {
        write_price(work, &subscription, &mut item, &price)?;
        set(&mut subscription, "currency", owned(&price, "currency"));
    }
    work.save(item);
    refresh(work, subscription);
    Ok(())
}

fn write_price(
    work: &Work<'_>,
    subscription: &Object,
    item: &mut Object,
    price: &Object,
) -> Result<(), Refusal> {
    let currency = owned(price, "currency");
    let others = of(work, &id_of(subscription));
    let is_first = others.iter().all(|other| id_of(other) == id_of(item));
    if others.len() > MOST {
        return Err(Refusal::parameter(
            "items",
            format!("A subscription can have at most {MOST} items."),
        ));
    }
    if !is_first && owned(subscription, "currency") != currency {
        return Err(Refusal::parameter(
            "items",
            "All prices of a subscription must have one currency.",
        ));
    }
    let is_metered = is_metered(price);
    match is_metered {
        true => {
            item.shift_remove("quantity");
        }
        false if !has(item, "quantity") => set(item, "quantity", 1),
        false => {}
    }
    set(item, "plan", plan(price));
    set(item, "price", price.clone());
    let end = end_of_period(work, subscription, price);
    set(item, "current_period_start", work.now);
    set(item, "current_period_end", end);
    Ok(())
}

/// Gives when the period of an item ends that begins now: with the trial or at the anchor, else one
/// interval later.
fn end_of_period(work: &Work<'_>, subscription: &Object, price: &Object) -> Option<i64> {
    let anchor = int(subscription, "billing_cycle_anchor");
    if anchor > work.now {
        return Some(anchor);
    }
    let (interval, count) = rhythm(price);
    let mut steps = 1;
    loop {
        let end = period::after(anchor, &interval, count.saturating_mul(steps))?;
        if end > work.now || steps > 10_000 {
            return Some(end);
        }
        steps += 1;
    }
}

/// Gives the interval of a recurring price, and how many of it make a period.
pub(super) fn rhythm(price: &Object) -> (String, i64) {
    let recurring = inner(price, "recurring");
    let interval = recurring.map(|recurring| owned(recurring, "interval"));
    let count = recurring.map_or(1, |recurring| int(recurring, "interval_count").max(1));
    (interval.unwrap_or_default(), count)
}

pub(super) fn is_metered(price: &Object) -> bool {
    inner(price, "recurring").and_then(|recurring| text(recurring, "usage_type")) == Some("metered")
}

/// Gives what an item costs for a whole period; nothing while usage decides it.
pub(super) fn cost(item: &Object) -> Result<i64, Refusal> {
    match inner(item, "price") {
        Some(price) if !is_metered(price) => amount::at_price(price, Decimal::from(int(item, "quantity"))),
        _ => Ok(0),
    }
}

/// Gives the plan that older programs know a price as.
fn plan(price: &Object) -> Value {
    let (interval, count) = rhythm(price);
    json!({
        "id": id_of(price),
        "object": "plan",
        "active": price.get("active"),
        "amount": price.get("unit_amount"),
        "amount_decimal": price.get("unit_amount_decimal"),
        "billing_scheme": price.get("billing_scheme"),
        "created": price.get("created"),
        "currency": price.get("currency"),
        "interval": interval,
        "interval_count": count,
        "livemode": false,
        "metadata": price.get("metadata"),
        "meter": null,
        "nickname": price.get("nickname"),
        "product": price.get("product"),
        "tiers_mode": price.get("tiers_mode"),
        "transform_usage": null,
        "trial_period_days": null,
        "usage_type": if is_metered(price) { "metered" } else { "licensed" },
    })
}

/// Shows the items in the subscription itself.
pub(super) fn refresh(work: &mut Work<'_>, mut subscription: Object) {
    let items = of(work, &id_of(&subscription));
    let data: Vec<Value> = items.into_iter().map(Value::Object).collect();
    set_inner(&mut subscription, "items", "data", data);
    work.save(subscription);
}

/// Checks what an item needs that is put on a subscription later.
pub(in crate::sandbox::life) fn check(work: &Work<'_>, given: &Object) -> Result<(), Refusal> {
    let subscription = text(given, "subscription").and_then(|id| work.read("subscription", id));
    if subscription.is_some_and(|found| text(&found, "status") == Some("canceled")) {
        return Err(Refusal::state("A canceled subscription takes no items."));
    }
    match has(given, "price") || has(given, "price_data") || has(given, "plan") {
        true => Ok(()),
        false => Err(Refusal::missing("price")),
    }
}

/// Completes an item that was put on a subscription later.
pub(in crate::sandbox::life) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(item) = work.read("subscription_item", id) else {
        return Ok(());
    };
    let price = price_of(work, given)?;
    let subscription = owned(&item, "subscription");
    settle(work, item, Some(price), given)?;
    proration::added(work, &subscription, id, given)
}

/// Brings a changed item's subscription in line, and prorates the change.
pub(in crate::sandbox::life) fn changed(
    work: &mut Work<'_>,
    former: &Object,
    given: &Object,
) -> Result<(), Refusal> {
    let Some(item) = work.read("subscription_item", &id_of(former)) else {
        return Ok(());
    };
    rewrite(work, item, given)?;
    proration::prorate(work, former, given)
}

/// Writes the price that an update of an item brings.
pub(super) fn rewrite(work: &mut Work<'_>, item: Object, given: &Object) -> Result<(), Refusal> {
    let is_new = has(given, "price") || has(given, "price_data") || has(given, "plan");
    let price = match is_new {
        true => Some(price_of(work, given)?),
        false => None,
    };
    settle(work, item, price, given)
}

/// Refuses to take the last item off a subscription.
pub(in crate::sandbox::life) fn before_delete(work: &Work<'_>, item: &Object) -> Result<(), Refusal> {
    match of(work, &owned(item, "subscription")).len() {
        0 | 1 => Err(Refusal::state(
            "A subscription must have at least one item. Cancel the subscription instead.",
        )),
        _ => Ok(()),
    }
}

/// Brings the subscription of a deleted item in line.
pub(in crate::sandbox::life) fn deleted(work: &mut Work<'_>, item: &Object) -> Result<(), Refusal> {
    deleted_with(work, item, &Object::new())
}

/// Like [`deleted`], with the parameters of the update that deleted the item.
pub(super) fn deleted_with(work: &mut Work<'_>, item: &Object, given: &Object) -> Result<(), Refusal> {
    proration::write_items(work, item, given)?;
    if let Some(subscription) = work.read("subscription", &owned(item, "subscription")) {
        refresh(work, subscription);
    }
    Ok(())
}
