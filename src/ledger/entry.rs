use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Basis, Fingerprint, Form, RecordKey};

use super::RunId;

/// One thing that the ledger keeps. A commit takes many, in order, and keeps all of them or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A request is about to be sent. Takes the record's fingerprint away.
    Intent(Intent),
    /// A request was answered, or its fate was found out.
    Settled(Settlement),
    /// An object stands for a step of a record from now on.
    Object(ObjectRecord),
    /// An object no longer stands for a step. Takes the record's fingerprint away.
    ObjectGone(GoneObject),
    /// What a request changed, so that it can be taken back.
    Change(ChangeRecord),
    /// What became of a record, or of one of its steps.
    Result(RecordResult),
    /// A record has been applied in full.
    Fingerprint(RecordFingerprint),
    /// A record is no longer as it was applied. Takes its fingerprint away, so that it is planned again.
    Stale(StaleRecord),
    /// An object was taken back: no record of the flow takes it over, though Stripe still has it.
    Undone(UndoneObject),
}

/// A request that changes something, kept before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The key that Stripe knows the request by; it also names the intent.
    pub idempotency_key: String,
    /// The run that sends it.
    pub run: RunId,
    /// The flow.
    pub flow: String,
    /// The record.
    pub key: RecordKey,
    /// The step.
    pub step: String,
    /// The attempt at this step, from 1. No two intents of a step share one.
    pub generation: u32,
    /// What the request does.
    pub action: IntentAction,
    /// The catalogue's name of the operation, such as `customers.create`.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path with its ids filled in.
    pub path: String,
    /// The parameters.
    pub form: Form,
    /// The object that the request is about; `None` when it makes one.
    pub object_id: Option<String>,
    /// File, sheet and row of the record.
    pub place: String,
    /// When it was written. Stripe forgets the key 24 hours after that.
    pub created: Timestamp,
}

/// What a request does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentAction {
    /// Makes it.
    Create,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
    /// Anything else, such as finalising an invoice.
    Call,
}

impl IntentAction {
    const ALL: [IntentAction; 4] = [
        IntentAction::Create,
        IntentAction::Update,
        IntentAction::Delete,
        IntentAction::Call,
    ];

    /// Gives the word that the ledger and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            IntentAction::Create => "create",
            IntentAction::Update => "update",
            IntentAction::Delete => "delete",
            IntentAction::Call => "call",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// The end of an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settlement {
    /// The intent.
    pub idempotency_key: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: SettlementOutcome,
    /// When that was known.
    pub at: Timestamp,
}

/// What came of an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SettlementOutcome {
    /// Stripe carried it out.
    Done {
        /// The object that it made or changed, where the answer has one.
        stripe_id: Option<String>,
        /// Stripe's id of the request; `None` when it was settled by looking for the object.
        request_id: Option<String>,
    },
    /// Stripe refused it for good (a definite 4xx).
    Refused {
        /// The HTTP status.
        status: u16,
        /// Stripe's error code.
        code: Option<String>,
        /// Stripe's message.
        message: String,
        /// Stripe's id of the request.
        request_id: Option<String>,
    },
    /// It was never carried out, and never will be.
    Abandoned {
        /// How that is known.
        reason: String,
    },
}

/// The object that stands for one step of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectRecord {
    /// The flow.
    pub flow: String,
    /// The record.
    pub key: RecordKey,
    /// The step.
    pub step: String,
    /// Stripe's `object` value, such as `customer`.
    pub resource: String,
    /// The object's id.
    pub stripe_id: String,
    /// All parameters as they were sent last, of the creation and of the updates since.
    pub form: Form,
    /// The fingerprint of what the step asked for.
    pub fingerprint: Fingerprint,
    /// Whether this program made the object, and did not find it.
    pub created_by_us: bool,
    /// The run that made, changed or found it.
    pub run: RunId,
    /// File, sheet and row.
    pub place: String,
    /// When.
    pub updated: Timestamp,
}

/// A step that no object stands for any longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoneObject {
    /// The flow.
    pub flow: String,
    /// The record.
    pub key: RecordKey,
    /// The step.
    pub step: String,
}

/// A record that is no longer as it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StaleRecord {
    /// The flow.
    pub flow: String,
    /// The record.
    pub key: RecordKey,
}

/// An object that was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UndoneObject {
    /// The flow that made it.
    pub flow: String,
    /// The object's id.
    pub stripe_id: String,
    /// The run that took it back.
    pub run: RunId,
}

/// What one request changed, with what is needed to take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// The run.
    pub run: RunId,
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
    /// What was done.
    pub action: IntentAction,
    /// The former values of the fields that were sent; the empty text for a field that was not set, and no
    /// value at all for one of which nobody knows. Of a removal, all that the ledger had of the object, when it
    /// knew it. `None` when the request made the object.
    pub before: Option<Form>,
    /// What was sent.
    pub after: Form,
    /// The catalogue's name of the operation, such as `invoices.finalize_invoice`; the path with `…` of a free
    /// request. `None` for changes that an older program made.
    pub operation: Option<String>,
    /// The path with its ids filled in; `None` as for `operation`.
    pub path: Option<String>,
}

/// What became of a record, or of one of its steps, in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordResult {
    /// The run.
    pub run: RunId,
    /// The flow.
    pub flow: String,
    /// The record; `None` when the row was rejected before its key was known.
    pub key: Option<RecordKey>,
    /// File, sheet and row.
    pub place: String,
    /// The step that the result is about; `None` for the record as a whole.
    pub step: Option<String>,
    /// What became of it.
    pub outcome: RecordOutcome,
    /// The object.
    pub stripe_id: Option<String>,
    /// Why, for people.
    pub message: Option<String>,
    /// Stripe's error code, or our own.
    pub code: Option<String>,
    /// The parameter at fault.
    pub param: Option<String>,
    /// Stripe's id of the request.
    pub request_id: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
}

/// The ways in which a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordOutcome {
    /// An object was made.
    Created,
    /// Fields were changed.
    Updated,
    /// An object was removed.
    Deleted,
    /// Something else was done to an object.
    Called,
    /// Nothing had to be sent.
    Unchanged,
    /// Our own check refused the row.
    Rejected,
    /// Stripe refused the request, or could not be asked.
    Failed,
}

impl RecordOutcome {
    const ALL: [RecordOutcome; 7] = [
        RecordOutcome::Created,
        RecordOutcome::Updated,
        RecordOutcome::Deleted,
        RecordOutcome::Called,
        RecordOutcome::Unchanged,
        RecordOutcome::Rejected,
        RecordOutcome::Failed,
    ];

    /// Gives the word that the ledger and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordOutcome::Created => "created",
            RecordOutcome::Updated => "updated",
            RecordOutcome::Deleted => "deleted",
            RecordOutcome::Called => "called",
            RecordOutcome::Unchanged => "unchanged",
            RecordOutcome::Rejected => "rejected",
            RecordOutcome::Failed => "failed",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// The fingerprint of all that a record asked for when it was last applied in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordFingerprint {
    /// The flow.
    pub flow: String,
    /// The record.
    pub key: RecordKey,
    /// The fingerprint; equal to the next run's means that nothing has to be done.
    pub fingerprint: Fingerprint,
    /// What the record was made from.
    pub basis: Basis,
}
