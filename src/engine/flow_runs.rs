use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use jiff::Timestamp;

use crate::ledger::{Ledger, RecordOutcome, RunSummary, SqliteLedger};

use super::state::state_directory;
use super::timetable::LastRuns;
use super::{EngineError, Options, Project, Target};

/// The newest run of each flow of a project, as its ledger remembers it.
#[derive(Clone, Debug, Default)]
pub struct FlowRuns {
    runs: BTreeMap<Arc<str>, LastRun>,
}

/// The newest run of a flow.
#[derive(Clone, Debug)]
pub struct LastRun {
    /// The run, with all flows that took part in it.
    pub run: RunSummary,
    /// What became of this flow's records. Those that the plan left alone are not counted.
    pub outcomes: BTreeMap<RecordOutcome, u64>,
}

impl FlowRuns {
    /// Reads the ledger that a command with these options would use, and makes none: a project without a ledger
    /// has no history. Makes no request.
    pub async fn of_project(project: &Project, options: &Options) -> Result<FlowRuns, EngineError> {
        let mut read = project.flows.iter().filter_map(|outline| outline.flow.as_ref());
        let no_account = read.all(|flow| flow.account.is_none());
        let target = match &options.target {
            Target::Account if no_account => &Target::Sandbox,
            target => target,
        };
        let state = state_directory(&project.root, options.state_directory.as_deref(), target);
        let file = state.join("ledger.db");
        if !fs::metadata(&file).is_ok_and(|found| found.is_file()) {
            return Ok(FlowRuns::default());
        }
        let ledger = SqliteLedger::open(&file).await?;
        let history = FlowRuns::read(&ledger, project.flows.iter().map(|flow| &flow.name)).await;
        ledger.close().await;
        history
    }

    /// Reads what a ledger remembers of these flows.
    pub(super) async fn read(
        ledger: &impl Ledger,
        flows: impl Iterator<Item = &Arc<str>>,
    ) -> Result<FlowRuns, EngineError> {
        let mut runs = BTreeMap::new();
        for name in flows {
            if let Some(run) = ledger.last_run(name).await? {
                let counts = ledger.result_counts(run.id).await?.into_iter();
                let outcomes = counts
                    .filter(|count| *count.flow == **name)
                    .map(|count| (count.outcome, count.count))
                    .collect();
                runs.insert(Arc::clone(name), LastRun { run, outcomes });
            }
        }
        Ok(FlowRuns { runs })
    }

    /// Gives the newest run of a flow; `None` when it never ran.
    pub fn last_run(&self, flow: &str) -> Option<&LastRun> {
        self.runs.get(flow)
    }

    /// Tells when the newest run of a flow began.
    pub fn began(&self, flow: &str) -> Option<Timestamp> {
        self.last_run(flow).map(|last| last.run.start.started)
    }

    /// Gives what a [`Timetable`](super::Timetable) begins with.
    pub fn last_runs(&self) -> LastRuns {
        let began = |(flow, last): (&Arc<str>, &LastRun)| (Arc::clone(flow), last.run.start.started);
        self.runs.iter().map(began).collect()
    }
}
