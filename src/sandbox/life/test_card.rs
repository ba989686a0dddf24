/// A payment method of Stripe's test data. Source: <https://docs.stripe.com/testing>.
#[derive(Clone, Copy, Debug)]
pub(super) struct TestCard {
    /// What its names end with: `pm_card_visa`, `tok_visa`.
    name: &'static str,
    pub(super) brand: &'static str,
    pub(super) last4: &'static str,
    pub(super) verdict: Verdict,
}

/// What comes of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeeds,
    Declines(Decline),
    /// The customer would have to confirm it with the bank.
    NeedsAction,
}

/// How a payment is declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decline {
    pub(super) code: &'static str,
    pub(super) decline_code: &'static str,
    pub(super) message: &'static str,
}

const fn good(name: &'static str, brand: &'static str, last4: &'static str) -> TestCard {
    TestCard {
        name,
        brand,
        last4,
        verdict: Verdict::Succeeds,
    }
}

const fn bad(
    name: &'static str,
    last4: &'static str,
    code: &'static str,
    decline_code: &'static str,
) -> TestCard {
    let message = match code.as_bytes() {
        b"expired_card" => "Your card has expired.",
        b"incorrect_cvc" => "Your card's security code is incorrect.",
        b"processing_error" => "An error occurred while processing your card.",
        _ => "Your card was declined.",
    };
    TestCard {
        name,
        brand: "visa",
        last4,
        verdict: Verdict::Declines(Decline {
            code,
            decline_code,
            message,
        }),
    }
}

const CARDS: [TestCard; 21] = [
    good("visa", "visa", "4242"),
    good("visa_debit", "visa", "5556"),
    good("mastercard", "mastercard", "4444"),
    good("mastercard_debit", "mastercard", "8210"),
    good("mastercard_prepaid", "mastercard", "5100"),
    good("amex", "amex", "8431"),
    good("discover", "discover", "9424"),
    good("diners", "diners", "3237"),
    good("jcb", "jcb", "0505"),
    good("unionpay", "unionpay", "0005"),
    bad("chargeDeclined", "0002", "card_declined", "generic_decline"),
    bad("visa_chargeDeclined", "0002", "card_declined", "generic_decline"),
    bad(
        "chargeDeclinedInsufficientFunds",
        "9995",
        "card_declined",
        "insufficient_funds",
    ),
    bad(
        "visa_chargeDeclinedInsufficientFunds",
        "9995",
        "card_declined",
        "insufficient_funds",
    ),
    bad("chargeDeclinedLostCard", "9987", "card_declined", "lost_card"),
    bad("chargeDeclinedStolenCard", "9979", "card_declined", "stolen_card"),
    bad(
        "chargeDeclinedExpiredCard",
        "0069",
        "expired_card",
        "expired_card",
    ),
    bad(
        "chargeDeclinedIncorrectCvc",
        "0127",
        "incorrect_cvc",
        "incorrect_cvc",
    ),
    bad(
        "chargeDeclinedProcessingError",
        "0119",
        "processing_error",
        "processing_error",
    ),
    bad("chargeCustomerFail", "0341", "card_declined", "generic_decline"),
    TestCard {
        name: "authenticationRequired",
        brand: "visa",
        last4: "3184",
        verdict: Verdict::NeedsAction,
    },
];

/// Finds the card behind a name such as `pm_card_visa`. One that is not in the table is a Visa card that
/// succeeds, as most of Stripe's are.
pub(super) fn named(id: &str) -> Option<TestCard> {
    let name = ["pm_card_", "tok_"]
        .iter()
        .find_map(|prefix| id.strip_prefix(prefix))?;
    let known = CARDS.iter().find(|card| card.name == name);
    known.or(CARDS.first()).copied()
}

/// Finds the card with a number.
pub(super) fn numbered(last4: &str) -> Option<TestCard> {
    CARDS.iter().find(|card| card.last4 == last4).copied()
}
