use rust_decimal::RoundingStrategy;

use crate::model::Decimal;

use super::fault::Fault;
use super::number::too_large;

/// The most digits that a decimal has on one side of the point.
const DIGITS: u32 = 28;

/// Rounds to so many digits behind the point; negative ones stand before it.
pub(super) fn round_to(number: Decimal, digits: i64, rule: RoundingStrategy) -> Result<Decimal, Fault> {
    if let Ok(places) = u32::try_from(digits) {
        return Ok(number.round_dp_with_strategy(places.min(DIGITS), rule));
    }
    let places = usize::try_from(digits.unsigned_abs()).unwrap_or(usize::MAX);
    if places > DIGITS as usize {
        return Err(Fault::new(format!("numbers are rounded to at most {DIGITS} digits")).at(1));
    }
    let step = std::iter::repeat_n(Decimal::TEN, places)
        .try_fold(Decimal::ONE, |product, ten| product.checked_mul(ten))
        .ok_or_else(too_large)?;
    let steps = number.checked_div(step).ok_or_else(too_large)?;
    steps
        .round_dp_with_strategy(0, rule)
        .checked_mul(step)
        .ok_or_else(too_large)
}
