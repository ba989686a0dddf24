use serde_json::Value;

use super::object::{Object, has, id_of, is_set, owned, set, text};
use super::payment_method;
use super::test_card::Verdict;
use crate::sandbox::ids;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::{Birth, Work};

/// Statuses in which a setup can be confirmed.
const CONFIRMABLE: [&str; 3] = [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
];

/// Gives a new setup intent what it begins with.
pub(super) fn begin(birth: &mut Birth, intent: &mut Object, given: &Object) {
    let status = match has(given, "payment_method") {
        true => "requires_confirmation",
        false => "requires_payment_method",
    };
    set(intent, "status", status);
    let prefix = format!("{}_secret_", id_of(intent));
    let secret = ids::letters(&prefix, 25, &mut birth.random);
    set(intent, "client_secret", secret);
    if !has(given, "usage") {
        set(intent, "usage", "off_session");
    }
    if !has(given, "payment_method_types") {
        set(intent, "payment_method_types", vec!["card"]);
    }
}

/// Takes the payment method of a new setup intent, and confirms it when that is asked for.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    if let Some(method) = text(given, "payment_method") {
        let method = payment_method::resolve(work, method)?;
        if let Some(mut intent) = work.read("setup_intent", id) {
            set(&mut intent, "payment_method", id_of(&method));
            work.save(intent);
        }
    }
    match is_set(given, "confirm") {
        true => confirm(work, id, given),
        false => Ok(()),
    }
}

/// Confirms a setup: its payment method is kept for its customer.
pub(super) fn confirm(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let mut intent = work.read("setup_intent", id).unwrap_or_default();
    let method = text(given, "payment_method").or(text(&intent, "payment_method"));
    let (Some(method), true) = (
        method,
        CONFIRMABLE.contains(&text(&intent, "status").unwrap_or("")),
    ) else {
        let status = owned(&intent, "status");
        return Err(Refusal::state(format!(
            "A SetupIntent with the status `{status}` can't be confirmed, nor one without a payment method."
        ))
        .code("setup_intent_unexpected_state"));
    };
    let mut method = payment_method::resolve(work, method)?;
    set(&mut intent, "payment_method", id_of(&method));
    match payment_method::verdict(&method) {
        Verdict::Succeeds => {
            set(&mut intent, "status", "succeeded");
            if let Some(customer) = text(&intent, "customer") {
                set(&mut method, "customer", customer);
                work.note("payment_method.attached", &method);
                work.save(method);
            }
            work.note("setup_intent.succeeded", &intent);
            work.save(intent);
            Ok(())
        }
        Verdict::NeedsAction => {
            set(&mut intent, "status", "requires_action");
            work.note("setup_intent.requires_action", &intent);
            work.save(intent);
            Ok(())
        }
        Verdict::Declines(decline) => {
            set(&mut intent, "status", "requires_payment_method");
            set(&mut intent, "payment_method", Value::Null);
            work.note("setup_intent.setup_failed", &intent);
            let shown = Value::Object(intent.clone());
            work.save(intent);
            Err(Refusal::declined(decline.code, decline.message)
                .about("decline_code", decline.decline_code)
                .about("setup_intent", shown))
        }
    }
}
