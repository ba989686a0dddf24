use std::cmp::Ordering;

use crate::model::{Decimal, Value};

use super::fault::Fault;

/// An exact number: an integer as long as it fits, else a decimal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Integer(i64),
    Decimal(Decimal),
}

impl Number {
    /// Reads plain digits: an optional sign, digits, and optionally a point and digits (`.5` too). White space
    /// around them is passed over. Signs of thousands, decimal commas and exponents are refused.
    pub(super) fn parse(text: &str) -> Option<Number> {
        let text = text.trim();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if fraction.is_empty() || digits.is_empty() || !plain(whole) || !plain(fraction) {
            return None;
        }
        if !digits.contains('.')
            && let Ok(integer) = text.parse()
        {
            return Some(Number::Integer(integer));
        }
        Decimal::from_str_exact(text).ok().map(Number::Decimal)
    }

    pub(super) fn to_decimal(self) -> Decimal {
        match self {
            Number::Integer(integer) => Decimal::from(integer),
            Number::Decimal(decimal) => decimal,
        }
    }

    /// Gives the integer when nothing is lost: `1.00` is 1, `1.5` is none.
    pub(super) fn to_integer(self) -> Option<i64> {
        match self {
            Number::Integer(integer) => Some(integer),
            Number::Decimal(decimal) if decimal.fract().is_zero() => i64::try_from(decimal.trunc()).ok(),
            Number::Decimal(_) => None,
        }
    }

    pub(super) fn add(self, other: Number) -> Result<Number, Fault> {
        self.combine(other, i64::checked_add, |a, b| a.checked_add(b))
    }

    pub(super) fn subtract(self, other: Number) -> Result<Number, Fault> {
        self.combine(other, i64::checked_sub, |a, b| a.checked_sub(b))
    }

    pub(super) fn multiply(self, other: Number) -> Result<Number, Fault> {
        self.combine(other, i64::checked_mul, |a, b| a.checked_mul(b))
    }

    /// Divides to 28 digits; always a decimal.
    pub(super) fn divide(self, other: Number) -> Result<Number, Fault> {
        let (dividend, divisor) = (self.to_decimal(), other.to_decimal());
        if divisor.is_zero() {
            return Err(Fault::new("division by zero").at(1));
        }
        dividend
            .checked_div(divisor)
            .map(Number::Decimal)
            .ok_or_else(too_large)
    }

    /// Gives what is left of a division, with the sign of the divisor.
    pub(super) fn remainder(self, other: Number) -> Result<Number, Fault> {
        if other.to_decimal().is_zero() {
            return Err(Fault::new("division by zero").at(1));
        }
        if let (Number::Integer(dividend), Number::Integer(divisor)) = (self, other) {
            let rest = dividend.checked_rem(divisor).unwrap_or(0);
            let turned = rest != 0 && (rest < 0) != (divisor < 0);
            return Ok(Number::Integer(if turned { rest + divisor } else { rest }));
        }
        let divisor = other.to_decimal();
        let rest = self.to_decimal().checked_rem(divisor).ok_or_else(too_large)?;
        let turned = !rest.is_zero() && rest.is_sign_negative() != divisor.is_sign_negative();
        let rest = if turned {
            rest.checked_add(divisor).ok_or_else(too_large)?
        } else {
            rest
        };
        Ok(Number::Decimal(rest))
    }

    pub(super) fn negate(self) -> Number {
        match self {
            Number::Integer(integer) => match integer.checked_neg() {
                Some(negated) => Number::Integer(negated),
                None => Number::Decimal(-Decimal::from(integer)),
            },
            Number::Decimal(decimal) if decimal.is_zero() => Number::Decimal(decimal),
            Number::Decimal(decimal) => Number::Decimal(-decimal),
        }
    }

    fn combine(
        self,
        other: Number,
        integers: fn(i64, i64) -> Option<i64>,
        decimals: fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Result<Number, Fault> {
        if let (Number::Integer(left), Number::Integer(right)) = (self, other)
            && let Some(result) = integers(left, right)
        {
            return Ok(Number::Integer(result));
        }
        decimals(self.to_decimal(), other.to_decimal())
            .map(Number::Decimal)
            .ok_or_else(too_large)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        match number {
            Number::Integer(integer) => Value::Integer(integer),
            Number::Decimal(decimal) => Value::Decimal(decimal),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Number::Integer(left), Number::Integer(right)) => left.cmp(right),
            _ => self.to_decimal().cmp(&other.to_decimal()),
        }
    }
}

/// Says that a result has more than 28 digits before the point.
pub(super) fn too_large() -> Fault {
    Fault::new("the result has more digits than an exact number can hold")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::Number;
    use crate::eval::testing::any_decimal;
    use crate::model::Value;

    fn number(text: &str) -> Number {
        Number::parse(text).expect("the text is a number")
    }

    fn shown(result: Result<Number, super::Fault>) -> String {
        match result {
            Ok(number) => Value::from(number).to_string(),
            Err(fault) => fault.message,
        }
    }

    #[test]
    fn plain_digits_are_numbers_and_nothing_else_is() {
        for text in ["1200", " -3.50 ", "+7", "\u{a0}12", ".5", "9223372036854775808"] {
            assert!(Number::parse(text).is_some(), "{text}");
        }
        for text in [
            "", "-", "12,00", "1 200", "1e3", "0x10", "5.", ".", "1_000", "--1", "١٢", "NaN", "1.2.3", "$5",
        ] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
        assert!(Number::parse(&"9".repeat(40)).is_none());
        assert!(Number::parse("0.00000000000000000000000000001").is_none());
    }

    #[test]
    fn integers_that_leave_64_bits_go_on_as_decimals() {
        let most = Number::Integer(i64::MAX);
        assert_eq!(shown(most.add(Number::Integer(1))), "9223372036854775808");
        assert_eq!(
            shown(Number::Integer(i64::MIN).subtract(Number::Integer(1))),
            "-9223372036854775809"
        );
        assert_eq!(
            shown(Ok(Number::Integer(i64::MIN).negate())),
            "9223372036854775808"
        );
        assert!(shown(most.multiply(most)).contains("more digits"));
    }

    #[test]
    fn division_is_exact_to_28_digits_and_never_by_zero() {
        assert_eq!(
            shown(number("1").divide(number("3"))),
            "0.3333333333333333333333333333"
        );
        assert_eq!(shown(number("10.00").divide(number("4"))), "2.50");
        assert_eq!(shown(number("1").divide(number("0.00"))), "division by zero");
        assert_eq!(shown(number("1").remainder(number("0"))), "division by zero");
    }

    #[test]
    fn the_rest_has_the_sign_of_the_divisor() {
        for (dividend, divisor, rest) in [
            ("7", "3", "1"),
            ("-7", "3", "2"),
            ("7", "-3", "-2"),
            ("-7.5", "2", "0.5"),
        ] {
            assert_eq!(
                shown(number(dividend).remainder(number(divisor))),
                rest,
                "{dividend} % {divisor}"
            );
        }
        assert_eq!(shown(Number::Integer(i64::MIN).remainder(number("-1"))), "0");
    }

    proptest! {
        #[test]
        fn whole_arithmetic_is_exact(left in any::<i64>(), right in any::<i64>()) {
            let (wide_left, wide_right) = (i128::from(left), i128::from(right));
            let (one, other) = (Number::Integer(left), Number::Integer(right));
            prop_assert_eq!(shown(one.add(other)), (wide_left + wide_right).to_string());
            prop_assert_eq!(shown(one.subtract(other)), (wide_left - wide_right).to_string());
            if let Ok(product) = one.multiply(other) {
                prop_assert_eq!(Value::from(product).to_string(), (wide_left * wide_right).to_string());
            }
            prop_assert_eq!(one.cmp(&other), left.cmp(&right));
        }

        #[test]
        fn no_two_decimals_make_arithmetic_fail_hard(left in any_decimal(), right in any_decimal()) {
            let (one, other) = (Number::Decimal(left), Number::Decimal(right));
            for compute in [Number::add, Number::subtract, Number::multiply, Number::divide, Number::remainder] {
                prop_assert!(!shown(compute(one, other)).is_empty());
            }
        }

        #[test]
        fn written_numbers_read_back(number in any_decimal()) {
            prop_assert_eq!(Number::parse(&number.to_string()), Some(Number::Decimal(number)));
        }
    }
}
