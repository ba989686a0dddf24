use fastrand::Rng;
use sha2::{Digest, Sha256};

use crate::catalog::Resource;

/// Spreads neighbouring counters over all seeds (the golden ratio in 64 bits).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Makes the random numbers of one object: the same seed and counter give the same ones.
pub(super) fn random(seed: u64, counter: u64) -> Rng {
    Rng::with_seed(seed ^ counter.wrapping_mul(SPREAD))
}

/// Where the ids of one request come from: from its idempotency key, so that they don't depend on the order of
/// requests that run side by side; without one from the order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Births {
    seed: u64,
    first: u64,
}

impl Births {
    /// Prepares the ids of a request whose first new object gets the number `next`.
    pub(super) fn new(seed: u64, key: Option<&str>, next: u64) -> Self {
        match key {
            None => Births { seed, first: 0 },
            Some(key) => Births {
                seed: number(
                    &Sha256::new_with_prefix(seed.to_le_bytes())
                        .chain_update(key)
                        .finalize(),
                ),
                first: next,
            },
        }
    }

    /// Makes the random numbers of the object with this number.
    pub(super) fn random(self, sequence: u64) -> Rng {
        random(self.seed, sequence.saturating_sub(self.first))
    }
}

/// Reads the beginning of a digest as a number.
pub(super) fn number(digest: &[u8]) -> u64 {
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Makes an id as Stripe's look: `cus_` with 14 letters and digits, `price_1` with 23.
pub(super) fn object_id(resource: &Resource, random: &mut Rng) -> String {
    let prefix = match (resource.prefixes.first(), resource.name) {
        (Some(prefix), _) => (*prefix).to_owned(),
        (None, "coupon") => return letters("", 8, random),
        (None, name) => {
            let word = name.rsplit('.').next().unwrap_or(name);
            format!("{}_", word.replace('_', ""))
        }
    };
    match resource.name {
        "customer" | "product" | "plan" => letters(&prefix, 14, random),
        _ => letters(&format!("{prefix}1"), 23, random),
    }
}

/// Makes a text of random letters and digits.
pub(super) fn letters(prefix: &str, count: usize, random: &mut Rng) -> String {
    let mut text = String::with_capacity(prefix.len() + count);
    text.push_str(prefix);
    text.extend((0..count).map(|_| random.alphanumeric()));
    text
}

#[cfg(test)]
mod tests {
    use super::{Births, object_id, random};
    use crate::catalog::Catalog;

    #[test]
    fn ids_follow_from_seed_and_counter() {
        let customer = Catalog::embedded().resource("customer").expect("customers exist");
        let id = |seed, counter| object_id(customer, &mut random(seed, counter));
        assert_eq!(id(1, 1), id(1, 1));
        assert_ne!(id(1, 1), id(1, 2));
        assert_ne!(id(1, 1), id(2, 1));
        assert_eq!(id(0, 0).len(), 18);
    }

    #[test]
    fn ids_of_a_request_with_a_key_do_not_depend_on_those_before() {
        let first = |key, next| Births::new(7, key, next).random(next).u64(..);
        assert_eq!(first(Some("a"), 1), first(Some("a"), 100));
        assert_ne!(first(Some("a"), 1), first(Some("b"), 1));
        assert_ne!(first(None, 1), first(None, 2));
        let births = Births::new(7, Some("a"), 1);
        assert_ne!(births.random(1).u64(..), births.random(2).u64(..));
    }

    #[test]
    fn every_resource_has_a_prefix_but_coupons() {
        for resource in Catalog::embedded().resources() {
            let id = object_id(resource, &mut random(0, 0));
            assert_eq!(id.contains('_'), resource.name != "coupon", "{id}");
        }
    }
}
