use std::fmt;

use rust_decimal::Decimal;
use thiserror::Error;

/// Currencies without minor units. Source: <https://docs.stripe.com/currencies#zero-decimal>.
///
/// This is Stripe's list, not ISO 4217's: MGA has none here, while ISK and UGX are sent with two decimals.
const ZERO_DECIMALS: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
];

/// Currencies with three decimals, of which Stripe wants the last to be 0.
/// Source: <https://docs.stripe.com/currencies#three-decimal> (as of 2024).
const THREE_DECIMALS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// Currencies whose two decimals must be `00`.
/// Source: <https://docs.stripe.com/currencies#special-cases>.
const WHOLE_AMOUNTS: [&str; 2] = ["isk", "ugx"];

/// A three-letter currency code in lower case, as Stripe writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads a code in any case. Errors when it is not three ASCII letters.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        match text.trim().as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Ok(Currency([a, b, c].map(|letter| letter.to_ascii_lowercase())))
            }
            _ => Err(MoneyError::NoCurrency {
                text: text.to_owned(),
            }),
        }
    }

    /// Gives the code in lower case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Gives the number of decimals that Stripe's minor unit stands for: 0, 2 or 3.
    pub fn exponent(self) -> u32 {
        if ZERO_DECIMALS.contains(&self.code()) {
            0
        } else if THREE_DECIMALS.contains(&self.code()) {
            3
        } else {
            2
        }
    }

    /// Gives the step, in minor units, that amounts of this currency must be a multiple of.
    fn granularity(self) -> i64 {
        if WHOLE_AMOUNTS.contains(&self.code()) {
            100
        } else if THREE_DECIMALS.contains(&self.code()) {
            10
        } else {
            1
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Minor units: cents for `usd`, yen for `jpy`.
    pub minor: i64,
    /// The currency that the minor units belong to.
    pub currency: Currency,
}

impl Money {
    /// Turns an amount in major units into minor units, and rejects what would need rounding.
    pub fn from_major(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let too_fine = || MoneyError::TooFine { amount, currency };
        let scale = Decimal::from(10_i64.pow(currency.exponent()));
        let minor = amount.checked_mul(scale).ok_or(MoneyError::TooLarge { amount })?;
        if !minor.fract().is_zero() {
            return Err(too_fine());
        }
        let minor = i64::try_from(minor).map_err(|_| MoneyError::TooLarge { amount })?;
        if minor % currency.granularity() != 0 {
            return Err(too_fine());
        }
        Ok(Money { minor, currency })
    }

    /// Gives the amount in major units, with the currency's own number of decimals.
    pub fn to_major(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }
}

/// Writes major units and the code: `1250.00 usd`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_major(), self.currency)
    }
}

/// Why an amount or a currency was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The text is no currency code.
    #[error("`{text}` is not a three-letter currency code")]
    NoCurrency {
        /// What stood there.
        text: String,
    },
    /// The amount has more decimals than the currency allows.
    #[error("{amount} {currency} has more decimals than Stripe takes for {currency}; round it first")]
    TooFine {
        /// The amount in major units.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
    },
    /// The amount does not fit 64 bits of minor units.
    #[error("{amount} is too large for an amount")]
    TooLarge {
        /// The amount in major units.
        amount: Decimal,
    },
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money};

    fn minor(amount: &str, code: &str) -> Result<i64, String> {
        let currency = Currency::parse(code).map_err(|error| error.to_string())?;
        Money::from_major(amount.parse().expect("a decimal"), currency)
            .map(|money| money.minor)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn minor_units_follow_stripes_table() {
        assert_eq!(minor("12.50", "USD"), Ok(1250));
        assert_eq!(minor("500", "jpy"), Ok(500));
        assert_eq!(minor("5", "isk"), Ok(500));
        assert_eq!(minor("5.120", "kwd"), Ok(5120));
        assert_eq!(minor("7", "mga"), Ok(7));
    }

    #[test]
    fn what_would_need_rounding_is_rejected() {
        for (amount, code) in [
            ("0.005", "usd"),
            ("1.5", "jpy"),
            ("5.50", "ugx"),
            ("5.124", "kwd"),
        ] {
            assert!(minor(amount, code).is_err(), "{amount} {code}");
        }
    }

    #[test]
    fn major_units_have_the_currencys_decimals() {
        let currency = Currency::parse("usd").expect("a code");
        assert_eq!(
            Money {
                minor: 125_000,
                currency
            }
            .to_string(),
            "1250.00 usd"
        );
    }
}
