use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Fingerprint;

/// The account whose objects a ledger holds. A ledger belongs to one account for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountMark {
    /// Stripe's id of the account: `acct_…`.
    pub id: String,
    /// Whether the objects are live ones.
    pub livemode: bool,
}

/// The number of a run, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is known of a run when it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStart {
    /// The command as a person reads it: `apply`, `rollback 7`.
    pub command: String,
    /// Which state of the flows it runs on, from 1: a watching process starts a new one with each save.
    pub generation: u32,
    /// The flows, each with the fingerprint of its text.
    pub flows: Vec<(String, Fingerprint)>,
    /// When it began.
    pub started: Timestamp,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// In which way.
    pub state: RunState,
    /// The sums that the report shows, as JSON. The ledger does not look into it.
    pub totals: serde_json::Value,
    /// When it ended.
    pub ended: Timestamp,
}

/// The ways in which a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It went through all records.
    Finished,
    /// A person or a signal ended it early.
    Interrupted,
    /// A guard or an error stopped it.
    Stopped,
}

impl RunState {
    const ALL: [RunState; 3] = [RunState::Finished, RunState::Interrupted, RunState::Stopped];

    /// Gives the word that the ledger and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            RunState::Finished => "finished",
            RunState::Interrupted => "interrupted",
            RunState::Stopped => "stopped",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// One run, as `sheetflow runs` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Its number.
    pub id: RunId,
    /// How it began.
    #[serde(flatten)]
    pub start: RunStart,
    /// How it ended; `None` while it runs, and for ever when it was killed.
    pub end: Option<RunEnd>,
}
