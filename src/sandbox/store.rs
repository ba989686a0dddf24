use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use axum::body::Bytes;
use serde_json::{Map, Value};

use super::filter;
use super::shapes::Shapes;

/// The name of the index over [`Record::parent`].
pub(super) const PARENT: &str = "";

/// One object as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Counts up over all objects: the order of lists.
    pub(super) sequence: u64,
    /// Stripe's `object` value.
    pub(super) resource: &'static str,
    pub(super) id: String,
    /// The id in the path that it was created under.
    pub(super) parent: Option<String>,
    pub(super) deleted: bool,
    /// The object's JSON text; of a deleted one, the stub's.
    pub(super) json: Bytes,
}

impl Record {
    /// Begins the record of a new object.
    pub(super) fn new(sequence: u64, resource: &'static str, id: String) -> Self {
        Record {
            sequence,
            resource,
            id,
            parent: None,
            deleted: false,
            json: Bytes::new(),
        }
    }

    /// Reads the JSON text.
    pub(super) fn object(&self) -> Map<String, Value> {
        serde_json::from_slice(&self.json).unwrap_or_default()
    }
}

/// All objects, by resource and id, with the indexes that lists go through.
#[derive(Debug, Default)]
pub(super) struct Store {
    shelves: HashMap<&'static str, Shelf>,
    last: u64,
}

#[derive(Debug, Default)]
struct Shelf {
    keys: Vec<&'static str>,
    sequences: HashMap<String, u64>,
    records: BTreeMap<u64, Record>,
    index: HashMap<(&'static str, String), BTreeSet<u64>>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// At the newest object.
    Newest,
    /// At the next older one.
    After(u64),
    /// At the next newer one, going up.
    Before(u64),
}

/// What a list asks for.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    /// Indexed fields with the text that they must have.
    pub(super) keyed: Vec<(&'static str, &'a str)>,
    pub(super) cursor: Cursor,
}

impl Store {
    /// Makes an empty store with the indexes that the catalogue's lists need. `last` is the greatest
    /// sequence number that was given out.
    pub(super) fn new(shapes: &Shapes, last: u64) -> Self {
        let shelves = shapes
            .catalog
            .resources()
            .map(|resource| {
                let keys = filter::indexed(shapes, resource.name);
                let shelf = Shelf {
                    keys,
                    ..Shelf::default()
                };
                (resource.name, shelf)
            })
            .collect();
        Store { shelves, last }
    }

    /// Gives the number that the next new object gets.
    pub(super) fn next_sequence(&self) -> u64 {
        self.last + 1
    }

    /// Gives the fields of a resource that have an index.
    pub(super) fn indexed(&self, resource: &str) -> &[&'static str] {
        self.shelves.get(resource).map_or(&[], |shelf| &shelf.keys)
    }

    /// Finds an object, a deleted one too.
    pub(super) fn get(&self, resource: &str, id: &str) -> Option<&Record> {
        let shelf = self.shelves.get(resource)?;
        shelf.records.get(shelf.sequences.get(id)?)
    }

    /// Gives an object's JSON value, unless it was deleted.
    pub(super) fn object(&self, resource: &str, id: &str) -> Option<Value> {
        self.get(resource, id)
            .filter(|record| !record.deleted)
            .map(|record| Value::Object(record.object()))
    }

    /// Adds an object, or replaces the one with its sequence number.
    pub(super) fn put(&mut self, record: Record) {
        self.last = self.last.max(record.sequence);
        let shelf = self.shelves.entry(record.resource).or_default();
        if let Some(former) = shelf.records.remove(&record.sequence) {
            shelf.unindex(&former);
        }
        shelf.index(&record);
        shelf.sequences.insert(record.id.clone(), record.sequence);
        shelf.records.insert(record.sequence, record);
    }

    /// Walks over the objects that are not deleted, newest first, or oldest first from
    /// [`Cursor::Before`].
    ///
    /// With indexed fields only their objects are visited.
    pub(super) fn walk<'a>(
        &'a self,
        resource: &str,
        selection: &Selection<'_>,
    ) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        let Some(shelf) = self.shelves.get(resource) else {
            return Box::new(std::iter::empty());
        };
        let mut sets = Vec::with_capacity(selection.keyed.len());
        for (field, text) in &selection.keyed {
            match shelf.index.get(&(*field, folded(resource, field, text))) {
                Some(set) => sets.push(set),
                None => return Box::new(std::iter::empty()),
            }
        }
        sets.sort_by_key(|set| set.len());
        let mut sets = sets.into_iter();
        match sets.next() {
            Some(smallest) => Box::new(
                in_order(smallest.range(selection.cursor.bounds()), selection.cursor)
                    .filter(move |sequence| sets.clone().all(|set| set.contains(sequence)))
                    .filter_map(|sequence| shelf.records.get(sequence)),
            ),
            None => Box::new(
                in_order(shelf.records.range(selection.cursor.bounds()), selection.cursor)
                    .map(|(_, record)| record)
                    .filter(|record| !record.deleted),
            ),
        }
    }
}

impl Cursor {
    fn bounds(self) -> (Bound<u64>, Bound<u64>) {
        match self {
            Cursor::Newest => (Bound::Unbounded, Bound::Unbounded),
            Cursor::After(sequence) => (Bound::Unbounded, Bound::Excluded(sequence)),
            Cursor::Before(sequence) => (Bound::Excluded(sequence), Bound::Unbounded),
        }
    }
}

/// Gives the text that an indexed field is found by: promotion codes are the same in any case.
/// Source: the docstring of `code` in `promotion_codes.list`.
pub(super) fn folded(resource: &str, field: &str, text: &str) -> String {
    match (resource, field) {
        ("promotion_code", "code") => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

fn in_order<'a, Item>(
    range: impl DoubleEndedIterator<Item = Item> + 'a,
    cursor: Cursor,
) -> Box<dyn Iterator<Item = Item> + 'a> {
    match cursor {
        Cursor::Before(_) => Box::new(range),
        Cursor::Newest | Cursor::After(_) => Box::new(range.rev()),
    }
}

impl Shelf {
    fn index(&mut self, record: &Record) {
        for key in self.keys_of(record) {
            self.index.entry(key).or_default().insert(record.sequence);
        }
    }

    fn unindex(&mut self, record: &Record) {
        for key in self.keys_of(record) {
            if let Some(set) = self.index.get_mut(&key) {
                set.remove(&record.sequence);
                if set.is_empty() {
                    self.index.remove(&key);
                }
            }
        }
    }

    /// Gives the index entries of an object; a deleted one has none.
    fn keys_of(&self, record: &Record) -> Vec<(&'static str, String)> {
        if record.deleted {
            return Vec::new();
        }
        let object = match self.keys.is_empty() {
            true => Map::new(),
            false => record.object(),
        };
        let fields = self.keys.iter().filter_map(|key| {
            let text = object.get(*key)?.as_str()?;
            Some((*key, folded(record.resource, key, text)))
        });
        let parent = record.parent.iter().map(|parent| (PARENT, parent.clone()));
        fields.chain(parent).collect()
    }
}
