use serde::{Deserialize, Serialize};

use crate::model::{Basis, Fingerprint, Form, FormValue, Reason, RecordKey, Rejection, Row};

use super::drift::Drift;

/// What would happen to one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedRecord {
    /// The record's key; `None` when the row was rejected before its key was known, or has none.
    pub key: Option<RecordKey>,
    /// File, sheet and row.
    pub place: String,
    /// Its rows, for the steps that can only be evaluated when earlier ones have run: the lines of a group, or
    /// one row.
    pub lines: Vec<Row>,
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
    /// Its position among the flow's steps; none for what is no step of the flow, such as a removal.
    pub step: Option<usize>,
    /// The line that it is about, inside `each row`; counted from 0.
    pub line: Option<usize>,
    /// Stripe's `object` value.
    pub resource: String,
    /// What would happen.
    pub action: Action,
    /// The object that the ledger knows for this step, and that other hands deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<String>,
    /// The fields of its object that other hands changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
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
    /// What becomes of it is known only after an earlier step, or with a look into Stripe.
    Undecided {
        /// What the step asks for.
        wish: Wish,
        /// All parameters, as far as they are known.
        form: Form,
    },
    /// It was found; or nothing was, and the flow goes on with null.
    Found {
        /// The object; `None` for nothing.
        id: Option<String>,
    },
    /// What is looked for is known only after an earlier step, or with a look into Stripe.
    ToFind,
    /// It is deleted.
    Delete {
        /// The object.
        id: String,
    },
    /// There is nothing to delete.
    Absent,
    /// Another operation is called, or another request sent.
    Call {
        /// The operation in the catalogue; of a request its path, with `…` for each value in it.
        operation: String,
        /// `POST` or `DELETE`.
        method: String,
        /// The path; `None` when it is known only after an earlier step.
        path: Option<String>,
        /// All parameters, as far as they are known.
        form: Form,
    },
    /// It was called before with the same content.
    Called {
        /// The object that was answered.
        id: String,
    },
    /// Something is read, after the steps before it.
    Read {
        /// The path; `None` when it is known only after an earlier step.
        path: Option<String>,
    },
    /// Its row is gone, and the flow removes what it made.
    Remove {
        /// The object.
        id: String,
        /// The word of the language, such as `archive`.
        verb: String,
    },
    /// It is taken into the ledger as it is, and nothing is sent.
    Adopt {
        /// The object.
        id: String,
        /// What the object has of what the flow sends.
        form: Form,
        /// What the next apply would change.
        changes: Vec<Change>,
        /// Whether it carries the mark of this very step: the flow made it.
        made_here: bool,
    },
    /// Nothing is taken into the ledger.
    NotAdopted {
        /// Why.
        why: NotAdopted,
    },
    /// Whether there is more to do depends on what Stripe answers to the steps before.
    Open,
}

/// Why a step takes nothing into the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAdopted {
    /// Nothing matches.
    NoMatch,
    /// Nothing tells which object is its own.
    NoBy,
    /// What to look for is known only when an earlier step has its object.
    Later,
    /// The ledger knows its object, and the next plan has something to say of it.
    Known,
}

/// What a step asks for whose object nobody has looked up yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// It is made, unless the flow has made it.
    Create,
    /// It is changed where there is one.
    Update,
    /// It is changed where there is one, and made where there is none.
    Upsert,
    /// It is deleted where there is one.
    Delete,
}

impl Action {
    /// Tells whether a request that changes something is sent, or may be.
    pub fn sends(&self) -> bool {
        matches!(
            self,
            Action::Create { .. }
                | Action::Update { .. }
                | Action::Undecided { .. }
                | Action::Delete { .. }
                | Action::Call { .. }
                | Action::Remove { .. }
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

impl Change {
    /// Tells whether the new value is another one than the old.
    pub(super) fn is_other(&self) -> bool {
        self.old.is_none() || self.old.as_deref() != self.new.text()
    }
}

impl PlannedRecord {
    /// Finds what is planned for a step, at a line of it.
    pub fn step(&self, step: usize, line: Option<usize>) -> Option<&PlannedStep> {
        self.steps()
            .iter()
            .find(|planned| planned.step == Some(step) && planned.line == line)
    }

    /// Gives the steps; none for a rejected record.
    pub fn steps(&self) -> &[PlannedStep] {
        match &self.outcome {
            Outcome::Steps(steps) => steps,
            Outcome::Rejected(_) => &[],
        }
    }

    /// Tells whether any step takes an object into the ledger.
    pub fn adopts(&self) -> bool {
        let mut steps = self.steps().iter();
        steps.any(|step| matches!(step.action, Action::Adopt { .. }))
    }

    /// Tells whether any step sends something, or may.
    pub fn sends(&self) -> bool {
        self.steps().iter().any(|step| step.action.sends())
    }
}
