use super::{Object, has, set, text};
use crate::sandbox::ids;
use crate::sandbox::work::Birth;

pub(super) fn begin(birth: &mut Birth, intent: &mut Object, given: &Object) {
    let status = match has(given, "payment_method") {
        true => "requires_confirmation",
        false => "requires_payment_method",
    };
    set(intent, "status", status);
    let prefix = format!("{}_secret_", text(intent, "id").unwrap_or(""));
    set(
        intent,
        "client_secret",
        ids::letters(&prefix, 25, &mut birth.random),
    );
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
