use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::object::{Object, has, id_of, is_set, owned, set, set_if_unset, text};
use super::product;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Checks what prices need together. Source: the docstrings of `prices.create`.
pub(super) fn prepare(work: &mut Work<'_>, given: &mut Object) -> Result<(), Refusal> {
    match (has(given, "product"), has(given, "product_data")) {
        (false, false) => return Err(Refusal::missing("product")),
        (true, true) => return Err(exclusive("product", "product_data")),
        _ => {}
    }
    amount(given, "unit_amount", "unit_amount_decimal")?;
    if let Some(Value::Object(data)) = given.get("product_data").cloned() {
        let id = product::make(work, &data)?;
        set(given, "product", id);
    }
    Ok(())
}

/// Checks what plans need together. Source: the docstrings of `plans.create`.
pub(super) fn prepare_plan(given: &Object) -> Result<(), Refusal> {
    amount(given, "amount", "amount_decimal")
}

/// Wants one of the two ways to say an amount, unless tiers or the customer say it.
fn amount(given: &Object, whole: &str, decimal: &str) -> Result<(), Refusal> {
    match (has(given, whole), has(given, decimal)) {
        (true, true) => Err(exclusive(whole, decimal)),
        (false, false) if !has(given, "tiers") && !has(given, "custom_unit_amount") => {
            Err(Refusal::missing(whole))
        }
        _ => Ok(()),
    }
}

/// Refuses two parameters of which only one may be given.
pub(super) fn exclusive(one: &str, other: &str) -> Refusal {
    Refusal::parameter(
        one,
        format!("You may only specify one of these parameters: {one}, {other}."),
    )
    .code("parameters_exclusive")
}

pub(super) fn begin(price: &mut Object) {
    let kind = match price.get("recurring") {
        Some(Value::Object(_)) => "recurring",
        _ => "one_time",
    };
    set(price, "type", kind);
    set(
        price,
        "billing_scheme",
        text(price, "billing_scheme").unwrap_or("per_unit").to_owned(),
    );
    set_if_unset(price, "tax_behavior", "unspecified");
    if let Some(Value::Object(recurring)) = price.get_mut("recurring") {
        let count = recurring
            .get("interval_count")
            .and_then(Value::as_i64)
            .unwrap_or(0);
        set(recurring, "interval_count", count.max(1));
        set_if_unset(recurring, "usage_type", "licensed");
    }
    write_both_amounts(price);
}

/// Gives the amount in both ways; the whole one is `null` where the decimal one is no whole number.
fn write_both_amounts(price: &mut Object) {
    if let Some(amount) = price.get("unit_amount").and_then(Value::as_i64) {
        return set(price, "unit_amount_decimal", amount.to_string());
    }
    let decimal = text(price, "unit_amount_decimal").and_then(|text| Decimal::from_str_exact(text).ok());
    let whole = decimal
        .filter(Decimal::is_integer)
        .and_then(|decimal| decimal.to_i64());
    set(price, "unit_amount", whole);
}

/// Makes the price of a product's `default_price_data`, and gives its id.
pub(super) fn make(work: &mut Work<'_>, data: &Object) -> Result<String, Refusal> {
    amount(data, "unit_amount", "unit_amount_decimal")?;
    let mut price = work.make("price", data)?;
    set(&mut price, "active", true);
    begin(&mut price);
    let id = id_of(&price);
    work.save(price);
    Ok(id)
}

/// Makes the price of a `price_data`, which can be used only where it was given, and gives it.
pub(super) fn make_inline(work: &mut Work<'_>, data: &Object) -> Result<Object, Refusal> {
    let mut data = data.clone();
    prepare(work, &mut data)?;
    let mut price = work.make("price", &data)?;
    begin(&mut price);
    set(&mut price, "active", false);
    work.save(price.clone());
    Ok(price)
}

/// Refuses a price that an invoice item can't have.
pub(super) fn check_one_time(price: &Object) -> Result<(), Refusal> {
    check_use(price, "one_time")
}

/// Refuses a price that a subscription can't have.
pub(super) fn check_recurring(price: &Object) -> Result<(), Refusal> {
    check_use(price, "recurring")
}

fn check_use(price: &Object, wanted: &str) -> Result<(), Refusal> {
    let kind = owned(price, "type");
    if kind != wanted {
        return Err(Refusal::parameter(
            "price",
            format!("The price is of type `{kind}`, but only prices of type `{wanted}` can be used here."),
        ));
    }
    match is_set(price, "active") {
        true => Ok(()),
        false => Err(Refusal::parameter(
            "price",
            "The price is inactive, but only active prices can be used here.",
        )),
    }
}

/// Keeps lookup keys unique among prices: another price's key is refused, or taken from it.
pub(super) fn claim_lookup_key(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(key) = text(given, "lookup_key") else {
        return Ok(());
    };
    let others = work.all_with("price", "lookup_key", key);
    for mut holder in others.into_iter().filter(|price| id_of(price) != id) {
        if !is_set(given, "transfer_lookup_key") {
            return Err(Refusal::parameter(
                "lookup_key",
                format!("Another price (`{}`) has that lookup key.", id_of(&holder)),
            )
            .code("resource_already_exists"));
        }
        set(&mut holder, "lookup_key", Value::Null);
        work.save(holder);
    }
    Ok(())
}
