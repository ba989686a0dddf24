use serde::{Deserialize, Serialize};

use crate::model::{Basis, Fingerprint, Form, FormValue, Reason, RecordKey, Rejection, Row};

/// What would happen to one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedRecord {
    /// The record's key; `None` when the row was rejected before its key was known, or has none.
    pub key: Option<RecordKey>,
    /// File, sheet and row.
    pub place: String,
    /// The row, for the steps that can only be evaluated when earlier ones have run.
    pub row: Row,
    /// The fingerprint of all that the record asks for; equal means that nothing has to be done.
    pub fingerprint: Fingerprint,
    /// What the record is made from.
    pub basis: Basis,
    /// What has changed since it was applied before; empty when it was not, or when that is not known.
    pub reasons: Vec<Reason>,
    /// What would happen.
    pub outcome: Outcome,
}

/// What would happen to a record as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its steps, in order.
    Steps(Vec<PlannedStep>),
    /// Nothing is sent, and why.
    Rejected(Rejection),
}

/// What would happen at one step of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// The step's name in the ledger.
    pub name: String,
    /// Stripe's `object` value.
    pub resource: String,
    /// What would happen.
    pub action: Action,
}

/// What would happen to one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Create {
        /// All parameters.
        form: Form,
    },
    /// Some of its fields are changed.
    Update {
        /// The object.
        id: String,
        /// What changes, for people.
        changes: Vec<Change>,
        /// The parameters to send: the changed ones alone.
        form: Form,
    },
    /// It exists and is as the row says. `adopted` tells that the ledger did not know it.
    Unchanged {
        /// The object.
        id: String,
        /// Whether it was found in Stripe and is taken into the ledger.
        adopted: bool,
    },
    /// It was created once, the row has changed since, and `create` never sends again.
    Kept {
        /// The object.
        id: String,
        /// What differs from what was sent.
        changes: Vec<Change>,
    },
    /// Whether it is made or changed is known only after an earlier step, or with a look into Stripe.
    Undecided {
        /// All parameters, as far as they are known.
        form: Form,
    },
}

impl Action {
    /// Tells whether a request that changes something is sent, or may be.
    pub fn sends(&self) -> bool {
        matches!(
            self,
            Action::Create { .. } | Action::Update { .. } | Action::Undecided { .. }
        )
    }
}

/// One field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Stripe's own name of the field, such as `address[line1]`.
    pub field: String,
    /// What was sent last, or what Stripe has; `None` when nothing.
    pub old: Option<String>,
    /// What is sent; the empty text clears.
    pub new: FormValue,
}

impl PlannedRecord {
    /// Gives the steps; none for a rejected record.
    pub fn steps(&self) -> &[PlannedStep] {
        match &self.outcome {
            Outcome::Steps(steps) => steps,
            Outcome::Rejected(_) => &[],
        }
    }

    /// Tells whether any step sends something, or may.
    pub fn sends(&self) -> bool {
        self.steps().iter().any(|step| step.action.sends())
    }
}
