//! What a ledger tells of the runs before: read without an account, and without a request.

mod origin;

use std::path::Path;

use crate::lang;
use crate::ledger::{
    Ledger, LedgerError, Page, Paged, ProjectLock, RecordOutcome, RecordResult, ResultCount, ResultPage,
    RunId, RunState, RunSummary, SqliteLedger,
};

use super::EngineError;
use super::connection::Target;
use super::project::{flow_files, read_trees};
use super::selection::Retry;
use super::state::state_directory;

pub use origin::{CellNow, FieldOrigin, LineNow, Origin, RowNow};

/// How many results are read at once.
const PAGE: u32 = 1_000;

/// Which ledger is meant.
#[derive(Clone, Copy, Debug)]
pub struct HistoryPlace<'a> {
    /// A directory with flows, or one flow.
    pub path: &'a Path,
    /// The place of ledgers; `.sheetflow` beside the project when `None`.
    pub state_directory: Option<&'a Path>,
    /// The server whose ledger it is.
    pub target: &'a Target,
}

/// The runs of a project, as its ledger has them.
#[derive(Debug)]
pub struct History {
    state: std::path::PathBuf,
    /// `None` when nothing has run yet.
    ledger: Option<SqliteLedger>,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunFate {
    /// It has ended in this way.
    Ended(RunState),
    /// It is at work.
    Running,
    /// Its process ended before it did.
    Killed,
}

impl RunFate {
    /// Gives the word of reports: `finished`, `interrupted`, `stopped`, `running`, `killed`.
    pub fn as_str(&self) -> &'static str {
        match self {
            RunFate::Ended(state) => state.as_str(),
            RunFate::Running => "running",
            RunFate::Killed => "killed",
        }
    }
}

/// One run with its sums.
#[derive(Clone, Debug)]
pub struct PastRun {
    /// The run.
    pub summary: RunSummary,
    /// How it stands.
    pub fate: RunFate,
    /// The results that it left, by flow; read only for a run that has no sums of its own.
    pub counts: Vec<ResultCount>,
}

/// What a run left undone.
#[derive(Clone, Debug)]
pub struct Undone {
    /// The records that can be tried again.
    pub retry: Retry,
    /// The places of rows that were rejected before their key was known.
    pub keyless: Vec<String>,
}

impl History {
    /// Opens the ledger, if there is one. The project may have problems: its runs can be read all the same.
    pub async fn open(place: HistoryPlace<'_>) -> Result<History, EngineError> {
        let (root, files) = flow_files(place.path)?;
        let (_, trees) = read_trees(&files)?;
        let (declarations, _) = lang::declare(&trees);
        let target = match place.target {
            Target::Account if declarations.accounts.is_empty() => &Target::Sandbox,
            target => target,
        };
        let state = state_directory(&root, place.state_directory, target);
        let file = state.join("ledger.db");
        let ledger = match file.is_file() {
            true => Some(SqliteLedger::open(&file).await?),
            false => None,
        };
        Ok(History { state, ledger })
    }

    /// Gives the place of the ledger, whether there is one or not.
    pub fn place(&self) -> &Path {
        &self.state
    }

    /// Tells whether nothing has run yet.
    pub fn is_empty(&self) -> bool {
        self.ledger.is_none()
    }

    /// Gives the newest runs, the newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<PastRun>, EngineError> {
        let Some(ledger) = &self.ledger else {
            return Ok(Vec::new());
        };
        let mut runs = Vec::new();
        for summary in ledger.runs(limit).await? {
            runs.push(self.past(ledger, summary).await?);
        }
        Ok(runs)
    }

    /// Gives one run. Errors when there is none of this number.
    pub async fn run(&self, run: RunId) -> Result<PastRun, EngineError> {
        let Some(ledger) = &self.ledger else {
            return Err(EngineError::NoRun { run, newest: None });
        };
        match ledger.run(run).await? {
            Some(summary) => self.past(ledger, summary).await,
            None => {
                let newest = ledger.runs(1).await?.first().map(|newest| newest.id);
                Err(EngineError::NoRun { run, newest })
            }
        }
    }

    /// Gives a page of a run's results, in the order in which they ended.
    pub async fn results(&self, run: RunId, page: &ResultPage) -> Result<Paged<RecordResult>, EngineError> {
        match &self.ledger {
            Some(ledger) => Ok(ledger.results(run, page).await?),
            None => Ok(Paged {
                items: Vec::new(),
                next: None,
            }),
        }
    }

    /// Collects the records that failed or were rejected in a run. Errors for a rollback, which goes on by itself.
    pub async fn undone(&self, run: RunId) -> Result<Undone, EngineError> {
        let past = self.run(run).await?;
        if let Some(other) = past.summary.start.command.strip_prefix("rollback ") {
            return Err(EngineError::NotRetried {
                run,
                command: format!("rollback {other}"),
            });
        }
        let mut undone = Undone {
            retry: Retry {
                run,
                keys: Default::default(),
            },
            keyless: Vec::new(),
        };
        let mut wanted = ResultPage {
            outcomes: vec![RecordOutcome::Failed, RecordOutcome::Rejected],
            flow: None,
            page: Page::first(PAGE),
        };
        loop {
            let results = self.results(run, &wanted).await?;
            for result in results.items {
                match result.key {
                    Some(key) => {
                        undone.retry.keys.entry(result.flow).or_default().insert(key);
                    }
                    None => undone.keyless.push(result.place),
                }
            }
            if results.next.is_none() {
                return Ok(undone);
            }
            wanted.page.after = results.next;
        }
    }

    async fn past(&self, ledger: &SqliteLedger, summary: RunSummary) -> Result<PastRun, EngineError> {
        let fate = match &summary.end {
            Some(end) => RunFate::Ended(end.state),
            None => self.unfinished(ledger, summary.id).await?,
        };
        let has_sums = summary.end.as_ref().is_some_and(|end| end.totals.is_object());
        let counts = match has_sums {
            true => Vec::new(),
            false => ledger.result_counts(summary.id).await?,
        };
        Ok(PastRun {
            summary,
            fate,
            counts,
        })
    }

    /// Tells what has become of a run without an end. One run at a time holds the lock, so only the newest can
    /// be at work.
    async fn unfinished(&self, ledger: &SqliteLedger, run: RunId) -> Result<RunFate, LedgerError> {
        let newest = ledger.runs(1).await?.first().map(|newest| newest.id);
        Ok(match newest == Some(run) && ProjectLock::is_held(&self.state)? {
            true => RunFate::Running,
            false => RunFate::Killed,
        })
    }

    /// Closes the ledger.
    pub async fn close(self) {
        if let Some(ledger) = self.ledger {
            ledger.close().await;
        }
    }
}
