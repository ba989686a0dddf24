use serde::{Deserialize, Serialize};

use crate::ledger::KnownRecord;
use crate::model::{Fingerprint, RecordKey};
use crate::plan::PlannedRecord;

/// One record of a kept plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    /// The flow.
    pub(super) flow: String,
    /// What the ledger knew of it; `None` for a row without a key.
    pub(super) ledger: Option<Fingerprint>,
    /// What would happen.
    pub(super) record: PlannedRecord,
}

/// The last line of a kept plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    /// How many records stand before it.
    pub(super) end: u64,
    /// The SHA-256 of all bytes before this line, in hex.
    pub(super) sha256: String,
}

impl Line {
    /// Gives what tells one record from another: its key, or for a row without one its place.
    pub(super) fn identity(&self) -> Fingerprint {
        let (kind, text) = match &self.record.key {
            Some(key) => ("key", RecordKey::as_str(key)),
            None => ("place", self.record.place.as_str()),
        };
        Fingerprint::of([kind, &self.flow, text])
    }
}

/// Gives a fingerprint of what the ledger knows of a record: its objects with what was sent, its attempts, and what
/// is still open. Any commit that is about the record gives another one.
pub(super) fn ledger_mark(known: &KnownRecord) -> Fingerprint {
    let mut parts = vec![
        known
            .fingerprint
            .as_ref()
            .map_or(String::new(), ToString::to_string),
    ];
    for object in &known.objects {
        parts.push(object.step.clone());
        parts.push(object.stripe_id.clone());
        parts.push(object.form.fingerprint().to_string());
        parts.push(object.run.to_string());
    }
    for (step, generation) in &known.generations {
        parts.push(format!("{step} {generation}"));
    }
    parts.extend(known.intents.iter().map(|intent| intent.idempotency_key.clone()));
    Fingerprint::of(parts)
}
