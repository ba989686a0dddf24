use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::amount;
use super::object::{Object, decimal, id_of, inner, is_set};
use crate::sandbox::refusal::Refusal;

/// A tax rate, as far as amounts follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) id: String,
    percentage: Decimal,
    pub(super) is_inclusive: bool,
}

/// The tax that one rate makes of one amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tax {
    pub(super) rate: String,
    pub(super) is_inclusive: bool,
    pub(super) amount: i64,
    pub(super) taxable: i64,
}

/// Refuses a rate that is no percentage.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    let percentage = decimal(given, "percentage").unwrap_or_default();
    match percentage >= Decimal::ZERO && percentage <= Decimal::ONE_HUNDRED {
        true => Ok(()),
        false => Err(Refusal::parameter(
            "percentage",
            "Invalid percentage: must be between 0 and 100",
        )),
    }
}

/// Refuses to let Stripe work the tax out: what it would come to is not known here.
pub(super) fn refuse_automatic(given: &Object) -> Result<(), Refusal> {
    match inner(given, "automatic_tax").is_some_and(|tax| is_set(tax, "enabled")) {
        true => Err(Refusal::not_carried_out("automatic_tax")),
        false => Ok(()),
    }
}

/// Reads the rates of a list of tax rate objects.
pub(super) fn rates(list: &[Value]) -> Vec<Rate> {
    let rates = list.iter().filter_map(Value::as_object);
    rates
        .map(|rate| Rate {
            id: id_of(rate),
            percentage: decimal(rate, "percentage").unwrap_or_default(),
            is_inclusive: is_set(rate, "inclusive"),
        })
        .collect()
}

/// Gives the taxes on an amount. Inclusive ones are part of it, exclusive ones come on top.
pub(super) fn on(taxed: i64, rates: &[Rate]) -> Result<Vec<Tax>, Refusal> {
    let included: Decimal = rates
        .iter()
        .filter(|rate| rate.is_inclusive)
        .map(|rate| rate.percentage)
        .sum();
    let net = amount::whole(
        Decimal::from(taxed) * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + included.max(Decimal::ZERO)),
    )?;
    rates
        .iter()
        .map(|rate| {
            Ok(Tax {
                rate: rate.id.clone(),
                is_inclusive: rate.is_inclusive,
                amount: amount::percent(net, rate.percentage)?,
                taxable: net,
            })
        })
        .collect()
}

impl Tax {
    /// Gives it as invoices and lines show it.
    pub(super) fn shown(&self) -> Value {
        let behavior = match self.is_inclusive {
            true => "inclusive",
            false => "exclusive",
        };
        json!({
            "amount": self.amount,
            "tax_behavior": behavior,
            "tax_rate_details": {"tax_rate": self.rate},
            "taxability_reason": "standard_rated",
            "taxable_amount": self.taxable,
            "type": "tax_rate_details",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{on, rates};

    #[test]
    fn inclusive_taxes_are_part_of_the_amount() {
        let list = [json!({"id": "txr_1", "percentage": 19, "inclusive": true})];
        let taxes = on(11_900, &rates(&list)).expect("taxes");
        assert_eq!((taxes[0].amount, taxes[0].taxable), (1_900, 10_000));
    }

    #[test]
    fn exclusive_taxes_are_rounded_each() {
        let list = [
            json!({"id": "txr_1", "percentage": 7.25, "inclusive": false}),
            json!({"id": "txr_2", "percentage": 1, "inclusive": false}),
        ];
        let taxes = on(1_050, &rates(&list)).expect("taxes");
        let amounts: Vec<i64> = taxes.iter().map(|tax| tax.amount).collect();
        assert_eq!(amounts, [76, 11]);
    }
}
