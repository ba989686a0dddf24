use serde::{Deserialize, Serialize};

use crate::model::RecordKey;

/// Which records of which flows a command is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Only this flow.
    pub flow: Option<String>,
    /// Only the record with this key, as a person writes it.
    pub key: Option<String>,
    /// Only the row with this number.
    pub row: Option<u32>,
    /// Only the first so many records that would send something, in each flow.
    pub limit: Option<u64>,
}

impl Selection {
    /// Tells whether all records of a flow are wanted.
    pub(super) fn is_whole(&self) -> bool {
        self.key.is_none() && self.row.is_none() && self.limit.is_none()
    }

    /// Tells whether a flow is wanted.
    pub(super) fn wants_flow(&self, name: &str) -> bool {
        self.flow.as_deref().is_none_or(|wanted| wanted == name)
    }

    /// Tells whether a row is wanted.
    pub(super) fn wants_row(&self, number: u32) -> bool {
        self.row.is_none_or(|wanted| wanted == number)
    }

    /// Tells whether a record is wanted.
    pub(super) fn wants_key(&self, key: Option<&RecordKey>) -> bool {
        let Some(wanted) = &self.key else { return true };
        key.is_some_and(|key| key.to_string() == *wanted)
    }
}
