use serde::{Deserialize, Serialize};

use crate::ledger::ChangeRecord;
use crate::model::Form;
use crate::plan::Change;

/// What becomes of one change when its run is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedUndo {
    /// The change.
    pub change: ChangeRecord,
    /// File, sheet and row of its record, where the ledger still has them.
    pub place: Option<String>,
    /// What becomes of it.
    pub undoing: Undoing,
}

/// What becomes of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undoing {
    /// What was made is taken back.
    TakeBack {
        /// What a person calls that: `delete`, `void`, `archive`.
        verb: String,
        /// The request.
        request: UndoRequest,
        /// The objects that go with it: the items of an invoice.
        parts: Vec<Part>,
    },
    /// What was changed gets its former values.
    Restore {
        /// The request; `None` when Stripe has them already.
        request: Option<UndoRequest>,
        /// The fields, for people.
        fields: Vec<Change>,
        /// What can't be restored with them, for people.
        lost: Vec<String>,
    },
    /// What was put out of use is put to use again.
    Revive {
        /// The request; `None` when it is in use already.
        request: Option<UndoRequest>,
    },
    /// A call is taken back by another one.
    Reverse {
        /// What a person calls that.
        verb: String,
        /// The request.
        request: UndoRequest,
    },
    /// Stripe no longer has it, or it is out of use: only the ledger is told.
    Forget {
        /// Why.
        reason: String,
    },
    /// It goes with an invoice that is taken back.
    With {
        /// That object.
        id: String,
    },
    /// There is nothing to do.
    Nothing {
        /// Why.
        reason: String,
    },
    /// It stays, as a person has not asked for more.
    Keep {
        /// Why.
        reason: String,
    },
    /// It can't be taken back.
    Impossible {
        /// Why.
        reason: String,
    },
}

/// An object that goes with another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The flow that made it.
    pub flow: String,
    /// The object's id.
    pub stripe_id: String,
}

/// A request that takes something back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRequest {
    /// The operation in the catalogue.
    pub operation: String,
    /// `POST` or `DELETE`.
    pub method: String,
    /// The path with its ids filled in.
    pub path: String,
    /// The parameters.
    pub form: Form,
}

impl Undoing {
    /// Gives the number of requests that it takes.
    pub fn requests(&self) -> u64 {
        match self {
            Undoing::TakeBack { .. } | Undoing::Reverse { .. } => 1,
            Undoing::Restore { request, .. } | Undoing::Revive { request } => u64::from(request.is_some()),
            Undoing::Forget { .. }
            | Undoing::With { .. }
            | Undoing::Nothing { .. }
            | Undoing::Keep { .. }
            | Undoing::Impossible { .. } => 0,
        }
    }
}

/// How many changes become what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UndoTotals {
    /// All that were looked at.
    pub changes: u64,
    /// Objects that go, or are put out of use.
    pub taken_back: u64,
    /// Objects that get their former values, calls that are reversed.
    pub restored: u64,
    /// For which there is nothing to do, or nobody asked for it.
    pub kept: u64,
    /// That can't be taken back.
    pub not_undone: u64,
    /// Requests that Stripe refused, or that got no answer.
    pub failed: u64,
}

impl UndoTotals {
    /// Counts a planned one.
    pub fn add(&mut self, undoing: &Undoing) {
        self.changes += 1;
        match undoing {
            Undoing::TakeBack { .. } | Undoing::Forget { .. } | Undoing::With { .. } => self.taken_back += 1,
            Undoing::Restore { .. } | Undoing::Revive { .. } | Undoing::Reverse { .. } => self.restored += 1,
            Undoing::Nothing { .. } | Undoing::Keep { .. } => self.kept += 1,
            Undoing::Impossible { .. } => self.not_undone += 1,
        }
    }

    /// Tells whether anything would be done.
    pub fn acts(&self) -> bool {
        self.taken_back + self.restored > 0
    }
}
