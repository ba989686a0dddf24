use axum::body::Bytes;
use fastrand::Rng;
use serde_json::{Map, Value};

use super::blank;
use super::ids;
use super::merge::Merge;
use super::refusal::Refusal;
use super::routes::Match;
use super::shapes::Shapes;
use super::store::{Record, Store};
use crate::catalog::Resource;

/// One request at work: it reads the store as it stands, and collects what is to be written, so that
/// nothing is written when it fails.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) shapes: &'a Shapes,
    pub(super) store: &'a Store,
    pub(super) seed: u64,
    /// Unix seconds.
    pub(super) now: i64,
    /// The size of the file that came along, in bytes.
    pub(super) upload: u64,
    pub(super) changes: Vec<Record>,
}

/// A new object before it is kept: its number in the order of lists, and its own random numbers.
#[derive(Debug)]
pub(super) struct Birth {
    pub(super) sequence: u64,
    pub(super) random: Rng,
}

impl Work<'_> {
    /// Gives the writer of parameters into fields.
    pub(super) fn merge(&self) -> Merge<'_> {
        Merge {
            shapes: self.shapes,
            store: self.store,
            now: self.now,
        }
    }

    /// Begins a new object.
    pub(super) fn birth(&self) -> Birth {
        let born = self.changes.iter().map(|record| record.sequence + 1);
        let sequence = born.chain([self.store.next_sequence()]).max().unwrap_or(1);
        self.birth_at(sequence)
    }

    /// Begins a new object with a number of its own.
    pub(super) fn birth_at(&self, sequence: u64) -> Birth {
        Birth {
            sequence,
            random: ids::random(self.seed, sequence),
        }
    }

    /// Makes an id that no object of the resource has.
    fn free_id(&self, resource: &Resource, birth: &mut Birth) -> String {
        loop {
            let id = ids::object_id(resource, &mut birth.random);
            if self.store.get(resource.name, &id).is_none() {
                return id;
            }
        }
    }

    /// Gives the caller's own id, unless it is taken, or makes one.
    pub(super) fn id_for(
        &self,
        resource: &Resource,
        own: Option<&str>,
        birth: &mut Birth,
    ) -> Result<String, Refusal> {
        match own {
            Some(own) if self.store.is_live(resource.name, own) => Err(Refusal::already_there(resource.name)),
            Some(own) => Ok(own.to_owned()),
            None => Ok(self.free_id(resource, birth)),
        }
    }

    /// Makes an object that another one brings along, and gives its fields. It is not written yet.
    pub(super) fn beside(
        &self,
        resource: &Resource,
        id: &str,
        given: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut object = blank::object(self.shapes, resource.name, self.now);
        let fields = self.shapes.members(resource.fields);
        if fields.contains_key("id") {
            object.insert("id".to_owned(), id.into());
        }
        self.merge().fields(&fields, &mut object, given)?;
        Ok(object)
    }

    /// Writes an object, and gives its JSON text.
    pub(super) fn put(&mut self, mut record: Record, object: Map<String, Value>) -> Bytes {
        record.json = Bytes::from(Value::Object(object).to_string());
        let json = record.json.clone();
        self.changes.push(record);
        json
    }

    /// Finds an object, also one that this request wrote, and a deleted one.
    pub(super) fn get(&self, resource: &str, id: &str) -> Option<&Record> {
        let written = self.changes.iter().rev();
        written
            .into_iter()
            .find(|record| record.resource == resource && record.id == id)
            .or_else(|| self.store.get(resource, id))
    }

    /// Finds the object that an id in the path names.
    pub(super) fn find(&self, resource: &str, id: &str) -> Result<&Record, Refusal> {
        self.store
            .get(resource, id)
            .ok_or_else(|| Refusal::no_such(404, resource, id))
    }

    /// Finds the object that an id in the path names, unless it was deleted.
    pub(super) fn find_live(&self, resource: &str, id: &str) -> Result<&Record, Refusal> {
        self.find(resource, id).and_then(|record| match record.deleted {
            true => Err(Refusal::no_such(404, resource, id)),
            false => Ok(record),
        })
    }
}

impl Match<'_> {
    /// Gives the ids that stand before the last part of the path, with the resources that they are of.
    pub(super) fn parents(&self) -> impl Iterator<Item = (Option<&'static str>, &str)> {
        self.route
            .parents
            .iter()
            .copied()
            .zip(self.holes.iter().map(String::as_str))
    }

    /// Gives the id at the end of the path.
    pub(super) fn id(&self) -> Option<&str> {
        self.holes.get(self.route.parents.len()).map(String::as_str)
    }

    /// Gives the name that the path has for its first parent.
    pub(super) fn parent_hole(&self) -> Option<&'static str> {
        self.route.operation.path_params.first().copied()
    }
}
