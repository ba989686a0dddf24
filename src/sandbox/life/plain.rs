//! Actions that only bring an object from one status into another.

use serde_json::Value;

use super::object::{Object, set, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// An action: the statuses that it begins from, the one that it leads to, where its time is kept, and its
/// event.
struct Change {
    operation: &'static str,
    from: &'static [&'static str],
    to: &'static str,
    moment: &'static [&'static str],
    event: &'static str,
}

const fn change(
    operation: &'static str,
    from: &'static [&'static str],
    to: &'static str,
    event: &'static str,
) -> Change {
    Change {
        operation,
        from,
        to,
        moment: &[],
        event,
    }
}

impl Change {
    const fn at(self, moment: &'static [&'static str]) -> Change {
        Change { moment, ..self }
    }
}

/// The conditions are those that the docstrings of Stripe's SDK name.
const CHANGES: [Change; 14] = [
    change(
        "billing.meters.deactivate",
        &["active"],
        "inactive",
        "billing.meter.deactivated",
    )
    .at(&["status_transitions", "deactivated_at"]),
    change(
        "billing.meters.reactivate",
        &["inactive"],
        "active",
        "billing.meter.reactivated",
    ),
    change("billing.alerts.activate", &["inactive"], "active", ""),
    change("billing.alerts.deactivate", &["active"], "inactive", ""),
    change("billing.alerts.archive", &["active", "inactive"], "archived", ""),
    change(
        "checkout.sessions.expire",
        &["open"],
        "expired",
        "checkout.session.expired",
    ),
    change("invoice_rendering_templates.archive", &["active"], "archived", ""),
    change(
        "invoice_rendering_templates.unarchive",
        &["archived"],
        "active",
        "",
    ),
    change("payouts.cancel", &["pending"], "canceled", "payout.canceled"),
    change("quotes.cancel", &["draft", "open"], "canceled", "quote.canceled")
        .at(&["status_transitions", "canceled_at"]),
    change(
        "setup_intents.cancel",
        &[
            "requires_payment_method",
            "requires_confirmation",
            "requires_action",
        ],
        "canceled",
        "setup_intent.canceled",
    ),
    change(
        "subscription_schedules.cancel",
        &["not_started", "active"],
        "canceled",
        "subscription_schedule.canceled",
    )
    .at(&["canceled_at"]),
    change(
        "subscription_schedules.release",
        &["not_started", "active"],
        "released",
        "subscription_schedule.released",
    )
    .at(&["released_at"]),
    change("topups.cancel", &["pending"], "canceled", "topup.canceled"),
];

/// The statuses that new objects begin with.
const BEGINNINGS: [(&str, &str); 4] = [
    ("billing.alert", "active"),
    ("checkout.session", "open"),
    ("payout", "pending"),
    ("quote", "draft"),
];

/// Gives a new object the status that it begins with.
pub(super) fn begin(object: &mut Object) {
    let resource = text(object, "object");
    if let Some((_, status)) = BEGINNINGS.iter().find(|(name, _)| Some(*name) == resource) {
        set(object, "status", *status);
    }
}

/// Carries such an action out; `None` when it is none of them.
pub(super) fn act(
    work: &mut Work<'_>,
    (resource, id): (&str, &str),
    operation: &str,
) -> Option<Result<(), Refusal>> {
    let change = CHANGES.iter().find(|change| change.operation == operation)?;
    Some(apply(work, (resource, id), change))
}

fn apply(work: &mut Work<'_>, (resource, id): (&str, &str), change: &Change) -> Result<(), Refusal> {
    let mut object = work.find_live(resource, id)?.object();
    let status = text(&object, "status").unwrap_or("");
    if !change.from.contains(&status) {
        return Err(Refusal::state(format!(
            "`{}` needs the status {}, and this one's is `{status}`.",
            change.operation,
            change.from.join(" or ")
        )));
    }
    set(&mut object, "status", change.to);
    match change.moment {
        [outer, name] => super::object::set_inner(&mut object, outer, name, work.now),
        [name] => set(&mut object, name, Value::from(work.now)),
        _ => {}
    }
    if !change.event.is_empty() {
        work.note(change.event, &object);
    }
    work.save(object);
    Ok(())
}
