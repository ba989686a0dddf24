use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::object::{Object, decimal, inner, list, text};
use crate::sandbox::refusal::Refusal;

/// The greatest amount, in minor units: twelve digits. Source: <https://docs.stripe.com/currencies>.
pub(super) const GREATEST: i64 = 999_999_999_999;

/// Rounds to a whole amount, halves away from zero.
pub(super) fn whole(amount: Decimal) -> Result<i64, Refusal> {
    amount
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
        .filter(|amount| (-GREATEST..=GREATEST).contains(amount))
        .ok_or_else(too_large)
}

/// Gives a part of an amount in percent.
pub(super) fn percent(amount: i64, percent: Decimal) -> Result<i64, Refusal> {
    let product = Decimal::from(amount).checked_mul(percent).ok_or_else(too_large)?;
    whole(product / Decimal::ONE_HUNDRED)
}

/// Gives the part of an amount that a part of a whole time is.
pub(super) fn share(amount: i64, part: i64, whole_time: i64) -> Result<i64, Refusal> {
    let product = Decimal::from(amount)
        .checked_mul(Decimal::from(part))
        .ok_or_else(too_large)?;
    whole(product / Decimal::from(whole_time.max(1)))
}

/// Gives what a quantity of units costs.
pub(super) fn times(unit: Decimal, quantity: Decimal) -> Result<i64, Refusal> {
    unit.checked_mul(quantity).ok_or_else(too_large).and_then(whole)
}

/// Gives what a quantity costs at a price, its tiers and its packages included.
pub(super) fn at_price(price: &Object, quantity: Decimal) -> Result<i64, Refusal> {
    let tiers = list(price, "tiers");
    if text(price, "billing_scheme") == Some("tiered") && !tiers.is_empty() {
        let tiers: Vec<&Object> = tiers.iter().filter_map(|tier| tier.as_object()).collect();
        return match text(price, "tiers_mode") {
            Some("volume") => by_volume(&tiers, quantity),
            _ => graduated(&tiers, quantity),
        };
    }
    let unit = unit(price, "unit_amount").unwrap_or_default();
    times(unit, packages(price, quantity))
}

/// Gives the exact amount of a unit: the decimal one, else the whole one.
pub(super) fn unit(object: &Object, name: &str) -> Option<Decimal> {
    decimal(object, &format!("{name}_decimal")).or_else(|| decimal(object, name))
}

/// Gives the number of packages that a quantity makes.
fn packages(price: &Object, quantity: Decimal) -> Decimal {
    let Some(package) = inner(price, "transform_quantity") else {
        return quantity;
    };
    let size = decimal(package, "divide_by").filter(|size| *size > Decimal::ZERO);
    let packages = quantity / size.unwrap_or(Decimal::ONE);
    match text(package, "round") {
        Some("down") => packages.floor(),
        _ => packages.ceil(),
    }
}

/// Prices the whole quantity at the tier that it falls into.
fn by_volume(tiers: &[&Object], quantity: Decimal) -> Result<i64, Refusal> {
    let reaches = |tier: &&&Object| decimal(tier, "up_to").is_none_or(|end| quantity <= end);
    let Some(tier) = tiers.iter().find(reaches).or(tiers.last()) else {
        return Ok(0);
    };
    let flat = unit(tier, "flat_amount").unwrap_or_default();
    let each = unit(tier, "unit_amount").unwrap_or_default();
    let product = each.checked_mul(quantity).ok_or_else(too_large)?;
    whole(product.checked_add(flat).ok_or_else(too_large)?)
}

/// Prices each part of the quantity at its own tier.
fn graduated(tiers: &[&Object], quantity: Decimal) -> Result<i64, Refusal> {
    let mut total = Decimal::ZERO;
    let mut begin = Decimal::ZERO;
    for tier in tiers {
        let end = decimal(tier, "up_to").map_or(quantity, |end| end.min(quantity));
        if end <= begin && begin > Decimal::ZERO {
            break;
        }
        let each = unit(tier, "unit_amount").unwrap_or_default();
        let part = each.checked_mul(end - begin).ok_or_else(too_large)?;
        let flat = unit(tier, "flat_amount").unwrap_or_default();
        let both = part.checked_add(flat).ok_or_else(too_large)?;
        total = total.checked_add(both).ok_or_else(too_large)?;
        begin = end;
    }
    whole(total)
}

/// Splits an amount by weights, so that the parts add up to it exactly.
pub(super) fn split(amount: i64, weights: &[i64]) -> Result<Vec<i64>, Refusal> {
    let sum: i64 = weights.iter().sum();
    let mut before = 0;
    let mut seen = 0;
    let mut parts = Vec::with_capacity(weights.len());
    for weight in weights {
        seen += weight;
        let reached = match sum {
            0 => 0,
            sum => {
                let product = Decimal::from(amount)
                    .checked_mul(Decimal::from(seen))
                    .ok_or_else(too_large)?;
                whole(product / Decimal::from(sum))?
            }
        };
        parts.push(reached - before);
        before = reached;
    }
    Ok(parts)
}

fn too_large() -> Refusal {
    Refusal::parameter("amount", "The amount is larger than any that can be charged.")
        .code("amount_too_large")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop};
    use rust_decimal::Decimal;
    use serde_json::{Value, json};

    use super::{at_price, percent, split, times};

    fn cost(price: &Value, quantity: i64) -> i64 {
        let price = price.as_object().expect("an object");
        at_price(price, Decimal::from(quantity)).expect("an amount")
    }

    #[test]
    fn halves_of_a_cent_are_rounded_up() {
        let unit = Decimal::from_str_exact("0.05").expect("a decimal");
        assert_eq!(times(unit, Decimal::from(9)), Ok(0));
        assert_eq!(times(unit, Decimal::from(10)), Ok(1));
        assert_eq!(percent(999, Decimal::from(50)), Ok(500));
        assert_eq!(percent(-999, Decimal::from(50)), Ok(-500));
        assert!(times(Decimal::MAX, Decimal::TWO).is_err());
        assert!(times(Decimal::MAX, Decimal::ONE).is_err());
    }

    #[test]
    fn tiers_are_graduated_or_by_volume() {
        let mut price = json!({"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": [
            {"up_to": 5, "unit_amount": 100},
            {"up_to": null, "unit_amount": 50, "flat_amount": 7},
        ]});
        assert_eq!(cost(&price, 5), 500);
        assert_eq!(cost(&price, 7), 607);
        price["tiers_mode"] = "volume".into();
        assert_eq!(cost(&price, 5), 500);
        assert_eq!(cost(&price, 7), 357);
    }

    #[test]
    fn packages_are_rounded_as_the_price_says() {
        let mut price = json!({"unit_amount": 200, "transform_quantity": {"divide_by": 10, "round": "up"}});
        assert_eq!(cost(&price, 11), 400);
        price["transform_quantity"]["round"] = "down".into();
        assert_eq!(cost(&price, 11), 200);
    }

    proptest::proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            amount in 0_i64..1_000_000_000_000,
            weights in prop::collection::vec(0_i64..1_000_000_000_000, 1..250),
        ) {
            let parts = split(amount, &weights).expect("it can be split");
            let wanted = if weights.iter().sum::<i64>() == 0 { 0 } else { amount };
            assert_eq!(parts.iter().sum::<i64>(), wanted);
        }

        #[test]
        fn any_numbers_are_multiplied_or_refused(unit in any::<i64>(), quantity in any::<i64>()) {
            let _ = times(Decimal::from(unit), Decimal::from(quantity));
        }
    }
}
