use super::coupon;
use super::object::{Object, has, id_of, inner, int, is_set, owned, set, set_if_unset, text};
use crate::sandbox::ids;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::{Birth, Work};

/// Checks a new code: its coupon must be valid, and no active code of the same customers may be the same
/// but for case. Source: the docstring of `code` in `promotion_codes.create`.
pub(super) fn check(work: &Work<'_>, given: &Object) -> Result<(), Refusal> {
    let Some(coupon) = inner(given, "promotion").and_then(|promotion| text(promotion, "coupon")) else {
        return Err(Refusal::missing("promotion[coupon]"));
    };
    if let Some(coupon) = work.read("coupon", coupon) {
        coupon::check_valid(&coupon, work.now)?;
    }
    let Some(code) = text(given, "code") else {
        return Ok(());
    };
    match active_twin(work, code, given, "") {
        None => Ok(()),
        Some(_) => Err(Refusal::parameter(
            "code",
            format!("An active promotion code `{code}` is there already."),
        )
        .code("resource_already_exists")),
    }
}

/// Finds another active code that reads the same, for the same customer or for all.
fn active_twin(work: &Work<'_>, code: &str, of: &Object, but: &str) -> Option<Object> {
    let known = work.all_with("promotion_code", "code", code);
    known.into_iter().find(|known| {
        is_set(known, "active") && id_of(known) != but && text(known, "customer") == text(of, "customer")
    })
}

pub(super) fn begin(birth: &mut Birth, code: &mut Object, given: &Object) {
    set_if_unset(
        code,
        "code",
        ids::letters("", 8, &mut birth.random).to_uppercase(),
    );
    if !has(given, "active") {
        set(code, "active", true);
    }
}

/// Refuses to revive a code whose coupon is no longer valid, or whose twin is active.
pub(super) fn before_update(work: &Work<'_>, former: &Object, given: &Object) -> Result<(), Refusal> {
    if !is_set(given, "active") || is_set(former, "active") {
        return Ok(());
    }
    let coupon = inner(former, "promotion")
        .and_then(|promotion| text(promotion, "coupon"))
        .and_then(|id| work.read("coupon", id));
    match coupon {
        Some(coupon) => coupon::check_valid(&coupon, work.now)?,
        None => {
            return Err(Refusal::parameter(
                "active",
                "A promotion code can't be active without a valid coupon.",
            ));
        }
    }
    match active_twin(work, &owned(former, "code"), former, &id_of(former)) {
        None => Ok(()),
        Some(_) => Err(Refusal::parameter(
            "active",
            "Another active promotion code reads the same.",
        )),
    }
}

/// Redeems a code once, for a customer.
pub(super) fn use_up(work: &mut Work<'_>, id: &str, customer: &str) -> Result<Object, Refusal> {
    let Some(mut code) = work.read("promotion_code", id) else {
        return Err(Refusal::no_such(400, "promotion_code", id).param("promotion_code"));
    };
    let is_late = has(&code, "expires_at") && work.now > int(&code, "expires_at");
    let is_others = text(&code, "customer").is_some_and(|only| only != customer);
    if !is_set(&code, "active") || is_late || is_others {
        return Err(Refusal::parameter(
            "promotion_code",
            format!("The promotion code `{id}` can't be redeemed by this customer now."),
        ));
    }
    let restrictions = inner(&code, "restrictions");
    if restrictions
        .is_some_and(|limits| has(limits, "minimum_amount") || is_set(limits, "first_time_transaction"))
    {
        return Err(Refusal::not_carried_out("restrictions of promotion codes"));
    }
    let times = int(&code, "times_redeemed") + 1;
    set(&mut code, "times_redeemed", times);
    if has(&code, "max_redemptions") && times >= int(&code, "max_redemptions") {
        set(&mut code, "active", false);
    }
    work.save(code.clone());
    Ok(code)
}
