//! How an object that a step made is taken back, by resource: a table.
//!
//! The operations are those of the catalogue. The states in which they can be called are what the descriptions of
//! the operations in Stripe's API reference say, such as <https://docs.stripe.com/api/payment_intents/cancel>.

use serde_json::Value;

use crate::plan::{object_text, value_at};

/// How objects of one resource are taken back.
#[derive(Clone, Copy, Debug)]
pub(super) struct UndoRule {
    /// Stripe's `object` value.
    pub(super) resource: &'static str,
    /// The ways, the first that fits is taken.
    pub(super) ways: [Option<Way>; 2],
    /// When nothing is left to take back.
    pub(super) gone: When,
    /// Why it stays in any other state.
    pub(super) otherwise: &'static str,
    /// What a person must say first.
    pub(super) asks: Asks,
    /// The member that names an invoice which it is part of: what is on an invoice that is no draft goes with that
    /// invoice.
    pub(super) invoice: Option<&'static str>,
}

/// One way to take an object back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// In which states.
    pub(super) when: When,
    /// What a person calls it.
    pub(super) verb: &'static str,
    /// The operation in the catalogue.
    pub(super) operation: &'static str,
    /// The field that is sent with it.
    pub(super) field: Option<(&'static str, &'static str)>,
}

/// A state of a live object: a member's name in form encoding, and its texts; the empty text is null.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// Any state.
    Always,
    /// No state.
    Never,
    /// The member has one of these.
    Is(&'static str, &'static [&'static str]),
    /// The member has none of these.
    IsNot(&'static str, &'static [&'static str]),
}

/// What a person must say before an object is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    Nothing,
    /// That customers are deleted too.
    DeleteCustomers,
}

impl When {
    /// Tells whether a live object is in this state.
    pub(super) fn holds(self, object: &Value) -> bool {
        match self {
            When::Always => true,
            When::Never => false,
            When::Is(name, values) => values.contains(&text_at(object, name).as_str()),
            When::IsNot(name, values) => !values.contains(&text_at(object, name).as_str()),
        }
    }
}

/// Gives a member's text; the empty one for null.
pub(super) fn text_at(object: &Value, name: &str) -> String {
    value_at(object, name).and_then(object_text).unwrap_or_default()
}

const PLAIN: UndoRule = UndoRule {
    resource: "",
    ways: [None, None],
    gone: When::Never,
    otherwise: "",
    asks: Asks::Nothing,
    invoice: None,
};

const fn delete(resource: &'static str, operation: &'static str) -> UndoRule {
    UndoRule {
        resource,
        ways: [way(When::Always, "delete", operation), None],
        ..PLAIN
    }
}

const fn way(when: When, verb: &'static str, operation: &'static str) -> Option<Way> {
    Some(Way {
        when,
        verb,
        operation,
        field: None,
    })
}

/// Objects that can't be deleted and can be put out of use.
const fn archive(resource: &'static str, operation: &'static str) -> UndoRule {
    switch(resource, operation, ("active", "false"))
}

const fn switch(
    resource: &'static str,
    operation: &'static str,
    field: (&'static str, &'static str),
) -> UndoRule {
    let way = Way {
        when: When::Always,
        verb: "archive",
        operation,
        field: Some(field),
    };
    let gone = match field.0.as_bytes() {
        b"enabled" => When::Is("enabled", &["false"]),
        b"status" => When::Is("status", &["inactive"]),
        _ => When::Is("active", &["false"]),
    };
    UndoRule {
        resource,
        ways: [Some(way), None],
        gone,
        ..PLAIN
    }
}

/// Objects with a life of their own: from which statuses they can be ended, and which are its end.
const fn end(
    resource: &'static str,
    (verb, operation): (&'static str, &'static str),
    (from, to): (&'static [&'static str], &'static [&'static str]),
    otherwise: &'static str,
) -> UndoRule {
    UndoRule {
        resource,
        ways: [way(When::Is("status", from), verb, operation), None],
        gone: When::Is("status", to),
        otherwise,
        ..PLAIN
    }
}

/// Objects that stay.
const fn stays(resource: &'static str, otherwise: &'static str) -> UndoRule {
    UndoRule {
        resource,
        otherwise,
        ..PLAIN
    }
}

const SHORT_LIVED: &str = "it ends by itself soon";
const REQUESTED: &str = "what was asked for was answered, and nothing stands that could be taken back";
const CANCELED: &[&str] = &["canceled"];

/// The rules, by resource. Every resource that `create` can make has one.
pub(super) const RULES: &[UndoRule] = &[
    stays("account", "a connected account is closed by hand"),
    stays("account_link", SHORT_LIVED),
    stays("account_session", SHORT_LIVED),
    delete("apple_pay_domain", "apple_pay_domains.delete"),
    end(
        "apps.install",
        ("uninstall", "apps.installs.uninstall"),
        (&["installed", "installing"], &["uninstalling"]),
        "it is not installed",
    ),
    stays(
        "apps.secret",
        "a secret is deleted by its name and scope, by hand",
    ),
    end(
        "billing.alert",
        ("archive", "billing.alerts.archive"),
        (&["active", "inactive"], &["archived"]),
        "it is in a state that can't be archived",
    ),
    UndoRule {
        resource: "billing.credit_grant",
        ways: [
            way(
                When::Is("voided_at", &[""]),
                "void",
                "billing.credit_grants.void_grant",
            ),
            None,
        ],
        gone: When::IsNot("voided_at", &[""]),
        ..PLAIN
    },
    end(
        "billing.feedback_option",
        ("deactivate", "billing.feedback_options.deactivate"),
        (&["active"], &["inactive"]),
        "it is in a state that can't be deactivated",
    ),
    end(
        "billing.meter",
        ("deactivate", "billing.meters.deactivate"),
        (&["active"], &["inactive"]),
        "it is in a state that can't be deactivated",
    ),
    stays(
        "billing.meter_event",
        "usage was counted; a meter event adjustment cancels it within 24 hours",
    ),
    stays(
        "billing.meter_event_adjustment",
        "usage that was cancelled stays so",
    ),
    archive(
        "billing_portal.configuration",
        "billing_portal.configurations.update",
    ),
    stays("billing_portal.session", SHORT_LIVED),
    stays("charge", "money was taken; a refund gives it back"),
    end(
        "checkout.session",
        ("expire", "checkout.sessions.expire"),
        (&["open"], &["expired"]),
        "the customer has been through it",
    ),
    end(
        "climate.order",
        ("cancel", "climate.orders.cancel"),
        (&["awaiting_funds", "confirmed", "open"], CANCELED),
        "it is delivered",
    ),
    delete("coupon", "coupons.delete"),
    end(
        "credit_note",
        ("void", "credit_notes.void_credit_note"),
        (&["issued"], &["void"]),
        "it is in a state that can't be voided",
    ),
    UndoRule {
        asks: Asks::DeleteCustomers,
        ..delete("customer", "customers.delete")
    },
    stays("customer_session", SHORT_LIVED),
    archive("entitlements.feature", "entitlements.features.update"),
    stays("ephemeral_key", SHORT_LIVED),
    stays("file", "files can't be deleted"),
    UndoRule {
        resource: "file_link",
        ways: [
            Some(Way {
                when: When::Always,
                verb: "expire",
                operation: "file_links.update",
                field: Some(("expires_at", "now")),
            }),
            None,
        ],
        gone: When::Is("expired", &["true"]),
        ..PLAIN
    },
    stays("financial_connections.session", SHORT_LIVED),
    stays("forwarding.request", REQUESTED),
    end(
        "identity.verification_session",
        ("cancel", "identity.verification_sessions.cancel"),
        (&["requires_input"], CANCELED),
        "the person has been through it",
    ),
    UndoRule {
        resource: "invoice",
        ways: [
            way(When::Is("status", &["draft"]), "delete", "invoices.delete"),
            way(
                When::Is("status", &["open", "uncollectible"]),
                "void",
                "invoices.void_invoice",
            ),
        ],
        gone: When::Is("status", &["void"]),
        otherwise: "it is paid; a credit note or a refund gives the money back",
        ..PLAIN
    },
    UndoRule {
        invoice: Some("invoice"),
        ..delete("invoiceitem", "invoice_items.delete")
    },
    UndoRule {
        resource: "issuing.card",
        ways: [
            Some(Way {
                when: When::Always,
                verb: "cancel",
                operation: "issuing.cards.update",
                field: Some(("status", "canceled")),
            }),
            None,
        ],
        gone: When::Is("status", CANCELED),
        ..PLAIN
    },
    switch(
        "issuing.cardholder",
        "issuing.cardholders.update",
        ("status", "inactive"),
    ),
    stays("issuing.dispute", "a dispute can't be deleted"),
    stays("issuing.personalization_design", "a design can't be deleted"),
    end(
        "payment_intent",
        ("cancel", "payment_intents.cancel"),
        (
            &[
                "requires_payment_method",
                "requires_capture",
                "requires_confirmation",
                "requires_action",
                "processing",
            ],
            CANCELED,
        ),
        "the payment has succeeded; a refund gives it back",
    ),
    archive("payment_link", "payment_links.update"),
    UndoRule {
        resource: "payment_method",
        ways: [
            way(When::IsNot("customer", &[""]), "detach", "payment_methods.detach"),
            None,
        ],
        gone: When::Is("customer", &[""]),
        ..PLAIN
    },
    archive(
        "payment_method_configuration",
        "payment_method_configurations.update",
    ),
    switch(
        "payment_method_domain",
        "payment_method_domains.update",
        ("enabled", "false"),
    ),
    end(
        "payout",
        ("cancel", "payouts.cancel"),
        (&["pending"], CANCELED),
        "it is on its way to the bank",
    ),
    delete("plan", "plans.delete"),
    archive("price", "prices.update"),
    archive("product", "products.update"),
    archive(
        "product_catalog.trial_offer",
        "product_catalog.trial_offers.update",
    ),
    archive("promotion_code", "promotion_codes.update"),
    end(
        "quote",
        ("cancel", "quotes.cancel"),
        (&["draft", "open"], CANCELED),
        "it is accepted",
    ),
    stays("radar.payment_evaluation", REQUESTED),
    delete("radar.value_list", "radar.value_lists.delete"),
    delete("radar.value_list_item", "radar.value_list_items.delete"),
    end(
        "refund",
        ("cancel", "refunds.cancel"),
        (&["requires_action"], CANCELED),
        "the money was given back",
    ),
    stays("reporting.report_run", REQUESTED),
    end(
        "setup_intent",
        ("cancel", "setup_intents.cancel"),
        (
            &[
                "requires_payment_method",
                "requires_confirmation",
                "requires_action",
            ],
            CANCELED,
        ),
        "it has succeeded, or is being processed",
    ),
    archive("shipping_rate", "shipping_rates.update"),
    stays("source", "it is detached from its customer by hand"),
    end(
        "subscription",
        ("cancel", "subscriptions.cancel"),
        (
            &["active", "incomplete", "past_due", "paused", "trialing", "unpaid"],
            &["canceled", "incomplete_expired"],
        ),
        "it is in a state that can't be cancelled",
    ),
    delete("subscription_item", "subscription_items.delete"),
    end(
        "subscription_schedule",
        ("cancel", "subscription_schedules.cancel"),
        (&["not_started", "active"], CANCELED),
        "it is completed or released",
    ),
    stays("tax.calculation", REQUESTED),
    stays("tax.location", "a tax location can't be deleted"),
    UndoRule {
        resource: "tax.registration",
        ways: [
            Some(Way {
                when: When::Is("status", &["active", "scheduled"]),
                verb: "expire",
                operation: "tax.registrations.update",
                field: Some(("expires_at", "now")),
            }),
            None,
        ],
        gone: When::Is("status", &["expired"]),
        ..PLAIN
    },
    delete("tax_id", "tax_ids.delete"),
    archive("tax_rate", "tax_rates.update"),
    delete("terminal.configuration", "terminal.configurations.delete"),
    stays("terminal.connection_token", SHORT_LIVED),
    delete("terminal.location", "terminal.locations.delete"),
    stays("terminal.onboarding_link", SHORT_LIVED),
    delete("terminal.reader", "terminal.readers.delete"),
    UndoRule {
        // Its customers go with it: <https://docs.stripe.com/api/test_clocks/delete>.
        asks: Asks::DeleteCustomers,
        ..delete("test_helpers.test_clock", "test_helpers.test_clocks.delete")
    },
    stays("three_d_secure.authentication", REQUESTED),
    stays("token", SHORT_LIVED),
    end(
        "topup",
        ("cancel", "topups.cancel"),
        (&["pending"], CANCELED),
        "the money has arrived, or did not",
    ),
    stays("transfer", "money was moved; a reversal brings it back"),
    stays("treasury.credit_reversal", "money was moved"),
    stays("treasury.debit_reversal", "money was moved"),
    end(
        "treasury.financial_account",
        ("close", "treasury.financial_accounts.close"),
        (&["open"], &["closed"]),
        "it is in a state that can't be closed",
    ),
    end(
        "treasury.inbound_transfer",
        ("cancel", "treasury.inbound_transfers.cancel"),
        (&["processing"], CANCELED),
        "money was moved",
    ),
    end(
        "treasury.outbound_payment",
        ("cancel", "treasury.outbound_payments.cancel"),
        (&["processing"], CANCELED),
        "money was moved",
    ),
    end(
        "treasury.outbound_transfer",
        ("cancel", "treasury.outbound_transfers.cancel"),
        (&["processing"], CANCELED),
        "money was moved",
    ),
    delete("webhook_endpoint", "webhook_endpoints.delete"),
];

/// Finds the rule of a resource.
pub(super) fn rule_of(resource: &str) -> Option<&'static UndoRule> {
    RULES.iter().find(|rule| rule.resource == resource)
}
