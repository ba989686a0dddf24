use serde_json::{Value, json};

use super::object::{Object, has, id_of, inner, set, set_inner, text};
use super::test_card::{self, TestCard, Verdict};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Objects that can be charged beside payment methods.
const OLDER: [&str; 3] = ["card", "source", "bank_account"];

/// Finds what is to be charged. A name of Stripe's test data becomes a payment method of its own.
pub(super) fn resolve(work: &mut Work<'_>, id: &str) -> Result<Object, Refusal> {
    let known = work.read("payment_method", id);
    let older = || OLDER.iter().find_map(|resource| work.read(resource, id));
    if let Some(known) = known.or_else(older) {
        return Ok(known);
    }
    let Some(card) = test_card::named(id) else {
        return Err(Refusal::no_such(400, "payment_method", id).param("payment_method"));
    };
    let given = json!({"type": "card", "card": {}});
    let mut method = work.make("payment_method", given.as_object().unwrap_or(&Object::new()))?;
    write_card(work, &mut method, card);
    work.save(method.clone());
    Ok(method)
}

fn write_card(work: &Work<'_>, method: &mut Object, card: TestCard) {
    let mut fields = inner(method, "card").cloned().unwrap_or_default();
    for (name, value) in [
        ("brand", card.brand),
        ("display_brand", card.brand),
        ("last4", card.last4),
        ("country", "US"),
        ("funding", "credit"),
    ] {
        set(&mut fields, name, value);
    }
    let year = work.now / 31_556_952 + 1_970;
    set(&mut fields, "exp_month", 12);
    set(&mut fields, "exp_year", year + 3);
    set(method, "card", fields);
}

/// Gives a new payment method its card's last digits, from the number or the token that was given.
pub(super) fn begin(work: &Work<'_>, method: &mut Object, given: &Object) {
    let Some(card) = inner(given, "card") else { return };
    let token = text(card, "token").and_then(test_card::named);
    let number = text(card, "number").unwrap_or("");
    let last4: String = number
        .chars()
        .skip(number.chars().count().saturating_sub(4))
        .collect();
    match token.or_else(|| test_card::numbered(&last4)) {
        Some(found) => {
            let (month, year) = (card.get("exp_month").cloned(), card.get("exp_year").cloned());
            write_card(work, method, found);
            for (name, value) in [("exp_month", month), ("exp_year", year)] {
                if let Some(value) = value {
                    set_inner(method, "card", name, value);
                }
            }
        }
        None => set_inner(method, "card", "last4", last4),
    }
}

/// Tells what comes of a payment with it.
pub(super) fn verdict(method: &Object) -> Verdict {
    let last4 = inner(method, "card")
        .and_then(|card| text(card, "last4"))
        .or_else(|| text(method, "last4"));
    let card = last4.and_then(test_card::numbered);
    card.map_or(Verdict::Succeeds, |card| card.verdict)
}

/// Attaches a payment method to a customer.
pub(super) fn attach(work: &mut Work<'_>, id: &str, given: &Object) -> Result<String, Refusal> {
    let Some(customer) = text(given, "customer") else {
        return Err(Refusal::missing("customer"));
    };
    if work.read("customer", customer).is_none() {
        return Err(Refusal::no_such(400, "customer", customer).param("customer"));
    }
    let mut method = resolve(work, id)?;
    if let Verdict::Declines(decline) = verdict(&method)
        && test_card::named(id).is_some()
        && !id.ends_with("chargeCustomerFail")
    {
        let mut refusal =
            Refusal::declined(decline.code, decline.message).about("decline_code", decline.decline_code);
        refusal.stands = false;
        return Err(refusal);
    }
    set(&mut method, "customer", customer);
    work.note("payment_method.attached", &method);
    let id = id_of(&method);
    work.save(method);
    Ok(id)
}

/// Takes a payment method away from its customer.
pub(super) fn detach(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut method) = work.read("payment_method", id) else {
        return Err(Refusal::no_such(404, "payment_method", id));
    };
    if !has(&method, "customer") {
        return Err(Refusal::state("The payment method is attached to no customer."));
    }
    set(&mut method, "customer", Value::Null);
    work.note("payment_method.detached", &method);
    work.save(method);
    Ok(())
}
