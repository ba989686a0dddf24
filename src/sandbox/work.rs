use axum::body::Bytes;
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::blank;
use super::event::Note;
use super::ids::{self, Births};
use super::merge::Merge;
use super::refusal::Refusal;
use super::routes::Match;
use super::shapes::Shapes;
use super::store::{self, Cursor, PARENT, Record, Selection, Store};
use crate::catalog::Resource;

/// Resources that go on to count after they were deleted: the discounts of a coupon stay.
const KEPT_WHOLE: [&str; 1] = ["coupon"];

/// One request at work: it reads the store as it stands, and collects what is to be written, so that
/// nothing is written when it fails.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) shapes: &'a Shapes,
    pub(super) store: &'a Store,
    pub(super) seed: u64,
    /// What ids of new objects are made from.
    pub(super) births: Births,
    /// Unix seconds.
    pub(super) now: i64,
    /// The size of the file that came along, in bytes.
    pub(super) upload: u64,
    /// The number that the next new object gets.
    pub(super) next: u64,
    pub(super) changes: Vec<Record>,
    /// What happened beyond the changes themselves, in its order.
    pub(super) notes: Vec<Note>,
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
    pub(super) fn birth(&mut self) -> Birth {
        let sequence = self.next;
        self.next += 1;
        Birth {
            sequence,
            random: self.births.random(sequence),
        }
    }

    /// Makes an id that no object of the resource has.
    fn free_id(&self, resource: &Resource, birth: &mut Birth) -> String {
        loop {
            let id = ids::object_id(resource, &mut birth.random);
            if self.get(resource.name, &id).is_none() {
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
            Some(own) if self.read(resource.name, own).is_some() => {
                Err(Refusal::already_there(resource.name))
            }
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

    /// Makes an object that follows from another one, keeps it, and gives its fields.
    pub(super) fn make(
        &mut self,
        resource: &str,
        given: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Refusal> {
        let Some(resource) = self.shapes.catalog.resource(resource) else {
            return Err(Refusal::broken());
        };
        let mut birth = self.birth();
        let own = given.get("id").and_then(Value::as_str);
        let id = self.id_for(resource, own.filter(|_| resource.caller_id), &mut birth)?;
        let object = self.beside(resource, &id, given)?;
        self.put(Record::new(birth.sequence, resource.name, id), object.clone());
        Ok(object)
    }

    /// Writes an object, and gives its JSON text. A second write of one object takes the first one's place.
    pub(super) fn put(&mut self, mut record: Record, object: Map<String, Value>) -> Bytes {
        record.json = Bytes::from(Value::Object(object).to_string());
        let json = record.json.clone();
        match self
            .changes
            .iter_mut()
            .find(|known| known.sequence == record.sequence)
        {
            Some(known) => *known = record,
            None => self.changes.push(record),
        }
        json
    }

    /// Writes an object that is there already; its `object` and `id` say which one.
    pub(super) fn save(&mut self, object: Map<String, Value>) {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or("");
        if let Some(record) = self.get(text("object"), text("id")).cloned() {
            self.put(record, object);
        }
    }

    /// Deletes an object, and leaves its stub.
    pub(super) fn delete(&mut self, resource: &str, id: &str) -> Bytes {
        let Some(mut record) = self.get(resource, id).cloned() else {
            return Bytes::new();
        };
        record.deleted = true;
        let stub = json!({"id": record.id, "object": record.resource, "deleted": true});
        let former = record.object();
        let json = self.put(record.clone(), stub.as_object().cloned().unwrap_or_default());
        if KEPT_WHOLE.contains(&record.resource) {
            self.put(record, former);
        }
        json
    }

    /// Notes the object that another one belongs to, where no field says it.
    pub(super) fn place_under(&mut self, parent: &str, object: &Map<String, Value>) {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or("");
        if let Some(mut record) = self.get(text("object"), text("id")).cloned() {
            record.parent = Some(parent.to_owned());
            let object = record.object();
            self.put(record, object);
        }
    }

    /// Notes something that happened to an object, for its event.
    pub(super) fn note(&mut self, kind: &'static str, object: &Map<String, Value>) {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        self.notes.push(Note {
            kind,
            resource: text("object"),
            id: text("id"),
        });
    }

    /// Finds an object, also one that this request wrote, and a deleted one.
    pub(super) fn get(&self, resource: &str, id: &str) -> Option<&Record> {
        let mut written = self.changes.iter();
        written
            .find(|record| record.resource == resource && record.id == id)
            .or_else(|| self.store.get(resource, id))
    }

    /// Reads an object, unless it was deleted.
    pub(super) fn read(&self, resource: &str, id: &str) -> Option<Map<String, Value>> {
        self.get(resource, id)
            .filter(|record| !record.deleted)
            .map(Record::object)
    }

    /// Reads all objects that have a text in an indexed field, oldest first.
    pub(super) fn all_with(
        &self,
        resource: &str,
        field: &'static str,
        text: &str,
    ) -> Vec<Map<String, Value>> {
        let kept = self.kept_with(resource, field, text);
        let mut found: Vec<(u64, Map<String, Value>)> =
            kept.map(|record| (record.sequence, record.object())).collect();
        found.extend(self.written_with(resource, field, text));
        found.sort_by_key(|(sequence, _)| *sequence);
        found.into_iter().map(|(_, object)| object).collect()
    }

    /// Counts the objects that have a text in an indexed field.
    pub(super) fn count_with(&self, resource: &str, field: &'static str, text: &str) -> usize {
        let written = self.written_with(resource, field, text);
        self.kept_with(resource, field, text).count() + written.count()
    }

    /// Walks over the objects that were there before this request, and that it did not write.
    fn kept_with<'w>(
        &'w self,
        resource: &str,
        field: &'static str,
        text: &str,
    ) -> impl Iterator<Item = &'w Record> {
        let selection = Selection {
            keyed: vec![(field, text)],
            cursor: Cursor::Before(0),
        };
        let is_rewritten = |record: &&Record| {
            let mut written = self.changes.iter();
            written.any(|written| written.sequence == record.sequence)
        };
        self.store
            .walk(resource, &selection)
            .filter(move |record| !is_rewritten(record))
    }

    /// Walks over the objects that this request wrote.
    fn written_with<'w>(
        &'w self,
        resource: &'w str,
        field: &'w str,
        text: &str,
    ) -> impl Iterator<Item = (u64, Map<String, Value>)> + 'w {
        let wanted = store::folded(resource, field, text);
        let has_it = move |record: &&Record| {
            let object = record.object();
            let found = match field {
                PARENT => record.parent.as_deref(),
                field => object.get(field).and_then(Value::as_str),
            };
            found.is_some_and(|found| store::folded(resource, field, found) == wanted)
        };
        self.changes
            .iter()
            .filter(move |record| record.resource == resource && !record.deleted)
            .filter(has_it)
            .map(|record| (record.sequence, record.object()))
    }

    /// Finds the object that an id in the path names.
    pub(super) fn find(&self, resource: &str, id: &str) -> Result<&Record, Refusal> {
        self.get(resource, id)
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
