use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::engine::{Selection, Target};
use crate::ledger::{AccountMark, RunId};
use crate::model::Fingerprint;

/// What a kept plan was made from. The first line of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct Header {
    /// The layout; its name tells the file from any other.
    pub(in crate::engine) sheetflow_plan: u32,
    /// The version of the program that made it.
    pub(in crate::engine) program: String,
    /// When.
    pub(in crate::engine) made: Timestamp,
    /// The project as an absolute path: a directory, or one flow.
    pub(in crate::engine) project: PathBuf,
    /// `--state-dir` as an absolute path.
    pub(in crate::engine) state_directory: Option<PathBuf>,
    /// Which server it is for.
    pub(in crate::engine) target: Target,
    /// Whose objects it is about.
    pub(in crate::engine) account: AccountMark,
    /// The settings of the account that decide where requests go, and in which version.
    pub(in crate::engine) settings: Fingerprint,
    /// Which records it is about.
    pub(in crate::engine) selection: Selection,
    /// Whether the live objects were read.
    pub(in crate::engine) refresh: bool,
    /// The run's own day.
    pub(in crate::engine) today: Date,
    /// The flows, in their order.
    pub(in crate::engine) flows: Vec<FlowMark>,
    /// The sheets that they read.
    pub(in crate::engine) sources: Vec<SourceMark>,
    /// The last run that the ledger knew.
    pub(in crate::engine) last_run: Option<RunId>,
}

impl Header {
    /// The layout of the file that this program writes and reads.
    pub(in crate::engine) const LAYOUT: u32 = 1;
}

/// One flow of a kept plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct FlowMark {
    /// Its name.
    pub(in crate::engine) name: String,
    /// What it says.
    pub(in crate::engine) text: Fingerprint,
    /// The plugins that it calls, each with the hash of its file and limits.
    pub(in crate::engine) plugins: Vec<(Arc<str>, Fingerprint)>,
}

/// One sheet of a kept plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct SourceMark {
    /// Its name in the flows.
    pub(in crate::engine) name: String,
    /// The content of its file.
    pub(in crate::engine) content: Fingerprint,
}
