use std::hash::{DefaultHasher, Hash, Hasher};

/// Gives 64 bits of a value, where keeping all of it would cost memory for each row. Two of a million values share
/// theirs with a probability below one in ten million; whoever keeps them says what happens then.
pub(super) fn short_hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
