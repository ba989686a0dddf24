use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::engine::EngineError;
use crate::engine::planning::short_hash::short_hash;
use crate::engine::store::Store;
use crate::lang::program::MatchField;

use super::found::{Found, match_text};

/// The objects of a listed collection that records may mean. In memory an object costs 16 bytes for each text that it
/// is found by; what Stripe answered is on disk.
#[derive(Debug)]
pub(super) struct Index {
    by_mark: Places,
    by_value: Places,
    store: Store,
}

impl Index {
    /// Begins with nothing. `directory` takes a file while this lives.
    pub(super) fn new(directory: &Path, name: &str) -> Self {
        Index {
            by_mark: Places::default(),
            by_value: Places::default(),
            store: Store::new(directory, &format!("{name}-found")),
        }
    }

    /// Adds an object by its mark, by the value that `by` compares, by both, or not at all.
    pub(super) fn add(
        &mut self,
        object: &Value,
        mark: Option<&str>,
        value: Option<&str>,
    ) -> Result<(), EngineError> {
        if mark.is_none() && value.is_none() {
            return Ok(());
        }
        let place = self.store.add(object)?;
        for (places, text) in [(&mut self.by_mark, mark), (&mut self.by_value, value)] {
            places.0.extend(text.map(|text| (short_hash(text), place)));
        }
        Ok(())
    }

    /// Ends the adding; only then anything is found.
    pub(super) fn complete(&mut self) {
        for places in [&mut self.by_mark, &mut self.by_value] {
            places.0.sort_unstable();
            places.0.shrink_to_fit();
        }
    }

    /// Finds the object with a mark; of several the one that was added last.
    pub(super) fn marked(&self, mark: &str) -> Result<Option<Found>, EngineError> {
        let mut found = self.read(&self.by_mark, mark)?;
        found.retain(|found| found.mark.as_deref() == Some(mark));
        Ok(found.pop())
    }

    /// Finds the objects with this value, in the order in which they were added.
    pub(super) fn valued(&self, field: &MatchField, value: &str) -> Result<Vec<Found>, EngineError> {
        let mut found = self.read(&self.by_value, value)?;
        found.retain(|found| match_text(field, &found.object).as_deref() == Some(value));
        Ok(found)
    }

    fn read(&self, places: &Places, text: &str) -> Result<Vec<Found>, EngineError> {
        let objects = places.of(text).map(|place| self.store.read(place));
        objects
            .filter_map(|object| object.map(Found::of).transpose())
            .collect()
    }
}

/// Where in the store the objects of a text are: pairs of its hash and a place, sorted.
#[derive(Debug, Default)]
struct Places(Vec<(u64, u64)>);

impl Places {
    fn of(&self, text: &str) -> impl Iterator<Item = u64> {
        let hash = short_hash(text);
        let from = self.0.partition_point(|(other, _)| *other < hash);
        let same = self.0.get(from..).unwrap_or_default();
        same.iter()
            .take_while(move |(other, _)| *other == hash)
            .map(|(_, place)| *place)
    }
}

/// Texts of which only 64 bits each are kept. Two of a million texts share theirs with a probability below one in ten
/// million, and then pass for the same.
#[derive(Debug, Default)]
pub(super) struct Hashes(HashSet<u64>);

impl Hashes {
    /// Adds a text; `false` when it is there already.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        self.0.insert(short_hash(text))
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        self.0.contains(&short_hash(text))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Index;
    use crate::lang::program::MatchField;

    #[test]
    fn objects_are_found_by_mark_and_by_value() {
        let directory = tempfile::tempdir().unwrap();
        let mut index = Index::new(directory.path(), "test");
        for (id, name, mark) in [
            ("cus_3", "Ann", "a"),
            ("cus_2", "Bob", "b"),
            ("cus_1", "Ann", "a"),
        ] {
            let object = json!({"id": id, "name": name, "metadata": {"sheetflow": mark}});
            index.add(&object, Some(mark), Some(name)).unwrap();
        }
        index
            .add(&json!({"id": "cus_0", "name": "Cy"}), None, None)
            .unwrap();
        index.complete();
        let field = MatchField::Field(vec!["name".to_owned()]);
        let ids = |name| -> Vec<String> {
            let found = index.valued(&field, name).unwrap();
            found.into_iter().map(|found| found.id).collect()
        };
        assert_eq!(ids("Ann"), ["cus_3", "cus_1"]);
        assert_eq!(ids("Bob"), ["cus_2"]);
        assert!(ids("Cy").is_empty());
        assert_eq!(index.marked("a").unwrap().unwrap().id, "cus_1");
        assert!(index.marked("c").unwrap().is_none());
    }
}
