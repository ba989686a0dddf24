use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ledger::RunId;
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
    /// Only those that an earlier run left undone.
    pub retry: Option<Arc<Retry>>,
}

/// The records that a run left undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The run.
    pub run: RunId,
    /// The keys, by flow.
    pub keys: BTreeMap<String, HashSet<RecordKey>>,
}

impl Selection {
    /// Tells whether all records of a flow are wanted.
    pub(super) fn is_whole(&self) -> bool {
        self.takes_all_keys() && self.limit.is_none()
    }

    /// Tells whether no record is left out for its key or its row.
    pub(super) fn takes_all_keys(&self) -> bool {
        self.key.is_none() && self.row.is_none() && self.retry.is_none()
    }

    /// Tells whether a flow is wanted.
    pub(super) fn wants_flow(&self, name: &str) -> bool {
        self.flow.as_deref().is_none_or(|wanted| wanted == name)
            && self
                .retry
                .as_ref()
                .is_none_or(|retry| retry.keys.contains_key(name))
    }

    /// Tells whether a row is wanted.
    pub(super) fn wants_row(&self, number: u32) -> bool {
        self.row.is_none_or(|wanted| wanted == number)
    }

    /// Tells whether a record of a flow is wanted.
    pub(super) fn wants_key(&self, flow: &str, key: Option<&RecordKey>) -> bool {
        let named = self
            .key
            .as_ref()
            .is_none_or(|wanted| key.is_some_and(|key| key.to_string() == *wanted));
        let retried = self
            .retried(flow)
            .is_none_or(|keys| key.is_some_and(|key| keys.contains(key)));
        named && retried
    }

    /// Gives the keys of a flow that are tried again; `None` when this is no retry, or not of this flow.
    pub(super) fn retried(&self, flow: &str) -> Option<&HashSet<RecordKey>> {
        self.retry.as_ref()?.keys.get(flow)
    }

    /// Gives what the ledger calls an apply of these records.
    pub(super) fn command(&self) -> String {
        match &self.retry {
            None => "apply".to_owned(),
            Some(retry) => format!("retry {}", retry.run),
        }
    }
}
