use serde_json::Value;

use crate::ledger::Intent;

/// What a call leaves behind in its object, so that it can be seen whether it was carried out.
struct Trace {
    /// The catalogue's name of the operation.
    operation: &'static str,
    /// Where to look in the object.
    pointer: &'static str,
    /// What is there once it was carried out; `None` for whatever is not null.
    value: Option<&'static str>,
}

const fn set(operation: &'static str, pointer: &'static str) -> Trace {
    Trace {
        operation,
        pointer,
        value: None,
    }
}

const fn status(operation: &'static str, value: &'static str) -> Trace {
    Trace {
        operation,
        pointer: "/status",
        value: Some(value),
    }
}

/// Calls that can be carried out once only, and say so in their object for ever.
/// Source: the members of these objects in Stripe's API reference, such as
/// <https://docs.stripe.com/api/invoices/object#invoice_object-status_transitions>.
const TRACES: [Trace; 14] = [
    set("invoices.finalize_invoice", "/status_transitions/finalized_at"),
    set("invoices.void_invoice", "/status_transitions/voided_at"),
    set(
        "invoices.mark_uncollectible",
        "/status_transitions/marked_uncollectible_at",
    ),
    set("credit_notes.void_credit_note", "/voided_at"),
    set("quotes.finalize_quote", "/status_transitions/finalized_at"),
    set("quotes.accept", "/status_transitions/accepted_at"),
    set("quotes.cancel", "/status_transitions/canceled_at"),
    set("payment_intents.cancel", "/canceled_at"),
    set("subscriptions.cancel", "/canceled_at"),
    set("subscription_schedules.cancel", "/canceled_at"),
    set("subscription_schedules.release", "/released_at"),
    status("setup_intents.cancel", "canceled"),
    status("payouts.cancel", "canceled"),
    status("topups.cancel", "canceled"),
];

/// Gives the path of the object that a call is about, when the call leaves a trace there.
pub(super) fn object_path(intent: &Intent) -> Option<&str> {
    trace(intent)?;
    match intent.method.as_str() {
        "DELETE" => Some(&intent.path),
        _ => Some(intent.path.rsplit_once('/')?.0),
    }
}

/// Tells whether the object shows that the call was carried out; `None` when it can't tell.
pub(super) fn is_carried_out(intent: &Intent, object: &Value) -> Option<bool> {
    let trace = trace(intent)?;
    let found = object.pointer(trace.pointer)?;
    Some(match trace.value {
        None => !found.is_null(),
        Some(value) => found == value,
    })
}

fn trace(intent: &Intent) -> Option<&'static Trace> {
    TRACES.iter().find(|trace| trace.operation == intent.operation)
}

#[cfg(test)]
mod tests {
    use super::TRACES;
    use crate::catalog::{Alternative, ApiType, Catalog, ShapeId};

    fn shape_of(api_type: &ApiType) -> Option<ShapeId> {
        api_type
            .alternatives
            .iter()
            .find_map(|alternative| match alternative {
                Alternative::Shape(shape) => Some(*shape),
                _ => None,
            })
    }

    #[test]
    fn every_trace_is_a_member_of_what_the_operation_answers() {
        let catalog = Catalog::embedded();
        for trace in &TRACES {
            let (_, operation) = catalog.operation(trace.operation).expect(trace.operation);
            let answer = operation.of.first().and_then(|name| catalog.resource(name));
            let mut shape = Some(answer.expect(trace.operation).fields);
            let mut names = trace.pointer.trim_start_matches('/').split('/').peekable();
            while let Some(name) = names.next() {
                let member = shape.and_then(|shape| catalog.member(shape, name));
                let member = member.unwrap_or_else(|| panic!("{}: no {name}", trace.operation));
                shape = shape_of(&member);
                assert_eq!(shape.is_some(), names.peek().is_some(), "{}", trace.operation);
            }
        }
    }
}
