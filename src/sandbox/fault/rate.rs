use std::str::FromStr;
use std::time::Duration;

use super::FaultKind;
use crate::model::Decimal;

/// Parts of a whole in which probabilities are counted.
const WHOLE: u32 = 1_000_000;

/// Which faults happen, and how often. Each kind is drawn by itself; one of those that were drawn happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// In millionths, by the kind's place.
    parts: [u32; FaultKind::ALL.len()],
    /// How long a stalled answer takes: longer than a client waits.
    pub stall: Duration,
    /// How long each piece of a slow answer takes. There are four.
    pub piece: Duration,
}

impl Default for Faults {
    /// None at all; a stall would be of 90 seconds, ten more than Stripe's own libraries wait.
    fn default() -> Self {
        Faults {
            parts: [0; FaultKind::ALL.len()],
            stall: Duration::from_secs(90),
            piece: Duration::from_millis(250),
        }
    }
}

impl Faults {
    /// Tells whether nothing can happen.
    pub fn is_none(&self) -> bool {
        self.parts.iter().all(|parts| *parts == 0)
    }

    /// Draws a kind by its own probability.
    pub(super) fn happens(&self, kind: FaultKind, random: &mut fastrand::Rng) -> bool {
        random.u32(0..WHOLE) < self.parts[kind.index()]
    }
}

impl FromIterator<FaultRate> for Faults {
    /// Takes the probabilities of kinds, or of all kinds; the last word on a kind holds.
    fn from_iter<Rates: IntoIterator<Item = FaultRate>>(rates: Rates) -> Self {
        let mut faults = Faults::default();
        for rate in rates {
            match rate.kind {
                Some(kind) => faults.parts[kind.index()] = rate.parts,
                None => faults.parts.fill(rate.parts),
            }
        }
        faults
    }
}

/// How often a fault happens, as `drop-after=0.1`. The kind `all` stands for every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRate {
    kind: Option<FaultKind>,
    parts: u32,
}

/// Why a text is no fault with its probability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultRateError {
    /// There is no `=`.
    #[error("expected KIND=PROBABILITY, such as `drop-after=0.1`, and found `{text}`")]
    Form {
        /// What was given.
        text: String,
    },
    /// There is no such kind.
    #[error("`{name}` is no kind of fault: {}, or all", names())]
    Kind {
        /// What was given.
        name: String,
    },
    /// The number is none, or lies outside.
    #[error("expected a probability from 0 to 1, such as `0.1`, and found `{text}`")]
    Probability {
        /// What was given.
        text: String,
    },
}

fn names() -> String {
    FaultKind::ALL.map(FaultKind::as_str).join(", ")
}

impl FromStr for FaultRate {
    type Err = FaultRateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((name, probability)) = text.split_once('=') else {
            return Err(FaultRateError::Form {
                text: text.to_owned(),
            });
        };
        let kind = match (name.trim(), FaultKind::parse(name.trim())) {
            ("all", _) => None,
            (_, Some(kind)) => Some(kind),
            (name, None) => {
                return Err(FaultRateError::Kind {
                    name: name.to_owned(),
                });
            }
        };
        match parts(probability.trim()) {
            Some(parts) => Ok(FaultRate { kind, parts }),
            None => Err(FaultRateError::Probability {
                text: probability.to_owned(),
            }),
        }
    }
}

/// Reads a probability in millionths.
fn parts(text: &str) -> Option<u32> {
    let probability: Decimal = text.parse().ok()?;
    if probability < Decimal::ZERO || probability > Decimal::ONE {
        return None;
    }
    u32::try_from((probability * Decimal::from(WHOLE)).round()).ok()
}

#[cfg(test)]
mod tests {
    use super::{FaultKind, FaultRate, Faults};

    fn faults(texts: &[&str]) -> Faults {
        texts
            .iter()
            .map(|text| text.parse::<FaultRate>().expect("a fault"))
            .collect()
    }

    #[test]
    fn the_last_word_on_a_kind_holds() {
        assert!(Faults::default().is_none());
        let faults = faults(&["all=0.1", "stall=0", "429=1"]);
        let parts = |kind: FaultKind| faults.parts[kind.index()];
        assert_eq!(parts(FaultKind::DropAfter), 100_000);
        assert_eq!(
            (parts(FaultKind::Stall), parts(FaultKind::TooMany)),
            (0, 1_000_000)
        );
        assert!(!faults.is_none());
    }

    #[test]
    fn what_is_no_fault_says_what_would_be_one() {
        let problem = |text: &str| text.parse::<FaultRate>().expect_err("no fault").to_string();
        assert!(problem("drop-after").starts_with("expected KIND=PROBABILITY"));
        assert!(problem("drop=0.1").contains("drop-before, drop-after"));
        for text in ["429=1.1", "429=-1", "429=often", "429="] {
            assert!(problem(text).contains("from 0 to 1"), "{text}");
        }
    }
}
