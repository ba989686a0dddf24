//! What the service tells, as data.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::diag::{Diagnostic, Sources, render_json};
use crate::engine::EngineError;
use crate::ledger::{RecordResult, RunId};
use crate::model::Mode;
use crate::plan::{Limits, Moved, PlannedRecord, Summary, Totals, record_json, summary_json};
use crate::stripe::Counts;
use crate::watch::{Difference, Notice};

use super::reach::Reached;

/// Something that happened, and when.
#[derive(Debug, Serialize)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub news: News,
}

/// What happened. Paths of files are those of the project's directory where they lie in it.
#[derive(Debug, Serialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// The first generation runs.
    Watching {
        /// The account's id; empty where the key may not ask for it.
        account: String,
        /// Whether it is the sandbox inside the process.
        sandbox: bool,
        /// Whether real money moves.
        #[serde(serialize_with = "mode_json")]
        mode: Mode,
        /// The flows, in the order in which they run.
        flows: Vec<Arc<str>>,
        /// How many sheets are read.
        sources: usize,
        /// How many plugins are called.
        plugins: usize,
    },
    /// Something about the watching itself.
    Notice(#[serde(serialize_with = "notice_json")] Notice),
    /// A save is over.
    Changed {
        /// What is not as it was.
        files: Vec<Difference>,
    },
    /// A person asked for everything to be read again.
    Reread,
    /// A plugin is built from its sources.
    Building {
        /// Its name.
        plugin: String,
    },
    /// A plugin can't be built from its sources, and is used as it was built before.
    NotBuilt {
        /// Why.
        #[serde(flatten)]
        problem: Problem,
    },
    /// A plugin is compiled for the first time.
    Compiling {
        /// Its name.
        plugin: String,
        /// The component's size.
        bytes: usize,
    },
    /// A new generation runs.
    Replaced {
        /// Its number, from 1.
        generation: u32,
        /// How long it took from the end of the save, in milliseconds.
        milliseconds: u64,
        /// The flows that it has something new for, and that are planned next.
        reached: Vec<Reached>,
        /// Those that it would reach, were they not paused.
        paused: Vec<Arc<str>>,
        /// Warnings.
        #[serde(flatten)]
        warnings: Problem,
    },
    /// The change came to nothing: what ran goes on.
    Kept {
        /// What runs; `None` when nothing does yet.
        running: Option<Standing>,
        /// Why.
        #[serde(flatten)]
        problem: Problem,
    },
    /// A plan was made.
    Planned {
        /// The generation.
        generation: u32,
        /// The flows of the plan.
        flows: Vec<PlannedFlow>,
        /// Its sums.
        #[serde(serialize_with = "sums_json")]
        sums: (Summary, Limits),
    },
    /// The person did not want the plan to be sent.
    Declined {
        /// The flows.
        flows: Vec<Arc<str>>,
    },
    /// A plan was applied. One that had nothing to do is not told of.
    Applied {
        /// The generation.
        generation: u32,
        /// The run's number in the ledger.
        run: RunId,
        /// What came of each flow.
        flows: Vec<AppliedFlow>,
        /// What came of all.
        totals: Totals,
        /// The requests of the run.
        #[serde(serialize_with = "counts_json")]
        requests: Counts,
        /// The money of the plan.
        #[serde(serialize_with = "money_json")]
        money: Moved,
        /// Whether it was stopped before its end.
        interrupted: bool,
        /// Records that were not begun.
        left: u64,
        /// How long it took, in milliseconds.
        milliseconds: u64,
        /// The first records that failed, or that a step rejected.
        #[serde(serialize_with = "results_json")]
        trouble: Vec<RecordResult>,
    },
    /// A run came to nothing.
    Failed {
        /// The generation.
        generation: u32,
        /// The flows.
        flows: Vec<Arc<str>>,
        /// Why.
        #[serde(flatten)]
        problem: Problem,
        /// After how many seconds it is tried again; `None` waits for the next save.
        again_in: Option<u64>,
    },
    /// When flows run next by themselves. Told at the start, and when it changes with a generation.
    Upcoming {
        /// The flows that have a time, the earliest first.
        runs: Vec<Upcoming>,
    },
    /// The loop is about to end, and finishes what is in flight.
    Stopping,
    /// The loop has ended.
    Stopped,
}

/// A generation that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its number.
    pub generation: u32,
    /// Since when.
    pub since: Timestamp,
}

/// What a plan has for one flow.
#[derive(Debug, Serialize)]
pub struct PlannedFlow {
    /// Its name and why it was planned.
    #[serde(flatten)]
    pub reached: Reached,
    /// Its sums.
    pub totals: Totals,
    /// What a guard says that does not hold.
    pub guard: Option<String>,
    /// The first records that are not simply unchanged.
    #[serde(serialize_with = "records_json")]
    pub records: Vec<PlannedRecord>,
    /// How many more of them there are.
    pub more: u64,
}

/// What came of one flow.
#[derive(Clone, Debug, Serialize)]
pub struct AppliedFlow {
    /// Its name.
    pub flow: String,
    /// Its sums.
    pub totals: Totals,
}

/// When a flow runs next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Upcoming {
    /// The flow.
    pub flow: Arc<str>,
    /// When.
    pub at: Timestamp,
}

/// Why something came to nothing; or, with nothing but diagnostics, what is worth a look.
#[derive(Debug)]
pub enum Problem {
    /// The flows have problems.
    Diagnostics {
        /// The problems.
        diagnostics: Vec<Diagnostic>,
        /// The texts that they point into.
        texts: Box<Sources>,
    },
    /// Anything else.
    Error(EngineError),
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Check { diagnostics, texts } => Problem::Diagnostics { diagnostics, texts },
            error => Problem::Error(error),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = match self {
            Problem::Diagnostics { diagnostics, texts } => {
                json!({"diagnostics": render_json(diagnostics, texts)})
            }
            Problem::Error(error) => json!({"message": error.to_string(), "causes": causes(error)}),
        };
        members.serialize(serializer)
    }
}

/// Collects what lies behind an error, the nearest first.
fn causes(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(error.source(), |cause| cause.source())
        .map(ToString::to_string)
        .collect()
}

fn notice_json<S: Serializer>(notice: &Notice, serializer: S) -> Result<S::Ok, S::Error> {
    let mut shown = json!(notice);
    if let Value::Object(members) = &mut shown {
        members.insert("message".to_owned(), json!(notice.to_string()));
    }
    shown.serialize(serializer)
}

fn mode_json<S: Serializer>(mode: &Mode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(mode.as_str())
}

fn sums_json<S: Serializer>((summary, limits): &(Summary, Limits), serializer: S) -> Result<S::Ok, S::Error> {
    summary_json(summary, *limits).serialize(serializer)
}

fn counts_json<S: Serializer>(counts: &Counts, serializer: S) -> Result<S::Ok, S::Error> {
    json!({"GET": counts.get, "POST": counts.post, "DELETE": counts.delete, "retried": counts.retried})
        .serialize(serializer)
}

fn money_json<S: Serializer>(money: &Moved, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        money
            .iter()
            .map(|money| json!({"currency": money.currency.code(), "amount": money.to_major().to_string()})),
    )
}

fn records_json<S: Serializer>(records: &[PlannedRecord], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(records.iter().map(record_json))
}

fn results_json<S: Serializer>(results: &[RecordResult], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(results.iter().map(|result| {
        json!({
            "flow": result.flow,
            "key": result.key.as_ref().map(ToString::to_string),
            "place": result.place,
            "outcome": result.outcome.as_str(),
            "step": result.step,
            "message": result.message,
            "code": result.code,
            "param": result.param,
            "request_id": result.request_id,
            "status": result.status,
        })
    }))
}
