use serde_json::Value;

use super::{Object, has, set, text};
use crate::sandbox::refusal::Refusal;

/// A subscription needs the customer that pays.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    match has(given, "customer") || has(given, "customer_account") {
        true => Ok(()),
        false => Err(Refusal::missing("customer")),
    }
}

pub(super) fn begin(subscription: &mut Object) {
    let url = format!(
        "/v1/subscription_items?subscription={}",
        text(subscription, "id").unwrap_or("")
    );
    if let Some(Value::Object(items)) = subscription.get_mut("items") {
        set(items, "url", url);
    }
}
