use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Spots;
use crate::model::Value;

/// The most values that are remembered.
const MOST_VALUES: usize = 1_000_000;

/// Words of a column's name that say that its values identify something.
const KEY_WORDS: [&str; 14] = [
    "id",
    "no",
    "nr",
    "number",
    "nummer",
    "key",
    "code",
    "sku",
    "email",
    "mail",
    "iban",
    "reference",
    "ref",
    "номер",
];

/// Words of a column's name that say that its digits are no amount.
const CODE_WORDS: [&str; 14] = [
    "zip", "postal", "postcode", "plz", "cap", "code", "phone", "tel", "fax", "mobile", "iban", "account",
    "ean", "sku",
];

/// Splits a column's name into words, in lower case.
fn words(name: &str) -> Vec<String> {
    let joined = name.to_lowercase().replace("e-mail", "email");
    let words = joined.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Tells whether a column's name says that its values should be unique.
pub(super) fn names_a_key(name: &str) -> bool {
    words(name).iter().any(|word| KEY_WORDS.contains(&word.as_str()))
}

/// Tells whether a column's name says that zeros in front of its digits count.
pub(super) fn names_a_code(name: &str) -> bool {
    words(name).iter().any(|word| CODE_WORDS.contains(&word.as_str()))
}

/// The values of a column that looks like a key, by their hashes.
#[derive(Debug, Default)]
pub(super) struct KeyCensus {
    first_rows: HashMap<u64, u32>,
    values: u64,
    repeated: Spots,
    /// The first repetition: the row, and the row that had the value before.
    example: Option<(u32, u32)>,
}

impl KeyCensus {
    /// Counts a value. Case and spaces around it make no difference.
    pub(super) fn take(&mut self, row: u32, value: &Value) {
        self.values += 1;
        let mut hasher = DefaultHasher::new();
        value.to_string().trim().to_lowercase().hash(&mut hasher);
        let hash = hasher.finish();
        match self.first_rows.get(&hash) {
            Some(first) => {
                self.repeated.add(row);
                self.example.get_or_insert((row, *first));
            }
            None if self.first_rows.len() < MOST_VALUES => {
                self.first_rows.insert(hash, row);
            }
            None => {}
        }
    }

    /// Gives the repetitions when they are few: a column whose values mostly repeat is no key.
    pub(super) fn repetitions(&self) -> Option<(&Spots, (u32, u32))> {
        let few = self.repeated.count * 5 <= self.values;
        few.then_some((&self.repeated, self.example?))
    }
}

#[cfg(test)]
mod tests {
    use super::{names_a_code, names_a_key};

    #[test]
    fn whole_words_of_a_name_count() {
        assert!(names_a_key("Customer no"));
        assert!(names_a_key("E-Mail"));
        assert!(!names_a_key("Notes"));
        assert!(names_a_code("ZIP code"));
        assert!(!names_a_code("Amount"));
    }
}
