//! The line items of checkout sessions, payment links and quotes.

use rust_decimal::Decimal;
use serde_json::Value;

use super::object::{Object, has, id_of, inner, int, is_set, list, owned, set, text};
use super::{amount, price, tax};
use crate::sandbox::ids;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// How long a checkout session can be used, in seconds.
/// Source: the docstring of `expires_at` in `checkout.sessions.create`.
const OPEN_FOR: i64 = 86_400;

/// Parameters that change what line items come to, in ways that are not computed here.
const NOT_COMPUTED: [&str; 2] = ["discounts", "shipping_options"];

/// Makes the line items of a new object, writes what they come to, and gives it the page that a customer
/// is sent to.
pub(super) fn begun(
    work: &mut Work<'_>,
    (resource, id): (&str, &str),
    given: &Object,
) -> Result<(), Refusal> {
    tax::refuse_automatic(given)?;
    let Some(mut owner) = work.read(resource, id) else {
        return Ok(());
    };
    let mut total: i64 = 0;
    for entry in list(given, "line_items").iter().filter_map(Value::as_object) {
        if has(entry, "tax_rates") || has(entry, "discounts") {
            return Err(Refusal::not_carried_out("taxes and discounts of line items"));
        }
        let item = add(work, id, entry)?;
        set(&mut owner, "currency", owned(&item, "currency"));
        total = total.saturating_add(int(&item, "amount_total"));
    }
    let is_computed = !NOT_COMPUTED.iter().any(|name| has(given, name));
    match (resource, is_computed) {
        ("payment_link", _) => {}
        ("quote", false) => return Err(Refusal::not_carried_out("discounts of quotes")),
        (_, false) => {}
        (_, true) if list(given, "line_items").is_empty() => {}
        (_, true) => {
            set(&mut owner, "amount_subtotal", total);
            set(&mut owner, "amount_total", total);
        }
    }
    open_page(work, &mut owner, given);
    work.save(owner);
    Ok(())
}

/// Gives a payment link or a checkout session its page.
fn open_page(work: &Work<'_>, owner: &mut Object, given: &Object) {
    let id = id_of(owner);
    let resource = owned(owner, "object");
    let sequence = work.get(&resource, &id).map_or(0, |record| record.sequence);
    let secret = ids::letters("test_", 24, &mut ids::random(!work.seed, sequence));
    match resource.as_str() {
        "payment_link" => set(owner, "url", format!("https://buy.stripe.com/{secret}")),
        "checkout.session" => {
            set(
                owner,
                "url",
                format!("https://checkout.stripe.com/c/pay/{id}#{secret}"),
            );
            set(owner, "payment_status", "unpaid");
            if !has(given, "expires_at") {
                set(owner, "expires_at", work.now.saturating_add(OPEN_FOR));
            }
        }
        _ => {}
    }
}

/// Makes one line item, and gives it.
fn add(work: &mut Work<'_>, owner: &str, entry: &Object) -> Result<Object, Refusal> {
    let price = match (inner(entry, "price_data"), text(entry, "price")) {
        (Some(data), _) => price::make_inline(work, data)?,
        (None, Some(id)) => work
            .read("price", id)
            .ok_or_else(|| Refusal::not_carried_out("plans in line items"))?,
        (None, None) => return Err(Refusal::missing("line_items[0][price]")),
    };
    if !is_set(&price, "active") && !has(entry, "price_data") {
        return Err(Refusal::parameter(
            "line_items",
            "The price is inactive, but only active prices can be used here.",
        ));
    }
    let quantity = entry.get("quantity").and_then(Value::as_i64).unwrap_or(1);
    if quantity < 0 {
        return Err(Refusal::parameter("line_items", "A quantity can't be below 0."));
    }
    let cost = amount::at_price(&price, Decimal::from(quantity))?;
    let product = text(&price, "product").and_then(|id| work.read("product", id));
    let mut item = work.make("item", &Object::new())?;
    set(&mut item, "amount_subtotal", cost);
    set(&mut item, "amount_total", cost);
    set(&mut item, "currency", owned(&price, "currency"));
    set(
        &mut item,
        "description",
        product.map(|product| owned(&product, "name")),
    );
    set(&mut item, "quantity", quantity);
    set(&mut item, "price", price);
    work.save(item.clone());
    work.place_under(owner, &item);
    Ok(item)
}
