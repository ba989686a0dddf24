use serde_json::{Value, json};

use super::object::{Object, has, id_of, inner, int, is_set, owned, set, text};
use super::payment_method;
use super::test_card::{Decline, Verdict};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Takes money with a payment method: fills the charge in, and gives what came of it.
pub(super) fn take(work: &mut Work<'_>, charge: &mut Object, method: &Object) -> Verdict {
    let verdict = payment_method::verdict(method);
    let amount = int(charge, "amount");
    let is_captured = is_set(charge, "captured");
    set(charge, "payment_method", id_of(method));
    set(charge, "payment_method_details", details(method));
    set(charge, "disputed", false);
    set(charge, "refunded", false);
    match verdict {
        Verdict::Succeeds => {
            set(charge, "status", "succeeded");
            set(charge, "paid", true);
            set(charge, "amount_captured", if is_captured { amount } else { 0 });
            set(charge, "outcome", outcome(None));
            let url = format!("https://pay.stripe.com/receipts/payment/{}", id_of(charge));
            set(charge, "receipt_url", url);
            work.note("charge.succeeded", charge);
        }
        Verdict::Declines(decline) => {
            set(charge, "status", "failed");
            set(charge, "paid", false);
            set(charge, "captured", false);
            set(charge, "failure_code", decline.code);
            set(charge, "failure_message", decline.message);
            set(charge, "outcome", outcome(Some(decline)));
            work.note("charge.failed", charge);
        }
        Verdict::NeedsAction => {}
    }
    verdict
}

fn details(method: &Object) -> Value {
    match inner(method, "card") {
        Some(card) => json!({"card": {
            "brand": card.get("brand"),
            "country": card.get("country"),
            "exp_month": card.get("exp_month"),
            "exp_year": card.get("exp_year"),
            "funding": card.get("funding"),
            "last4": card.get("last4"),
        }, "type": "card"}),
        None => json!({"type": text(method, "type").or(text(method, "object"))}),
    }
}

fn outcome(decline: Option<Decline>) -> Value {
    match decline {
        None => json!({
            "network_status": "approved_by_network",
            "reason": null,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }),
        Some(decline) => json!({
            "network_status": "declined_by_network",
            "reason": decline.decline_code,
            "risk_level": "normal",
            "seller_message": null,
            "type": "issuer_declined",
        }),
    }
}

/// Gives the refusal of a declined payment.
pub(super) fn refusal(decline: Decline, charge: &str) -> Refusal {
    Refusal::declined(decline.code, decline.message)
        .about("charge", charge)
        .about("decline_code", decline.decline_code)
}

/// Checks what a charge that is made directly needs together.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    for name in ["amount", "currency"] {
        if !has(given, name) {
            return Err(Refusal::missing(name));
        }
    }
    match has(given, "source") || has(given, "customer") {
        true => super::payment_intent::check_amount(given),
        false => Err(Refusal::missing("source")),
    }
}

/// Takes the money of a charge that is made directly.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut charge) = work.read("charge", id) else {
        return Ok(());
    };
    let customer = text(given, "customer").and_then(|id| work.read("customer", id));
    let usual = customer.and_then(|customer| text(&customer, "default_source").map(str::to_owned));
    let Some(source) = text(given, "source").map(str::to_owned).or(usual) else {
        return Err(Refusal::missing("source"));
    };
    let method = payment_method::resolve(work, &source)?;
    set(
        &mut charge,
        "captured",
        given.get("capture") != Some(&Value::Bool(false)),
    );
    let verdict = take(work, &mut charge, &method);
    work.save(charge);
    match verdict {
        Verdict::Succeeds => Ok(()),
        Verdict::Declines(decline) => Err(refusal(decline, id)),
        Verdict::NeedsAction => Err(Refusal::declined("card_declined", "Your card was declined.")
            .about("decline_code", "authentication_required")),
    }
}

/// Captures a charge that was only authorised.
pub(super) fn capture(work: &mut Work<'_>, id: &str, amount: Option<i64>) -> Result<(), Refusal> {
    let Some(mut charge) = work.read("charge", id) else {
        return Err(Refusal::no_such(404, "charge", id));
    };
    if is_set(&charge, "captured") || text(&charge, "status") != Some("succeeded") {
        return Err(
            Refusal::state(format!("The charge `{id}` has nothing that can be captured."))
                .code("charge_already_captured"),
        );
    }
    let whole = int(&charge, "amount");
    let amount = amount.unwrap_or(whole);
    if amount <= 0 || amount > whole {
        return Err(Refusal::state(format!(
            "Between 1 and {whole} can be captured of the charge `{id}`."
        ))
        .param("amount"));
    }
    set(&mut charge, "captured", true);
    set(&mut charge, "amount_captured", amount);
    if amount < whole {
        // What is not captured goes back, as at Stripe.
        set(&mut charge, "amount_refunded", whole - amount);
    }
    work.note("charge.captured", &charge);
    let intent = owned(&charge, "payment_intent");
    work.save(charge);
    super::payment_intent::captured(work, &intent, amount);
    Ok(())
}
