use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::object::{Object, decimal, has, id_of, inner, int, is_set, owned, set, text, texts};
use super::{amount, coupon, promotion_code};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// What a discount is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bearer<'a> {
    pub(super) customer: &'a str,
    /// The field of the discount that names the bearer: `invoice`, `invoice_item`, `subscription` or
    /// `subscription_item`.
    pub(super) field: &'static str,
    pub(super) id: &'a str,
    pub(super) currency: &'a str,
}

/// Makes the discounts that a `discounts` parameter asks for, and gives their ids.
pub(super) fn redeem(
    work: &mut Work<'_>,
    wanted: &[Value],
    bearer: Bearer<'_>,
) -> Result<Vec<String>, Refusal> {
    let mut ids = Vec::with_capacity(wanted.len());
    for entry in wanted.iter().filter_map(Value::as_object) {
        if let Some(known) = text(entry, "discount") {
            if work.read("discount", known).is_none() {
                return Err(Refusal::no_such(400, "discount", known).param("discounts"));
            }
            ids.push(known.to_owned());
            continue;
        }
        ids.push(redeem_one(work, entry, bearer)?);
    }
    Ok(ids)
}

fn redeem_one(work: &mut Work<'_>, entry: &Object, bearer: Bearer<'_>) -> Result<String, Refusal> {
    let code = match text(entry, "promotion_code") {
        Some(id) => Some(promotion_code::use_up(work, id, bearer.customer)?),
        None => None,
    };
    let promoted = code
        .as_ref()
        .and_then(|code| inner(code, "promotion"))
        .and_then(|promotion| text(promotion, "coupon"));
    let Some(coupon) = text(entry, "coupon").or(promoted) else {
        return Err(Refusal::missing("discounts[0][coupon]"));
    };
    let coupon = coupon::use_up(work, coupon, bearer.currency)?;
    let mut discount = work.make("discount", &Object::new())?;
    set(&mut discount, "customer", bearer.customer);
    set(&mut discount, bearer.field, bearer.id);
    set(&mut discount, "promotion_code", code.as_ref().map(id_of));
    set(
        &mut discount,
        "source",
        json!({"coupon": id_of(&coupon), "type": "coupon"}),
    );
    set(&mut discount, "start", work.now);
    set(&mut discount, "end", end(work.now, &coupon));
    let id = id_of(&discount);
    work.save(discount);
    Ok(id)
}

/// Gives when the discount of a repeating coupon ends.
fn end(now: i64, coupon: &Object) -> Option<i64> {
    match text(coupon, "duration") {
        Some("repeating") => super::period::after(now, "month", int(coupon, "duration_in_months")),
        _ => None,
    }
}

/// How much a discount takes off.
#[derive(Clone, Debug)]
pub(super) struct Reduction {
    /// The discount's id.
    pub(super) id: String,
    off: Off,
    /// The products that it is for; of all when there are none.
    products: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Off {
    Percent(Decimal),
    Amount(i64),
}

/// Reads what a discount takes off, from its coupon.
pub(super) fn reduction(work: &Work<'_>, id: &str) -> Option<Reduction> {
    let discount = work.read("discount", id)?;
    let coupon = text(inner(&discount, "source")?, "coupon")?.to_owned();
    // One that was deleted goes on in the discounts that it gave.
    let coupon = work.get("coupon", &coupon)?.object();
    let off = match decimal(&coupon, "percent_off") {
        Some(percent) => Off::Percent(percent),
        None => Off::Amount(int(&coupon, "amount_off")),
    };
    Some(Reduction {
        id: id.to_owned(),
        off,
        products: inner(&coupon, "applies_to").map_or(Vec::new(), |only| texts(only, "products")),
    })
}

impl Reduction {
    /// Tells whether it is for a line.
    pub(super) fn is_for(&self, line: &Object) -> bool {
        let product = || {
            let details = inner(inner(line, "pricing")?, "price_details")?;
            Some(owned(details, "product"))
        };
        is_set(line, "discountable")
            && has(line, "amount")
            && (self.products.is_empty() || product().is_some_and(|product| self.products.contains(&product)))
    }

    /// Takes it off the amounts that are left, and gives how much it took off each. Amounts below zero
    /// are left alone.
    pub(super) fn take_off(&self, left: &mut [i64], is_for: &[bool]) -> Result<Vec<i64>, Refusal> {
        let weights: Vec<i64> = left
            .iter()
            .zip(is_for)
            .map(|(left, is_for)| if *is_for { (*left).max(0) } else { 0 })
            .collect();
        let base: i64 = weights.iter().sum();
        let off = match self.off {
            Off::Percent(percent) => amount::percent(base, percent)?,
            Off::Amount(amount) => amount.min(base),
        };
        let parts = amount::split(off, &weights)?;
        left.iter_mut().zip(&parts).for_each(|(left, part)| *left -= part);
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{Off, Reduction};

    fn off(off: Off) -> Reduction {
        Reduction {
            id: "di_1".to_owned(),
            off,
            products: Vec::new(),
        }
    }

    #[test]
    fn a_discount_never_takes_more_than_there_is() {
        let mut left = [300, 200, -100];
        let taken = off(Off::Amount(10_000)).take_off(&mut left, &[true, true, true]);
        assert_eq!((taken, left), (Ok(vec![300, 200, 0]), [0, 0, -100]));
    }

    #[test]
    fn percents_are_of_what_is_left() {
        let mut left = [333, 667, 500];
        let half = off(Off::Percent(Decimal::from(50)));
        assert_eq!(
            half.take_off(&mut left, &[true, true, false]),
            Ok(vec![167, 333, 0])
        );
        assert_eq!(
            half.take_off(&mut left, &[true, true, false]),
            Ok(vec![83, 167, 0])
        );
        assert_eq!(left, [83, 167, 500]);
    }
}
