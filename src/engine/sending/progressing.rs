//! One record on its way through an apply.

use crate::engine::EngineError;
use crate::engine::step_at::StepAt;
use crate::eval::Objects;
use crate::ledger::{Entry, KnownObject, KnownRecord, RecordOutcome};
use crate::model::RecordKey;
use crate::plan::PlannedRecord;
use crate::stripe::{Answer, ClientError};

use super::answer::object_id;

/// One record on its way.
pub(super) struct Progressing {
    pub(super) planned: PlannedRecord,
    pub(super) key: RecordKey,
    pub(super) known: Option<KnownRecord>,
    /// What later steps may use of each step's object.
    pub(super) objects: Objects,
    /// What the ledger must hold before anything more is sent.
    pub(super) unwritten: Vec<Entry>,
    pub(super) done: Done,
    /// Whether the row differs from what was created, so that the next plan has to say so again.
    pub(super) differs: bool,
}

/// What a record has sent so far: the first of each kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    pub(super) created: Option<Sent>,
    pub(super) updated: Option<Sent>,
    pub(super) deleted: Option<Sent>,
    pub(super) called: Option<Sent>,
}

/// What Stripe answered to a request.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// The object.
    pub(super) id: Option<String>,
    pub(super) request_id: Option<String>,
}

impl Sent {
    pub(super) fn of(answer: &Answer) -> Self {
        Sent {
            id: object_id(answer),
            request_id: answer.request_id.clone(),
        }
    }
}

impl Done {
    /// Gives the strongest of it, and what was answered there.
    pub(super) fn strongest(&self) -> (RecordOutcome, Option<&Sent>) {
        let kinds = [
            (RecordOutcome::Created, &self.created),
            (RecordOutcome::Updated, &self.updated),
            (RecordOutcome::Deleted, &self.deleted),
            (RecordOutcome::Called, &self.called),
        ];
        kinds
            .into_iter()
            .find_map(|(outcome, sent)| sent.as_ref().map(|sent| (outcome, Some(sent))))
            .unwrap_or((RecordOutcome::Unchanged, None))
    }
}

/// Why a record ends before its last step.
pub(super) enum Stopped {
    /// Our own check.
    Rejected { step: String, message: String },
    /// Stripe's answer, or none.
    Failed { step: String, error: Box<ClientError> },
    /// A find found nothing, and the flow passes such records over.
    Skipped,
    /// The run can't go on at all.
    Run(EngineError),
}

impl Stopped {
    /// Makes a read that Stripe did not answer the trouble of its record alone: the others go on.
    pub(super) fn at(self, step: &str) -> Self {
        match self {
            Stopped::Run(EngineError::Stripe(error)) => Stopped::Failed {
                step: step.to_owned(),
                error: Box::new(error),
            },
            stopped => stopped,
        }
    }
}

impl From<EngineError> for Stopped {
    fn from(error: EngineError) -> Self {
        Stopped::Run(error)
    }
}

/// Gives what the ledger knows of a step's object.
pub(super) fn ledger_object<'a>(record: &'a Progressing, at: &StepAt<'_>) -> Option<&'a KnownObject> {
    record.known.as_ref()?.object(&at.name)
}
