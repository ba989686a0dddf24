/// The least that can be charged, in minor units. Source: <https://docs.stripe.com/currencies>.
///
/// Currencies that Stripe's page does not name have none here.
const MINIMUMS: [(&str, i64); 24] = [
    ("usd", 50),
    ("aud", 50),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("eur", 50),
    ("inr", 50),
    ("nzd", 50),
    ("sgd", 50),
    ("gbp", 30),
    ("jpy", 50),
    ("krw", 50),
    ("aed", 200),
    ("myr", 200),
    ("pln", 200),
    ("ron", 200),
    ("dkk", 250),
    ("nok", 300),
    ("sek", 300),
    ("hkd", 400),
    ("mxn", 1_000),
    ("thb", 1_000),
    ("czk", 1_500),
    ("huf", 17_500),
];

/// Gives the least amount of a currency that can be charged.
pub(super) fn of(currency: &str) -> i64 {
    let found = MINIMUMS.iter().find(|(code, _)| *code == currency);
    found.map_or(0, |(_, minimum)| *minimum)
}
