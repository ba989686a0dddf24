//! What an invoice item, or a line of an invoice, charges: an amount, or a quantity of units at a price.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::amount;
use super::object::{Object, decimal, has, id_of, inner, owned, set, text};
use super::price;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Parameters of which only one may be given.
const EXCLUSIVE: [(&str, &str); 6] = [
    ("amount", "quantity"),
    ("amount", "quantity_decimal"),
    ("amount", "pricing"),
    ("amount", "price_data"),
    ("amount", "unit_amount_decimal"),
    ("pricing", "unit_amount_decimal"),
];

/// Parameters that say what is charged.
const SAYING: [&str; 6] = [
    "amount",
    "quantity",
    "quantity_decimal",
    "pricing",
    "price_data",
    "unit_amount_decimal",
];

/// Refuses parameters that contradict each other. The wording is a recorded one.
/// Source: <https://github.com/stripe/stripe-php/issues/777>.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    for (one, other) in EXCLUSIVE {
        if has(given, one) && has(given, other) {
            return Err(price::exclusive(one, other));
        }
    }
    let quantity = decimal(given, "quantity").or_else(|| decimal(given, "quantity_decimal"));
    match quantity.is_some_and(|quantity| quantity < Decimal::ZERO) {
        true => Err(Refusal::parameter(
            "quantity",
            "Invalid non-negative integer: a quantity can't be below 0",
        )),
        false => Ok(()),
    }
}

/// Tells whether a create or an update says what is charged.
pub(super) fn is_said(given: &Object) -> bool {
    SAYING.iter().any(|name| has(given, name))
}

/// Gives the currency of the price that is given, by its id or by its data.
pub(super) fn currency(work: &Work<'_>, given: &Object) -> Option<String> {
    let data = inner(given, "price_data").and_then(|data| text(data, "currency"));
    data.map(str::to_owned)
        .or_else(|| text(&price_of(work, given)?, "currency").map(str::to_owned))
}

fn price_of(work: &Work<'_>, given: &Object) -> Option<Object> {
    let id = inner(given, "pricing").and_then(|pricing| text(pricing, "price"))?;
    work.read("price", id)
}

/// Writes amount, quantity and pricing into an item or a line, from what is given and from what it had.
pub(super) fn write(work: &mut Work<'_>, object: &mut Object, given: &Object) -> Result<(), Refusal> {
    if let Some(amount) = given.get("amount").and_then(Value::as_i64) {
        amount::whole(amount.into())?;
        set(object, "amount", amount);
        set_quantity(object, Decimal::ONE);
        set(object, "pricing", pricing(None, Some(Decimal::from(amount))));
        return Ok(());
    }
    let quantity = decimal(given, "quantity_decimal")
        .or_else(|| decimal(given, "quantity"))
        .or_else(|| decimal(object, "quantity_decimal"))
        .unwrap_or(Decimal::ONE);
    if let Some(price) = chosen(work, object, given)? {
        set(object, "amount", amount::at_price(&price, quantity)?);
        set(
            object,
            "pricing",
            pricing(Some(&price), amount::unit(&price, "unit_amount")),
        );
        describe(work, object, &price);
    } else if let Some(unit) = decimal(given, "unit_amount_decimal").or_else(|| former_unit(object)) {
        set(object, "amount", amount::times(unit, quantity)?);
        set(object, "pricing", pricing(None, Some(unit)));
    }
    set_quantity(object, quantity);
    Ok(())
}

/// Gives the price that counts: the one that is given, one made of the data that is given, or the one
/// that the object had.
fn chosen(work: &mut Work<'_>, object: &Object, given: &Object) -> Result<Option<Object>, Refusal> {
    if let Some(data) = inner(given, "price_data") {
        let price = price::make_inline(work, data)?;
        return Ok(Some(price));
    }
    if has(given, "unit_amount_decimal") {
        return Ok(None);
    }
    if let Some(price) = price_of(work, given) {
        price::check_one_time(&price)?;
        return Ok(Some(price));
    }
    let former = inner(object, "pricing").and_then(|pricing| inner(pricing, "price_details"));
    Ok(former
        .and_then(|details| text(details, "price"))
        .and_then(|id| work.read("price", id)))
}

fn former_unit(object: &Object) -> Option<Decimal> {
    decimal(inner(object, "pricing")?, "unit_amount_decimal")
}

/// Gives the `pricing` of an item or a line.
pub(super) fn pricing(price: Option<&Object>, unit: Option<Decimal>) -> Value {
    let unit = unit.map(|unit| unit.normalize().to_string());
    match price {
        Some(price) => json!({
            "price_details": {"price": id_of(price), "product": owned(price, "product")},
            "type": "price_details",
            "unit_amount_decimal": unit,
        }),
        None => json!({"type": "price_details", "unit_amount_decimal": unit}),
    }
}

fn set_quantity(object: &mut Object, quantity: Decimal) {
    let whole = amount::whole(quantity.floor()).unwrap_or(0);
    set(object, "quantity", whole);
    set(object, "quantity_decimal", quantity.normalize().to_string());
}

/// Names an item after its product, when it has no description of its own.
fn describe(work: &Work<'_>, object: &mut Object, price: &Object) {
    let product = text(price, "product").and_then(|id| work.read("product", id));
    if let (false, Some(product)) = (has(object, "description"), product) {
        set(object, "description", owned(&product, "name"));
    }
}
