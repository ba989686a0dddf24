//! One record on its way through an apply.

use crate::eval::Objects;
use crate::ledger::{Entry, KnownObject, KnownRecord, RecordOutcome};
use crate::model::RecordKey;
use crate::plan::PlannedRecord;
use crate::stripe::ClientError;

use super::EngineError;
use super::step_at::StepAt;

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

/// What a record has sent so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) created: bool,
    pub(super) updated: bool,
    pub(super) deleted: bool,
    pub(super) called: bool,
}

impl Done {
    /// Gives the strongest of it.
    pub(super) fn outcome(self) -> RecordOutcome {
        if self.created {
            RecordOutcome::Created
        } else if self.updated {
            RecordOutcome::Updated
        } else if self.deleted {
            RecordOutcome::Deleted
        } else if self.called {
            RecordOutcome::Called
        } else {
            RecordOutcome::Unchanged
        }
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
