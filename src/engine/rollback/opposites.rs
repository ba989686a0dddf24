//! Calls that another call takes back.

use super::rules::When;

/// A call, and what takes it back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opposite {
    /// The call.
    pub(super) call: &'static str,
    /// What takes it back.
    pub(super) by: &'static str,
    /// What a person calls that.
    pub(super) verb: &'static str,
    /// When the call still stands.
    pub(super) stands: When,
}

/// The calls that another one takes back. All others stay: an invoice that was finalised is no draft again.
pub(super) const OPPOSITES: &[Opposite] = &[
    Opposite {
        call: "billing.alerts.activate",
        by: "billing.alerts.deactivate",
        verb: "deactivate",
        stands: When::Is("status", &["active"]),
    },
    Opposite {
        call: "billing.alerts.deactivate",
        by: "billing.alerts.activate",
        verb: "activate",
        stands: When::Is("status", &["inactive"]),
    },
    Opposite {
        call: "billing.meters.deactivate",
        by: "billing.meters.reactivate",
        verb: "reactivate",
        stands: When::Is("status", &["inactive"]),
    },
    Opposite {
        call: "billing.meters.reactivate",
        by: "billing.meters.deactivate",
        verb: "deactivate",
        stands: When::Is("status", &["active"]),
    },
    Opposite {
        call: "invoice_rendering_templates.archive",
        by: "invoice_rendering_templates.unarchive",
        verb: "unarchive",
        stands: When::Is("status", &["archived"]),
    },
    Opposite {
        call: "invoice_rendering_templates.unarchive",
        by: "invoice_rendering_templates.archive",
        verb: "archive",
        stands: When::Is("status", &["active"]),
    },
    Opposite {
        call: "payment_methods.attach",
        by: "payment_methods.detach",
        verb: "detach",
        stands: When::IsNot("customer", &[""]),
    },
];
