use crate::model::{Currency, Form, Money};

/// Which way an operation moves money: to the account, or away from it.
#[derive(Clone, Copy)]
enum Direction {
    Charged,
    GivenBack,
}

/// The objects that move money when they are made, with the amount's parameter (in minor units) and the
/// currency's. Prices, products and coupons set terms and move nothing.
const MOVING: &[(&str, &str, &str, Direction)] = &[
    ("invoiceitem", "amount", "currency", Direction::Charged),
    ("payment_intent", "amount", "currency", Direction::Charged),
    ("charge", "amount", "currency", Direction::Charged),
    ("refund", "amount", "currency", Direction::GivenBack),
    ("credit_note", "amount", "currency", Direction::GivenBack),
    ("payout", "amount", "currency", Direction::GivenBack),
    ("topup", "amount", "currency", Direction::Charged),
    ("transfer", "amount", "currency", Direction::GivenBack),
];

/// Gives the money that making an object of `resource` with this form moves; negative when it goes
/// back to the customer or leaves the account. `None` when it moves none, or when that is not known.
pub fn money_moved(resource: &str, form: &Form) -> Option<Money> {
    let (_, amount, currency, direction) = MOVING.iter().find(|(moving, ..)| *moving == resource)?;
    let currency = Currency::parse(form.text(currency)?).ok()?;
    let minor: i64 = form.text(amount)?.parse().ok()?;
    let minor = match direction {
        Direction::Charged => minor,
        Direction::GivenBack => minor.checked_neg()?,
    };
    Some(Money { minor, currency })
}
