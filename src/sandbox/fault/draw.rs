use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::{FaultKind, Faults};
use crate::sandbox::call::Call;
use crate::sandbox::ids;

/// How many requests are remembered before all are forgotten: some 24 MiB.
const REMEMBERED: usize = 1_000_000;

/// Draws what happens to each request.
#[derive(Debug)]
pub(in crate::sandbox) struct Dice {
    faults: RwLock<Faults>,
    seed: u64,
    /// How many times each request came.
    attempts: Mutex<HashMap<u64, u32>>,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Drawn {
    pub(in crate::sandbox) kind: FaultKind,
    /// A number that chooses among the forms of a fault.
    pub(in crate::sandbox) number: usize,
}

impl Dice {
    pub(in crate::sandbox) fn new(faults: Faults, seed: u64) -> Self {
        Dice {
            faults: RwLock::new(faults),
            seed,
            attempts: Mutex::default(),
        }
    }

    pub(in crate::sandbox) fn faults(&self) -> Faults {
        *self.faults.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets other things go wrong from now on.
    pub(in crate::sandbox) fn set_faults(&self, faults: Faults) {
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// Draws what happens to this request, this time.
    pub(in crate::sandbox) fn draw(&self, call: &Call) -> Option<Drawn> {
        let faults = self.faults();
        if faults.is_none() {
            return None;
        }
        let name = name(self.seed, call);
        let mut random = fastrand::Rng::with_seed(name.wrapping_add(u64::from(self.attempt(name))));
        let drawn: Vec<FaultKind> = FaultKind::ALL
            .into_iter()
            .filter(|kind| faults.happens(*kind, &mut random))
            .filter(|kind| !kind.needs_key() || call.key().is_some())
            .collect();
        Some(Drawn {
            kind: random.choice(drawn)?,
            number: random.usize(..),
        })
    }

    /// Counts the times that a request came, from 0.
    fn attempt(&self, name: u64) -> u32 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if attempts.len() >= REMEMBERED {
            attempts.clear();
        }
        let attempt = attempts.entry(name).or_default();
        *attempt = attempt.wrapping_add(1);
        attempt.wrapping_sub(1)
    }
}

/// Names a request by what stays the same when it is sent again.
fn name(seed: u64, call: &Call) -> u64 {
    let mut digest = Sha256::new_with_prefix(seed.to_le_bytes());
    match call.key() {
        Some(key) => digest.update(key),
        None => {
            let texts = [
                call.method.as_bytes(),
                call.path.as_bytes(),
                call.query.as_bytes(),
            ];
            for part in texts.into_iter().chain([&*call.body]) {
                digest.update(part.len().to_le_bytes());
                digest.update(part);
            }
        }
    }
    ids::number(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::{Dice, FaultKind, Faults};
    use crate::sandbox::FaultRate;
    use crate::sandbox::call::Call;

    fn call(key: &str) -> Call {
        Call {
            method: "POST".to_owned(),
            path: "/v1/customers".to_owned(),
            idempotency_key: Some(key.to_owned()),
            ..Call::default()
        }
    }

    fn dice(text: &str, seed: u64) -> Dice {
        let rate: FaultRate = text.parse().expect("a fault");
        Dice::new(Faults::from_iter([rate]), seed)
    }

    fn kind(dice: &Dice, call: &Call) -> Option<FaultKind> {
        dice.draw(call).map(|drawn| drawn.kind)
    }

    /// What happens to a hundred requests that are sent three times each, in this order.
    fn drawn(dice: &Dice, order: impl Iterator<Item = usize>) -> Vec<Vec<Option<FaultKind>>> {
        let mut all = vec![Vec::new(); 100];
        for number in order {
            let times = (0..3).map(|_| kind(dice, &call(&format!("key-{number}"))));
            all[number] = times.collect();
        }
        all
    }

    #[test]
    fn what_happens_follows_from_seed_and_request_and_not_from_the_order() {
        let forwards = drawn(&dice("all=0.1", 7), 0..100);
        assert_eq!(forwards, drawn(&dice("all=0.1", 7), (0..100).rev()));
        assert_ne!(forwards, drawn(&dice("all=0.1", 8), 0..100));
        assert!(
            forwards.iter().any(|times| times[0] != times[1]),
            "a retry is drawn anew"
        );
    }

    #[test]
    fn kinds_happen_about_as_often_as_they_should() {
        let dice = dice("drop-after=0.1", 1);
        let happened = (0..10_000).filter(|number| dice.draw(&call(&number.to_string())).is_some());
        assert!((900..1_100).contains(&happened.count()));
    }

    #[test]
    fn a_conflict_needs_a_key() {
        let dice = dice("409=1", 1);
        assert_eq!(kind(&dice, &call("k")), Some(FaultKind::Conflict));
        let read = Call {
            method: "GET".to_owned(),
            ..call("k")
        };
        assert_eq!(kind(&dice, &read), None);
    }
}
