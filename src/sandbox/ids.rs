use fastrand::Rng;

use crate::catalog::Resource;

/// Spreads neighbouring counters over all seeds (the golden ratio in 64 bits).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Makes the random numbers of one object: the same seed and counter give the same ones.
pub(super) fn random(seed: u64, counter: u64) -> Rng {
    Rng::with_seed(seed ^ counter.wrapping_mul(SPREAD))
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
    use super::{object_id, random};
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
    fn every_resource_has_a_prefix_but_coupons() {
        for resource in Catalog::embedded().resources() {
            let id = object_id(resource, &mut random(0, 0));
            assert_eq!(id.contains('_'), resource.name != "coupon", "{id}");
        }
    }
}
