use serde_json::Value;

use super::{Object, has, set, text};
use crate::sandbox::refusal::Refusal;

/// Checks what coupons need together. Source: the docstrings of `coupons.create`.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    match (has(given, "percent_off"), has(given, "amount_off")) {
        (false, false) => return Err(Refusal::missing("percent_off")),
        (true, true) => {
            return Err(Refusal::parameter(
                "amount_off",
                "You may only specify one of these parameters: amount_off, percent_off.",
            )
            .code("parameters_exclusive"));
        }
        (false, true) if !has(given, "currency") => return Err(Refusal::missing("currency")),
        _ => {}
    }
    if text(given, "duration") == Some("repeating") && !has(given, "duration_in_months") {
        return Err(Refusal::missing("duration_in_months"));
    }
    match given.get("percent_off") {
        Some(Value::Number(percent)) if !is_percentage(percent) => Err(Refusal::parameter(
            "percent_off",
            "Invalid percent_off: must be greater than 0 and at most 100",
        )),
        _ => Ok(()),
    }
}

fn is_percentage(number: &serde_json::Number) -> bool {
    rust_decimal::Decimal::from_str_exact(&number.to_string()).is_ok_and(|percent| {
        percent > rust_decimal::Decimal::ZERO && percent <= rust_decimal::Decimal::ONE_HUNDRED
    })
}

pub(super) fn begin(coupon: &mut Object, given: &Object) {
    if !has(given, "duration") {
        set(coupon, "duration", "once");
    }
    set(coupon, "valid", true);
}
