use serde_json::{Value, json};

use super::object::{Object, set};
use crate::sandbox::blank;
use crate::sandbox::ids;
use crate::sandbox::work::Work;

/// The account that the sandbox serves.
pub(super) fn own(work: &Work<'_>) -> Object {
    let mut account = blank::object(work.shapes, "account", work.now);
    let id = ids::letters("acct_1", 15, &mut ids::random(work.seed, 0));
    set(&mut account, "id", id);
    set(&mut account, "country", "US");
    set(&mut account, "default_currency", "usd");
    set(&mut account, "charges_enabled", true);
    set(&mut account, "payouts_enabled", true);
    set(&mut account, "details_submitted", true);
    account
}

/// The balance of an account that has taken nothing.
pub(super) fn no_money() -> Value {
    json!([{"amount": 0, "currency": "usd", "source_types": {"card": 0}}])
}
