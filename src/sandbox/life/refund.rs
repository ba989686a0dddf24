use serde_json::Value;

use super::object::{Object, has, int, is_set, owned, set, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Checks that there is something to give back, and names the charge of a payment intent.
pub(super) fn prepare(work: &Work<'_>, given: &mut Object) -> Result<(), Refusal> {
    let charge = match (text(given, "charge"), text(given, "payment_intent")) {
        (Some(charge), _) => charge.to_owned(),
        (None, Some(intent)) => latest_charge(work, intent)?,
        (None, None) if has(given, "origin") => {
            return Err(Refusal::not_carried_out("refunds of a customer's cash balance"));
        }
        (None, None) => return Err(Refusal::missing("charge")),
    };
    let Some(found) = work.read("charge", &charge) else {
        return Err(Refusal::no_such(400, "charge", &charge).param("charge"));
    };
    let left = left(&found);
    if is_set(&found, "refunded") {
        return Err(
            Refusal::state(format!("Charge {charge} has already been refunded."))
                .code("charge_already_refunded"),
        );
    }
    if text(&found, "status") != Some("succeeded") {
        return Err(Refusal::state(format!(
            "The charge `{charge}` took no money that could be given back."
        )));
    }
    let amount = given.get("amount").and_then(Value::as_i64).unwrap_or(left);
    if amount < 1 {
        return Err(
            Refusal::parameter("amount", "A refund must be of at least 1.").code("parameter_invalid_integer")
        );
    }
    if amount > left {
        return Err(Refusal::state(format!(
            "A refund of {amount} is more than the {left} that is not refunded of the charge `{charge}`."
        ))
        .param("amount"));
    }
    set(given, "charge", charge);
    set(given, "amount", amount);
    Ok(())
}

/// Gives what is left of a charge: of one that is only authorised, all of it.
fn left(charge: &Object) -> i64 {
    int(charge, "amount") - int(charge, "amount_refunded")
}

fn latest_charge(work: &Work<'_>, intent: &str) -> Result<String, Refusal> {
    let found = work.read("payment_intent", intent);
    let charge = found.as_ref().and_then(|intent| text(intent, "latest_charge"));
    charge.map(str::to_owned).ok_or_else(|| {
        Refusal::state(format!(
            "The PaymentIntent `{intent}` has no charge that could be refunded."
        ))
    })
}

/// Gives the money of a new refund back.
pub(super) fn begun(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut refund) = work.read("refund", id) else {
        return Ok(());
    };
    let Some(mut charge) = work.read("charge", &owned(&refund, "charge")) else {
        return Ok(());
    };
    for name in ["currency", "payment_intent", "customer", "payment_method"] {
        set(&mut refund, name, charge.get(name).cloned().unwrap_or_default());
    }
    set(&mut refund, "status", "succeeded");
    let refunded = int(&charge, "amount_refunded") + int(&refund, "amount");
    set(&mut charge, "amount_refunded", refunded);
    let is_whole = refunded >= int(&charge, "amount");
    set(&mut charge, "refunded", is_whole);
    work.note("charge.refunded", &charge);
    work.save(refund);
    work.save(charge);
    Ok(())
}

/// Makes the refund that a credit note asks for, and gives its id.
pub(super) fn make(work: &mut Work<'_>, charge: &str, amount: i64) -> Result<String, Refusal> {
    let mut given = Object::new();
    set(&mut given, "charge", charge);
    set(&mut given, "amount", amount);
    prepare(work, &mut given)?;
    let refund = work.make("refund", &given)?;
    let id = owned(&refund, "id");
    begun(work, &id)?;
    Ok(id)
}

/// Refuses to cancel a refund that went through, as all do here.
pub(super) fn cancel(work: &Work<'_>, id: &str) -> Result<(), Refusal> {
    let status = work.read("refund", id).map(|refund| owned(&refund, "status"));
    Err(Refusal::state(format!(
        "A refund with the status `{}` can't be canceled, only one that requires an action of the customer.",
        status.unwrap_or_default()
    )))
}
