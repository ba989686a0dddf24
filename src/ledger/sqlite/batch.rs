use std::collections::{HashMap, HashSet};

use crate::ledger::{
    ChangeRecord, Entry, GoneObject, Intent, ObjectRecord, RecordFingerprint, RecordResult, Settlement,
    StaleRecord, UndoneObject,
};
use crate::model::RecordKey;

/// Entries that can be written kind by kind, in the order of these fields, with the same effect as one
/// by one in their own order.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    pub(super) settlements: Vec<&'a Settlement>,
    pub(super) gone: Vec<&'a GoneObject>,
    pub(super) stale: Vec<&'a StaleRecord>,
    pub(super) undone: Vec<&'a UndoneObject>,
    pub(super) objects: Vec<&'a ObjectRecord>,
    pub(super) fingerprints: Vec<&'a RecordFingerprint>,
    pub(super) changes: Vec<&'a ChangeRecord>,
    pub(super) results: Vec<&'a RecordResult>,
    pub(super) intents: Vec<&'a Intent>,
    /// For each intent, how many settlements came before it.
    settled_before: Vec<usize>,
    touched: Touched<'a>,
}

type Step<'a> = (&'a str, &'a RecordKey, &'a str);

/// What a batch has written so far, so that an entry which must come behind it starts another batch.
#[derive(Debug, Default)]
struct Touched<'a> {
    /// With the index of the settlement.
    settled: HashMap<&'a str, usize>,
    opened: HashSet<&'a str>,
    opened_steps: HashSet<Step<'a>>,
    opened_records: HashSet<(&'a str, &'a RecordKey)>,
    objects: HashSet<Step<'a>>,
    fingerprints: HashSet<(&'a str, &'a RecordKey)>,
}

impl<'a> Batch<'a> {
    /// Cuts entries into as few batches as their order allows; nearly always one.
    pub(super) fn split(entries: &'a [Entry]) -> Vec<Self> {
        let mut batches = Vec::new();
        let mut batch = Batch::default();
        for entry in entries {
            if !batch.touched.allows(entry) {
                batches.push(std::mem::take(&mut batch));
            }
            batch.add(entry);
        }
        batches.push(batch);
        batches
    }

    /// Tells whether an intent of this name is settled in front of the intent of this index. Settlements are
    /// written first, but only what comes before an intent may make room for it.
    pub(super) fn settles_before(&self, idempotency_key: &str, intent: usize) -> bool {
        let settlement = self.touched.settled.get(idempotency_key);
        settlement.is_some_and(|settlement| {
            self.settled_before
                .get(intent)
                .is_some_and(|before| settlement < before)
        })
    }

    fn add(&mut self, entry: &'a Entry) {
        self.touched.add(entry);
        match entry {
            Entry::Intent(intent) => {
                self.intents.push(intent);
                self.settled_before.push(self.settlements.len());
            }
            Entry::Settled(settlement) => self.settlements.push(settlement),
            Entry::Object(object) => self.objects.push(object),
            Entry::ObjectGone(gone) => self.gone.push(gone),
            Entry::Change(change) => self.changes.push(change),
            Entry::Result(result) => self.results.push(result),
            Entry::Fingerprint(fingerprint) => self.fingerprints.push(fingerprint),
            Entry::Stale(record) => self.stale.push(record),
            Entry::Undone(object) => self.undone.push(object),
        }
    }
}

impl<'a> Touched<'a> {
    /// Tells whether an entry may join: nothing is in the batch that is written later than this kind
    /// and had to come first.
    fn allows(&self, entry: &'a Entry) -> bool {
        match entry {
            Entry::Intent(intent) => {
                !self
                    .opened_steps
                    .contains(&(intent.flow.as_str(), &intent.key, intent.step.as_str()))
            }
            Entry::Settled(settlement) => {
                let key = settlement.idempotency_key.as_str();
                !self.opened.contains(key) && !self.settled.contains_key(key)
            }
            Entry::ObjectGone(gone) => {
                !self
                    .objects
                    .contains(&(gone.flow.as_str(), &gone.key, gone.step.as_str()))
                    && !self.fingerprints.contains(&(gone.flow.as_str(), &gone.key))
            }
            Entry::Fingerprint(record) => !self.opened_records.contains(&(record.flow.as_str(), &record.key)),
            Entry::Stale(record) => !self.fingerprints.contains(&(record.flow.as_str(), &record.key)),
            Entry::Object(_) | Entry::Change(_) | Entry::Result(_) | Entry::Undone(_) => true,
        }
    }

    fn add(&mut self, entry: &'a Entry) {
        match entry {
            Entry::Intent(intent) => {
                self.opened.insert(&intent.idempotency_key);
                self.opened_steps
                    .insert((&intent.flow, &intent.key, &intent.step));
                self.opened_records.insert((&intent.flow, &intent.key));
            }
            Entry::Settled(settlement) => {
                self.settled
                    .insert(&settlement.idempotency_key, self.settled.len());
            }
            Entry::Object(object) => {
                self.objects.insert((&object.flow, &object.key, &object.step));
            }
            Entry::Fingerprint(record) => {
                self.fingerprints.insert((&record.flow, &record.key));
            }
            Entry::ObjectGone(_)
            | Entry::Stale(_)
            | Entry::Undone(_)
            | Entry::Change(_)
            | Entry::Result(_) => {}
        }
    }
}
