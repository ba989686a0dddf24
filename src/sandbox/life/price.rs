use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::{Object, has, product, set, set_if_unset, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::store::Record;
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

fn exclusive(one: &str, other: &str) -> Refusal {
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
pub(super) fn make(work: &mut Work<'_>, sequence: u64, data: &Object) -> Result<String, Refusal> {
    let Some(resource) = work.shapes.catalog.resource("price") else {
        return Err(Refusal::not_carried_out("prices.create"));
    };
    amount(data, "unit_amount", "unit_amount_decimal")?;
    let mut birth = work.birth_at(sequence);
    let id = work.id_for(resource, None, &mut birth)?;
    let mut price = work.beside(resource, &id, data)?;
    begin(&mut price);
    work.put(Record::new(birth.sequence, resource.name, id.clone()), price);
    Ok(id)
}
