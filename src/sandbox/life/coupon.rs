use serde_json::Value;

use super::object::{Object, has, id_of, int, set, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

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
    if has(given, "amount_off") && int(given, "amount_off") < 1 {
        return Err(Refusal::parameter(
            "amount_off",
            "An amount off must be at least 1.",
        ));
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

pub(super) fn begin(work: &Work<'_>, coupon: &mut Object, given: &Object) {
    if !has(given, "duration") {
        set(coupon, "duration", "once");
    }
    let is_valid = is_valid(coupon, work.now);
    set(coupon, "valid", is_valid);
}

/// Redeems a coupon once. Errors when it is no longer valid, or takes off another currency.
pub(super) fn use_up(work: &mut Work<'_>, id: &str, currency: &str) -> Result<Object, Refusal> {
    let Some(mut coupon) = work.read("coupon", id) else {
        return Err(Refusal::no_such(400, "coupon", id).param("coupon"));
    };
    check_valid(&coupon, work.now)?;
    if has(&coupon, "amount_off") && text(&coupon, "currency") != Some(currency) {
        return Err(Refusal::parameter(
            "coupon",
            format!("The coupon `{id}` takes off another currency than `{currency}`."),
        ));
    }
    let times = int(&coupon, "times_redeemed") + 1;
    set(&mut coupon, "times_redeemed", times);
    let is_valid = is_valid(&coupon, work.now);
    set(&mut coupon, "valid", is_valid);
    work.save(coupon.clone());
    Ok(coupon)
}

/// Refuses a coupon that can't be redeemed any more.
pub(super) fn check_valid(coupon: &Object, now: i64) -> Result<(), Refusal> {
    match is_valid(coupon, now) {
        true => Ok(()),
        false => Err(Refusal::parameter(
            "coupon",
            format!(
                "The coupon `{}` is expired or was redeemed as often as it can be.",
                id_of(coupon)
            ),
        )
        .code("coupon_expired")),
    }
}

/// Tells whether a coupon can be redeemed.
fn is_valid(coupon: &Object, now: i64) -> bool {
    let is_free =
        !has(coupon, "max_redemptions") || int(coupon, "times_redeemed") < int(coupon, "max_redemptions");
    let is_early = !has(coupon, "redeem_by") || now <= int(coupon, "redeem_by");
    is_free && is_early
}
