use serde_json::{Value, json};

use super::object::{Object, has, id_of, int, is_set, owned, set, text};
use super::test_card::Verdict;
use super::{charge, minimum, payment_method};
use crate::sandbox::ids;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::{Birth, Work};

/// Statuses in which a payment can be confirmed.
const CONFIRMABLE: [&str; 3] = [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
];

/// Statuses in which a payment can be canceled.
/// Source: the docstring of `payment_intents.cancel`.
const CANCELABLE: [&str; 4] = [
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
];

/// Refuses amounts that can't be charged.
pub(super) fn check_amount(given: &Object) -> Result<(), Refusal> {
    let amount = int(given, "amount");
    if has(given, "amount") && amount < 1 {
        return Err(Refusal::parameter(
            "amount",
            "Invalid positive integer: the amount must be at least 1.",
        )
        .code("parameter_invalid_integer"));
    }
    super::amount::whole(amount.into())?;
    let least = minimum::of(text(given, "currency").unwrap_or("usd"));
    match has(given, "amount") && amount < least {
        true => Err(too_small(text(given, "currency").unwrap_or("usd"), least)),
        false => Ok(()),
    }
}

/// The wording for US dollars is a recorded one.
fn too_small(currency: &str, least: i64) -> Refusal {
    let message = match currency {
        "usd" => format!("Amount must be at least ${}.{:02} usd", least / 100, least % 100),
        other => format!("Amount must be at least {least} in minor units of {other}"),
    };
    Refusal::parameter("amount", message).code("amount_too_small")
}

/// Gives a new payment intent what it begins with.
pub(super) fn begin(birth: &mut Birth, intent: &mut Object, given: &Object) {
    let status = match has(given, "payment_method") {
        true => "requires_confirmation",
        false => "requires_payment_method",
    };
    set(intent, "status", status);
    let prefix = format!("{}_secret_", id_of(intent));
    let secret = ids::letters(&prefix, 25, &mut birth.random);
    set(intent, "client_secret", secret);
    if !has(given, "capture_method") {
        set(intent, "capture_method", "automatic_async");
    }
    if !has(given, "confirmation_method") {
        set(intent, "confirmation_method", "automatic");
    }
    if !has(given, "payment_method_types") {
        set(intent, "payment_method_types", vec!["card"]);
    }
}

/// Takes the payment method of a new payment intent, and confirms it when that is asked for.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    if let Some(method) = text(given, "payment_method") {
        let method = payment_method::resolve(work, method)?;
        if let Some(mut intent) = work.read("payment_intent", id) {
            set(&mut intent, "payment_method", id_of(&method));
            work.save(intent);
        }
    }
    match is_set(given, "confirm") {
        true => confirm(work, id, given),
        false => Ok(()),
    }
}

/// Confirms a payment: with the method that is given, else with the one that it has.
fn confirm(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let intent = work.read("payment_intent", id).unwrap_or_default();
    let method = text(given, "payment_method").or(text(&intent, "payment_method"));
    match method {
        Some(method) => match invoice_of(work, id) {
            Some(invoice) => {
                let mut by = Object::new();
                set(&mut by, "payment_method", method);
                super::invoice::pay::pay_intent(work, &invoice, &by)
            }
            None => charge(work, id, method),
        },
        None if has(given, "payment_method_data") || has(given, "confirmation_token") => Err(
            Refusal::not_carried_out("payment_method_data of payment_intents.confirm"),
        ),
        None => Err(unexpected(&intent, "confirmed without a payment method")),
    }
}

fn unexpected(intent: &Object, what: &str) -> Refusal {
    let status = owned(intent, "status");
    Refusal::state(format!(
        "A PaymentIntent with the status `{status}` can't be {what}."
    ))
    .code("payment_intent_unexpected_state")
}

/// Makes the payment intent of an invoice, and gives its id.
pub(super) fn for_invoice(work: &mut Work<'_>, invoice: &Object, due: i64) -> Result<String, Refusal> {
    let given = json!({
        "amount": due,
        "currency": owned(invoice, "currency"),
        "customer": owned(invoice, "customer"),
    });
    let mut intent = work.make("payment_intent", given.as_object().unwrap_or(&Object::new()))?;
    let mut birth = work.birth();
    begin(&mut birth, &mut intent, &Object::new());
    let id = id_of(&intent);
    work.save(intent.clone());
    work.place_under(&id_of(invoice), &intent);
    Ok(id)
}

/// Gives the invoice that a payment intent was made for.
fn invoice_of(work: &Work<'_>, id: &str) -> Option<String> {
    work.get("payment_intent", id)?.parent.clone()
}

/// Charges a payment method for a payment. A decline stays on the payment, which then waits for another
/// method.
pub(super) fn charge(work: &mut Work<'_>, id: &str, method: &str) -> Result<(), Refusal> {
    let mut intent = work.read("payment_intent", id).unwrap_or_default();
    if !CONFIRMABLE.contains(&text(&intent, "status").unwrap_or("")) {
        return Err(unexpected(&intent, "confirmed"));
    }
    let method = payment_method::resolve(work, method)?;
    set(&mut intent, "payment_method", id_of(&method));
    if payment_method::verdict(&method) == Verdict::NeedsAction {
        wait(work, intent);
        return Ok(());
    }
    let mut taken = new_charge(work, &intent)?;
    let verdict = charge::take(work, &mut taken, &method);
    let taken_id = id_of(&taken);
    work.save(taken);
    set(&mut intent, "latest_charge", taken_id.as_str());
    set(&mut intent, "next_action", Value::Null);
    match verdict {
        Verdict::Declines(decline) => {
            let refusal = charge::refusal(decline, &taken_id);
            set(&mut intent, "last_payment_error", error_of(&refusal, &method));
            Err(refusal.about("payment_intent", fail(work, intent)))
        }
        Verdict::Succeeds | Verdict::NeedsAction => {
            succeed(work, intent);
            Ok(())
        }
    }
}

/// Lets a payment wait for its customer.
fn wait(work: &mut Work<'_>, mut intent: Object) {
    set(&mut intent, "status", "requires_action");
    let action = json!({"type": "use_stripe_sdk", "use_stripe_sdk": {}});
    set(&mut intent, "next_action", action);
    work.note("payment_intent.requires_action", &intent);
    work.save(intent);
}

/// Lets a declined payment wait for another method, and gives it.
fn fail(work: &mut Work<'_>, mut intent: Object) -> Value {
    set(&mut intent, "status", "requires_payment_method");
    set(&mut intent, "payment_method", Value::Null);
    work.note("payment_intent.payment_failed", &intent);
    work.save(intent.clone());
    Value::Object(intent)
}

fn error_of(refusal: &Refusal, method: &Object) -> Value {
    let mut error = Object::new();
    set(&mut error, "code", refusal.code);
    set(&mut error, "message", refusal.message.as_str());
    for (name, value) in &refusal.about {
        set(&mut error, name, value.clone());
    }
    set(&mut error, "payment_method", method.clone());
    set(&mut error, "type", refusal.kind);
    Value::Object(error)
}

/// Tells whether a payment takes the money when it is confirmed, and not only authorises it.
fn is_captured_at_once(intent: &Object) -> bool {
    text(intent, "capture_method") != Some("manual")
}

fn succeed(work: &mut Work<'_>, mut intent: Object) {
    let amount = int(&intent, "amount");
    set(&mut intent, "last_payment_error", Value::Null);
    match is_captured_at_once(&intent) {
        true => {
            set(&mut intent, "status", "succeeded");
            set(&mut intent, "amount_received", amount);
            work.note("payment_intent.succeeded", &intent);
        }
        false => {
            set(&mut intent, "status", "requires_capture");
            set(&mut intent, "amount_capturable", amount);
            work.note("payment_intent.amount_capturable_updated", &intent);
        }
    }
    work.save(intent);
}

fn new_charge(work: &mut Work<'_>, intent: &Object) -> Result<Object, Refusal> {
    let mut given = Object::new();
    for name in [
        "amount",
        "currency",
        "customer",
        "description",
        "metadata",
        "receipt_email",
        "shipping",
        "statement_descriptor",
        "transfer_group",
    ] {
        if let Some(value) = intent.get(name).filter(|value| !value.is_null()) {
            set(&mut given, name, value.clone());
        }
    }
    set(&mut given, "payment_intent", id_of(intent));
    set(&mut given, "captured", is_captured_at_once(intent));
    work.make("charge", &given)
}

/// Cancels a payment that is no longer wanted, as far as it can be.
pub(super) fn give_up(work: &mut Work<'_>, id: &str, reason: &str) {
    let Some(mut intent) = work.read("payment_intent", id) else {
        return;
    };
    if CANCELABLE.contains(&text(&intent, "status").unwrap_or("")) {
        set(&mut intent, "status", "canceled");
        set(&mut intent, "canceled_at", work.now);
        set(&mut intent, "cancellation_reason", reason);
        set(&mut intent, "amount_capturable", 0);
        work.note("payment_intent.canceled", &intent);
        work.save(intent);
    }
}

/// Asks for another amount with a payment that is still open.
pub(super) fn ask_for(work: &mut Work<'_>, id: &str, amount: i64) {
    if let Some(mut intent) = work.read("payment_intent", id)
        && text(&intent, "status") == Some("requires_payment_method")
    {
        set(&mut intent, "amount", amount);
        work.save(intent);
    }
}

/// Refuses to change what a payment that went through is for.
pub(super) fn before_update(former: &Object, given: &Object) -> Result<(), Refusal> {
    let fixed = [
        "amount",
        "currency",
        "payment_method",
        "customer",
        "capture_method",
    ];
    let is_open = CONFIRMABLE.contains(&text(former, "status").unwrap_or(""));
    if !is_open && fixed.iter().any(|name| has(given, name)) {
        return Err(unexpected(former, "changed in this way"));
    }
    let mut amount = given.clone();
    super::object::set_if_unset(&mut amount, "currency", owned(former, "currency"));
    check_amount(&amount)
}

/// Takes the payment method that an update brought.
pub(super) fn changed(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(method) = text(given, "payment_method") else {
        return Ok(());
    };
    let method = payment_method::resolve(work, method)?;
    if let Some(mut intent) = work.read("payment_intent", id) {
        set(&mut intent, "payment_method", id_of(&method));
        set(&mut intent, "status", "requires_confirmation");
        work.save(intent);
    }
    Ok(())
}

/// Notes that the charge of a payment was captured.
pub(super) fn captured(work: &mut Work<'_>, id: &str, amount: i64) {
    if let Some(mut intent) = work.read("payment_intent", id) {
        set(&mut intent, "status", "succeeded");
        set(&mut intent, "amount_received", amount);
        set(&mut intent, "amount_capturable", 0);
        work.note("payment_intent.succeeded", &intent);
        work.save(intent);
    }
}

/// Carries out one of a payment intent's actions.
pub(super) fn act(work: &mut Work<'_>, id: &str, operation: &str, given: &Object) -> Result<(), Refusal> {
    let Some(intent) = work.read("payment_intent", id) else {
        return Err(Refusal::no_such(404, "payment_intent", id));
    };
    let status = owned(&intent, "status");
    match operation {
        "payment_intents.confirm" => confirm(work, id, given),
        "payment_intents.cancel" if !CANCELABLE.contains(&status.as_str()) => {
            Err(unexpected(&intent, "canceled"))
        }
        "payment_intents.cancel" if invoice_of(work, id).is_some() => Err(unexpected(
            &intent,
            "canceled: it is an invoice's, which can be voided",
        )),
        "payment_intents.cancel" => {
            give_up(
                work,
                id,
                text(given, "cancellation_reason").unwrap_or("requested_by_customer"),
            );
            if text(given, "cancellation_reason").is_none()
                && let Some(mut intent) = work.read("payment_intent", id)
            {
                set(&mut intent, "cancellation_reason", Value::Null);
                work.save(intent);
            }
            Ok(())
        }
        "payment_intents.capture" if status != "requires_capture" => Err(unexpected(&intent, "captured")),
        "payment_intents.capture" => {
            let amount = given.get("amount_to_capture").and_then(Value::as_i64);
            charge::capture(work, &owned(&intent, "latest_charge"), amount)
        }
        other => Err(Refusal::not_carried_out(other)),
    }
}
