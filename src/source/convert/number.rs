use rust_decimal::Decimal;

use crate::model::Value;

/// Which characters a number may be written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Separators {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

impl Separators {
    fn decimal(self) -> char {
        match self {
            Separators::Point => '.',
            Separators::Comma => ',',
        }
    }

    fn group(self) -> char {
        match self {
            Separators::Point => ',',
            Separators::Comma => '.',
        }
    }

    fn other(self) -> Self {
        match self {
            Separators::Point => Separators::Comma,
            Separators::Comma => Separators::Point,
        }
    }

    fn declaration(self) -> &'static str {
        match self {
            Separators::Point => "decimal",
            Separators::Comma => "decimal(comma)",
        }
    }
}

/// Reads a cell as a whole number.
pub(super) fn to_integer(value: &Value) -> Result<Value, String> {
    let decimal = match value {
        Value::Integer(integer) => return Ok(Value::Integer(*integer)),
        Value::Decimal(decimal) => *decimal,
        Value::Text(text) => match parse_number(text, Separators::Point) {
            Some(decimal) => decimal,
            None => return Err(not_a_number(text, "a whole number", Separators::Point)),
        },
        other => return Err(format!("`{other}` is a {}, not a whole number", other.type_of())),
    };
    let whole = decimal.fract().is_zero().then(|| i64::try_from(decimal).ok());
    match whole.flatten() {
        Some(integer) => Ok(Value::Integer(integer)),
        None => Err(format!("`{value}` is not a whole number of 64 bits")),
    }
}

/// Reads a cell as a decimal.
pub(super) fn to_decimal(value: &Value, separators: Separators) -> Result<Value, String> {
    match value {
        Value::Integer(integer) => Ok(Value::Decimal(Decimal::from(*integer))),
        Value::Decimal(decimal) => Ok(Value::Decimal(*decimal)),
        Value::Text(text) => match parse_number(text, separators) {
            Some(decimal) => Ok(Value::Decimal(decimal)),
            None => Err(not_a_number(text, "a decimal", separators)),
        },
        other => Err(format!("`{other}` is a {}, not a decimal", other.type_of())),
    }
}

/// Reads a number as people write it, exactly or not at all: a sign, digits, groups of three with one
/// kind of separator between them, and decimals. No currency, no percent sign, no exponent.
pub(in crate::source) fn parse_number(text: &str, separators: Separators) -> Option<Decimal> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match digits.split_once(separators.decimal()) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    if fraction.is_some_and(|fraction| !is_digits(fraction)) {
        return None;
    }
    let mut plain = String::with_capacity(text.len() + 1);
    if negative {
        plain.push('-');
    }
    push_groups(&mut plain, whole, separators.group())?;
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    parse_exact(&plain)
}

/// Reads plain digits with a point, or fails when 28 digits don't hold the number exactly.
pub(in crate::source) fn parse_exact(plain: &str) -> Option<Decimal> {
    Decimal::from_str_exact(plain).ok()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds the digits of a whole number. Groups are of three, and all have the same separator: the usual
/// one of the notation, a space that does not break, a space or an apostrophe.
fn push_groups(plain: &mut String, whole: &str, group: char) -> Option<()> {
    if is_digits(whole) {
        plain.push_str(whole);
        return Some(());
    }
    let separator = whole.chars().find(|letter| !letter.is_ascii_digit())?;
    if separator != group && !matches!(separator, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}') {
        return None;
    }
    for (index, part) in whole.split(separator).enumerate() {
        let fits = match index {
            0 => (1..=3).contains(&part.len()),
            _ => part.len() == 3,
        };
        if !fits || !is_digits(part) {
            return None;
        }
        plain.push_str(part);
    }
    Some(())
}

fn not_a_number(text: &str, wanted: &str, separators: Separators) -> String {
    let trimmed = text.trim();
    if is_scientific(trimmed) {
        return format!("`{trimmed}` is not {wanted}: a spreadsheet has rounded it, and its digits are lost");
    }
    let other = separators.other();
    match parse_number(trimmed, other) {
        Some(_) => format!(
            "`{trimmed}` is not {wanted}; declare the column as {}",
            other.declaration()
        ),
        None => format!("`{trimmed}` is not {wanted}"),
    }
}

/// Tells whether a text is a number with an exponent, such as `1.9E+18`.
pub(in crate::source) fn is_scientific(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    is_digits(whole) && is_digits(fraction) && is_digits(exponent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};
    use rust_decimal::Decimal;

    use super::{Separators, not_a_number, parse_number};

    fn point(text: &str) -> Option<String> {
        parse_number(text, Separators::Point).map(|number| number.to_string())
    }

    fn comma(text: &str) -> Option<String> {
        parse_number(text, Separators::Comma).map(|number| number.to_string())
    }

    #[test]
    fn numbers_keep_every_digit() {
        for text in [
            "0.1",
            "12.50",
            "-3",
            "1234567890123456.789012345678",
            "0.0000000000000000000000000001",
        ] {
            assert_eq!(point(text).as_deref(), Some(text));
        }
        assert_eq!(point(" +7 ").as_deref(), Some("7"));
        assert_eq!(point("\u{2212}7").as_deref(), Some("-7"));
    }

    #[test]
    fn groups_of_three_may_be_set_apart() {
        assert_eq!(point("1,234,567.89").as_deref(), Some("1234567.89"));
        assert_eq!(comma("1.234,56").as_deref(), Some("1234.56"));
        assert_eq!(comma("1\u{202f}234,56").as_deref(), Some("1234.56"));
        assert_eq!(point("1'234.50").as_deref(), Some("1234.50"));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "12,50",
            "1,23,456",
            "1,2345",
            ",123",
            "1,234 567",
            "1.2.3",
            "12-",
            "(12)",
            "€ 5",
            "5 %",
            "1e3",
            ".5",
            "5.",
            "",
            "-",
            "12,x",
            "1234,567",
        ] {
            assert_eq!(point(text), None, "{text}");
        }
        assert_eq!(comma("12.50"), None);
    }

    #[test]
    fn more_digits_than_can_be_held_are_refused() {
        assert_eq!(point("0.00000000000000000000000000001"), None);
        assert_eq!(point("99999999999999999999999999999999"), None);
    }

    #[test]
    fn a_comma_where_a_point_belongs_is_explained() {
        let problem = |text| not_a_number(text, "a decimal", Separators::Point);
        assert_eq!(
            problem("12,50"),
            "`12,50` is not a decimal; declare the column as decimal(comma)"
        );
        assert_eq!(problem("12,x"), "`12,x` is not a decimal");
        assert_eq!(
            problem("1.9E+18"),
            "`1.9E+18` is not a decimal: a spreadsheet has rounded it, and its digits are lost"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_decimal_reads_back_as_itself(mantissa in any::<i64>(), scale in 0u32..=28) {
            let number = Decimal::new(mantissa, scale);
            proptest::prop_assert_eq!(point(&number.to_string()), Some(number.to_string()));
            let with_comma = number.to_string().replace('.', ",");
            proptest::prop_assert_eq!(comma(&with_comma), Some(number.to_string()));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = (point(&text), comma(&text), not_a_number(&text, "a decimal", Separators::Point));
        }
    }
}
