use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What identifies a record for ever: the texts of its key expressions.
///
/// Its own text is a JSON list, so that `["a", "b"]` and `["a, b"]` never meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordKey(String);

impl RecordKey {
    /// Makes a key of the texts of its parts.
    pub fn new(parts: &[String]) -> Self {
        RecordKey(serde_json::Value::from(parts.to_vec()).to_string())
    }

    /// Takes a key's own text back, as the ledger stores it.
    pub fn from_text(text: String) -> Self {
        RecordKey(text)
    }

    /// Gives the key's own text: a JSON list of texts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the fingerprint that stands for the key where its text must not, as in an object's mark.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(["key", self.as_str()])
    }
}

/// The parts as a person writes them: `7`, or `2026-01 / 7`.
impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::from_str::<Vec<String>>(&self.0) {
            Ok(parts) => f.write_str(&parts.join(" / ")),
            Err(_) => f.write_str(&self.0),
        }
    }
}

/// The first 128 bits of a SHA-256, in hex: the same text gives the same fingerprint everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Hashes parts, with their lengths, so that moving a border between parts changes the result.
    pub fn of<Part: AsRef<[u8]>>(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let bytes = part.as_ref();
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        let digest = hash.finalize();
        Fingerprint(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Gives the 32 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, RecordKey};

    #[test]
    fn keys_of_several_parts_do_not_meet() {
        let two = RecordKey::new(&["a".to_owned(), "b".to_owned()]);
        let one = RecordKey::new(&["a / b".to_owned()]);
        assert_ne!(two, one);
        assert_eq!(two.to_string(), one.to_string());
    }

    #[test]
    fn the_border_between_parts_counts() {
        assert_ne!(Fingerprint::of(["ab", "c"]), Fingerprint::of(["a", "bc"]));
    }
}
