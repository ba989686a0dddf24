use serde_json::{Value, json};

use super::super::object::{Object, has, id_of, inner, int, is_set, owned, set, set_inner, text};
use super::super::{amount, charged};
use super::{billing, items};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Carries out the `items` of an update: changes, deletions and new ones, with their prorations.
pub(super) fn change(
    work: &mut Work<'_>,
    subscription: &str,
    entries: &[Value],
    given: &Object,
) -> Result<(), Refusal> {
    for entry in entries.iter().filter_map(Value::as_object) {
        match text(entry, "id") {
            None => {
                let before: Vec<String> = items::of(work, subscription).iter().map(id_of).collect();
                items::add(work, subscription, entry)?;
                let added = items::of(work, subscription)
                    .into_iter()
                    .find(|item| !before.contains(&id_of(item)));
                if let Some(item) = added {
                    added_one(work, &item, given)?;
                }
            }
            Some(id) => change_one(work, subscription, id, (entry, given))?,
        }
    }
    match entries.is_empty() {
        true => Ok(()),
        false => bill_now(work, subscription, given),
    }
}

fn change_one(
    work: &mut Work<'_>,
    subscription: &str,
    id: &str,
    (entry, given): (&Object, &Object),
) -> Result<(), Refusal> {
    let former = work
        .read("subscription_item", id)
        .filter(|item| text(item, "subscription") == Some(subscription))
        .ok_or_else(|| Refusal::no_such(400, "subscription_item", id).param("items"))?;
    if is_set(entry, "deleted") {
        items::before_delete(work, &former)?;
        work.delete("subscription_item", id);
        return items::deleted_with(work, &former, given);
    }
    let mut item = former.clone();
    let fields = work.shapes.fields("subscription_item");
    let mut plain = entry.clone();
    plain.retain(|name, _| matches!(name.as_str(), "metadata" | "quantity" | "tax_rates"));
    work.merge().fields(&fields, &mut item, &plain)?;
    items::rewrite(work, item, entry)?;
    write_items(work, &former, given)
}

/// Prorates an item that was added later.
pub(super) fn added(
    work: &mut Work<'_>,
    subscription: &str,
    id: &str,
    given: &Object,
) -> Result<(), Refusal> {
    if let Some(item) = work.read("subscription_item", id) {
        added_one(work, &item, given)?;
    }
    bill_now(work, subscription, given)
}

fn added_one(work: &mut Work<'_>, item: &Object, given: &Object) -> Result<(), Refusal> {
    let mut former = item.clone();
    set(&mut former, "price", Value::Null);
    write_items(work, &former, given)
}

/// Prorates the change of one item, and bills it when that is asked for.
pub(super) fn prorate(work: &mut Work<'_>, former: &Object, given: &Object) -> Result<(), Refusal> {
    write_items(work, former, given)?;
    bill_now(work, &owned(former, "subscription"), given)
}

fn bill_now(work: &mut Work<'_>, subscription: &str, given: &Object) -> Result<(), Refusal> {
    match text(given, "proration_behavior") {
        Some("always_invoice") => billing::update(work, subscription),
        _ => Ok(()),
    }
}

/// Writes the invoice items of a proration: what the former item is credited for the rest of its period,
/// and what the new one costs for it. They wait for the next invoice.
pub(super) fn write_items(work: &mut Work<'_>, former: &Object, given: &Object) -> Result<(), Refusal> {
    let subscription = work.read("subscription", &owned(former, "subscription"));
    let is_billed = subscription
        .as_ref()
        .is_some_and(|found| matches!(text(found, "status"), Some("active" | "past_due")));
    if !is_billed || text(given, "proration_behavior") == Some("none") {
        return Ok(());
    }
    let now = work.read("subscription_item", &id_of(former));
    let before = items::cost(former)?;
    let after = now.as_ref().map_or(Ok(0), items::cost)?;
    if before == after && inner(former, "price") == now.as_ref().and_then(|now| inner(now, "price")) {
        return Ok(());
    }
    let (start, end) = (
        int(former, "current_period_start"),
        int(former, "current_period_end"),
    );
    let credit = rest(before, (start, end), work.now)?;
    let cost = rest(after, (start, end), work.now)?;
    for (amount, source, what) in [
        (-credit, Some(former), "Unused time"),
        (cost, now.as_ref(), "Remaining time"),
    ] {
        if let (true, Some(source)) = (amount != 0, source) {
            write_one(work, source, amount, (what, end))?;
        }
    }
    Ok(())
}

/// Gives the part of an amount that falls on the rest of a period, by the second.
fn rest(whole: i64, (start, end): (i64, i64), now: i64) -> Result<i64, Refusal> {
    let length = end.saturating_sub(start).max(1);
    let left = end.saturating_sub(now).clamp(0, length);
    amount::share(whole, left, length)
}

fn write_one(
    work: &mut Work<'_>,
    source: &Object,
    amount: i64,
    (what, end): (&str, i64),
) -> Result<(), Refusal> {
    let id = owned(source, "subscription");
    let subscription = work.read("subscription", &id).unwrap_or_default();
    let mut item = work.make("invoiceitem", &Object::new())?;
    let price = inner(source, "price");
    let product = price
        .and_then(|price| text(price, "product"))
        .and_then(|id| work.read("product", id));
    let name = product.map(|product| owned(&product, "name")).unwrap_or_default();
    set(&mut item, "amount", amount);
    set(&mut item, "currency", owned(&subscription, "currency"));
    set(&mut item, "customer", owned(&subscription, "customer"));
    set(&mut item, "description", format!("{what} on {name}"));
    set(&mut item, "discountable", false);
    set(&mut item, "date", work.now);
    set(&mut item, "proration", true);
    set(
        &mut item,
        "pricing",
        charged::pricing(price, price.and_then(|price| amount::unit(price, "unit_amount"))),
    );
    let quantity = if has(source, "quantity") {
        int(source, "quantity")
    } else {
        1
    };
    set(&mut item, "quantity", quantity);
    set(&mut item, "quantity_decimal", quantity.to_string());
    set_inner(&mut item, "period", "start", work.now);
    set_inner(&mut item, "period", "end", end);
    let details = json!({"subscription": id, "subscription_item": id_of(source)});
    set(
        &mut item,
        "parent",
        json!({"subscription_details": details, "type": "subscription_details"}),
    );
    work.save(item);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::rest;

    #[test]
    fn a_proration_is_by_the_second() {
        assert_eq!(rest(3_000, (0, 30), 0), Ok(3_000));
        assert_eq!(rest(3_000, (0, 30), 10), Ok(2_000));
        assert_eq!(rest(1_000, (0, 3), 1), Ok(667));
        assert_eq!(rest(3_000, (0, 30), 99), Ok(0));
    }
}
