use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{Basis, Fingerprint, Form, RecordKey};

use super::{Intent, RecordOutcome, RunId};

/// All that the ledger knows of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRecord {
    /// The record.
    pub key: RecordKey,
    /// What it asked for when it was last applied in full; `None` when it never was, or when something
    /// has been sent since.
    pub fingerprint: Option<Fingerprint>,
    /// What it was made from then; `None` as for `fingerprint`, and when an older program applied it.
    pub basis: Option<Basis>,
    /// Its objects, ordered by step name.
    pub objects: Vec<KnownObject>,
    /// The intents whose fate is not known, ordered by step name; at most one for a step.
    pub intents: Vec<Intent>,
    /// The highest generation used so far, of each step that was ever attempted.
    pub generations: BTreeMap<String, u32>,
}

impl KnownRecord {
    /// Makes what is known of a record that nobody has seen.
    pub fn unknown(key: RecordKey) -> Self {
        KnownRecord {
            key,
            fingerprint: None,
            basis: None,
            objects: Vec::new(),
            intents: Vec::new(),
            generations: BTreeMap::new(),
        }
    }

    /// Finds the object that stands for a step.
    pub fn object(&self, step: &str) -> Option<&KnownObject> {
        self.objects.iter().find(|object| object.step == step)
    }

    /// Finds the open intent of a step.
    pub fn intent(&self, step: &str) -> Option<&Intent> {
        self.intents.iter().find(|intent| intent.step == step)
    }

    /// Gives the generation of the next new attempt at a step, from 1. An open intent keeps its own.
    pub fn next_generation(&self, step: &str) -> u32 {
        self.generations.get(step).copied().unwrap_or(0).saturating_add(1)
    }
}

/// The object that stands for one step of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownObject {
    /// The step.
    pub step: String,
    /// Stripe's `object` value.
    pub resource: String,
    /// The object's id.
    pub stripe_id: String,
    /// All parameters as they were sent last.
    pub form: Form,
    /// The fingerprint of what the step asked for.
    pub fingerprint: Fingerprint,
    /// Whether this program made the object, and did not find it.
    pub created_by_us: bool,
    /// The run that recorded this object for the step first.
    pub made_run: RunId,
    /// The run that recorded it last.
    pub run: RunId,
}

/// Where an object comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The flow.
    pub flow: String,
    /// The record.
    pub key: RecordKey,
    /// The step.
    pub step: String,
    /// Stripe's `object` value.
    pub resource: String,
    /// The object's id.
    pub stripe_id: String,
    /// Whether this program made the object, and did not find it.
    pub created_by_us: bool,
    /// The run that made or found it.
    pub made_run: RunId,
    /// The run that changed it last.
    pub run: RunId,
    /// File, sheet and row.
    pub place: String,
    /// When the ledger last recorded it.
    pub updated: Timestamp,
}

/// An object that stands for a step of a record, with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingObject {
    /// Where it comes from.
    pub provenance: Provenance,
    /// All parameters as they were sent last.
    pub form: Form,
}

/// How many of a run's results of one flow ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResultCount {
    /// The flow.
    pub flow: String,
    /// The way.
    pub outcome: RecordOutcome,
    /// How many.
    pub count: u64,
}

/// A place in a list that is read page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(super) i64);

/// Which part of a list to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the page before ended; `None` for the first.
    pub after: Option<Cursor>,
    /// The most items to give.
    pub limit: u32,
}

impl Page {
    /// Asks for the first page.
    pub fn first(limit: u32) -> Self {
        Page { after: None, limit }
    }
}

/// Which of a run's results to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultPage {
    /// Only these outcomes; all when empty.
    pub outcomes: Vec<RecordOutcome>,
    /// Only this flow.
    pub flow: Option<String>,
    /// Which part of them.
    pub page: Page,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<Item> {
    /// The items.
    pub items: Vec<Item>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}
