use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use crate::lang::program::Flow;
use crate::ledger::{
    AccountMark, Intent, Journal, Ledger, Paged, ProjectLock, RecordResult, ResultPage, RunEnd, RunId,
    RunStart, RunState, SqliteLedger,
};
use crate::model::{Clock, Fingerprint, Mode};

use super::account::account_of;
use super::connection::{Connection, Target};
use super::events::Progress;
use super::flow_runs::FlowRuns;
use super::planning::planner::{Plan, Planner, Purpose};
use super::sending::apply::{Applied, Apply};
use super::settle::{Settled, Settler, Verdict};
use super::state::state_directory;
use super::{EngineError, Project, Selection};

/// How a command was asked to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The place of ledger and sandbox; `.sheetflow` beside the project when `None`.
    pub state_directory: Option<PathBuf>,
    /// The server.
    pub target: Target,
    /// Whether live mode is allowed.
    pub live: bool,
    /// Whether no request at all may be made.
    pub offline: bool,
    /// How many threads evaluate rows. What comes of it does not depend on their number.
    pub threads: NonZeroUsize,
    /// Which records it is about.
    pub selection: Selection,
    /// How plans are made.
    pub planning: Planning,
    /// Where the time comes from.
    pub clock: Clock,
}

/// How a plan is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planning {
    /// Whether the live objects are read that the ledger knows.
    pub refresh: bool,
    /// The run's own day; that of the clock when `None`.
    pub today: Option<Date>,
}

/// A project with its ledger and its account open.
pub struct Session {
    /// The project.
    pub project: Arc<Project>,
    /// The way to Stripe; `None` offline.
    pub connection: Option<Arc<Connection>>,
    pub(super) options: Options,
    state: PathBuf,
    pub(super) ledger: Arc<SqliteLedger>,
    generation: u32,
}

impl Session {
    /// Opens the ledger and the account of a project that has no problems.
    pub async fn open(project: Project, options: Options) -> Result<Session, EngineError> {
        let account = account_of(&project, &options.selection)?;
        let target = match &options.target {
            Target::Account if account.is_none() => &Target::Sandbox,
            target => target,
        };
        let state = state_directory(&project.root, options.state_directory.as_deref(), target);
        let connection = match options.offline {
            true => None,
            false => Some({
                let to = (&options.target, options.live);
                Connection::open(account.as_ref(), to, &state, &options.clock).await?
            }),
        };
        let ledger = Arc::new(SqliteLedger::open(&state.join("ledger.db")).await?);
        let session = Session {
            project: Arc::new(project),
            connection: connection.map(Arc::new),
            options,
            state,
            ledger,
            generation: 1,
        };
        session.check_account().await?;
        Ok(session)
    }

    /// Opens another state of the same project: on the ledger and the account that are open, unless the project
    /// means another account now.
    pub(super) async fn succeeded_by(&self, project: Project) -> Result<Session, EngineError> {
        let is_same_account = self.options.target != Target::Account
            || account_of(&project, &self.options.selection)?
                == account_of(&self.project, &self.options.selection)?;
        if !is_same_account {
            return Session::open(project, self.options.clone()).await;
        }
        Ok(Session {
            project: Arc::new(project),
            connection: self.connection.clone(),
            options: self.options.clone(),
            state: self.state.clone(),
            ledger: Arc::clone(&self.ledger),
            generation: self.generation,
        })
    }

    /// Says which state of its flows a watching process has reached, for the ledger.
    pub(super) fn set_generation(&mut self, generation: u32) {
        self.generation = generation;
    }

    /// Tells whether the server is the sandbox inside the process.
    pub(super) fn is_sandbox(&self) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|connection| connection.is_sandbox())
    }

    /// Refuses a ledger that belongs to another account: its ids mean nothing there.
    async fn check_account(&self) -> Result<(), EngineError> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let Some(mark) = self.ledger.account().await? else {
            return Ok(());
        };
        let live = connection.mode == Mode::Live;
        let other_account = !connection.account.is_empty() && mark.id != connection.account;
        if !other_account && mark.livemode == live {
            return Ok(());
        }
        Err(EngineError::Account {
            message: format!(
                "the ledger in `{}` belongs to account {} in {} mode, and the key opens {} in {} mode",
                self.state.display(),
                mark.id,
                if mark.livemode { "live" } else { "test" },
                connection.account,
                connection.mode.as_str()
            ),
        })
    }

    /// Gives Stripe's clock, and offline this machine's.
    pub fn clock(&self) -> &Clock {
        let connection = self.connection.as_ref();
        connection.map_or(&self.options.clock, |connection| &connection.clock)
    }

    /// Reads what the ledger remembers of the project's flows.
    pub async fn flow_runs(&self) -> Result<FlowRuns, EngineError> {
        let names = self.project.program()?.flows.iter().map(|flow| &flow.name);
        FlowRuns::read(&*self.ledger, names).await
    }

    /// Makes the plan. Sends nothing that changes anything.
    pub async fn plan(&self, progress: &Progress) -> Result<Plan, EngineError> {
        self.plan_for(Purpose::Apply, progress).await
    }

    pub(super) async fn plan_for(&self, purpose: Purpose, progress: &Progress) -> Result<Plan, EngineError> {
        let program = self.project.program()?;
        self.check_flow_name(program.flows.iter().map(|flow| &*flow.name))?;
        let wanted = |name: &str| self.options.selection.wants_flow(name);
        self.plan_flows(purpose, wanted, progress).await
    }

    /// Makes the plan of some flows, in the order in which they run.
    pub(super) async fn plan_flows(
        &self,
        purpose: Purpose,
        wanted: impl Fn(&str) -> bool,
        progress: &Progress,
    ) -> Result<Plan, EngineError> {
        let program = self.project.program()?;
        let today = self.today();
        let planner = Planner {
            project: &self.project,
            ledger: &*self.ledger,
            client: self.connection.as_ref().map(|connection| &connection.client),
            selection: &self.options.selection,
            spool_directory: &self.state.join("tmp"),
            today,
            refresh: self.options.planning.refresh && self.connection.is_some(),
            purpose,
            threads: self.options.threads,
            progress,
        };
        let mut flows = Vec::new();
        for flow in &program.flows {
            if wanted(&flow.name) {
                let plan = planner.plan_flow(Arc::clone(flow), &flows).await?;
                flows.push(plan);
            }
        }
        let open_intents = self.ledger.open_intents(None).await?.len();
        Ok(Plan {
            flows,
            open_intents,
            today,
            gone_flows: self.gone_flows()?,
        })
    }

    /// Names the flows of a retry that the project no longer has.
    fn gone_flows(&self) -> Result<Vec<String>, EngineError> {
        let Some(retry) = &self.options.selection.retry else {
            return Ok(Vec::new());
        };
        let flows = &self.project.program()?.flows;
        let exists = |name: &String| flows.iter().any(|flow| *flow.name == **name);
        Ok(retry.keys.keys().filter(|name| !exists(name)).cloned().collect())
    }

    fn today(&self) -> Date {
        let now = || self.clock().now().to_zoned(TimeZone::system()).date();
        self.options.planning.today.unwrap_or_else(now)
    }

    /// Takes the project's lock, so that no second apply runs beside this one.
    pub fn lock(&self) -> Result<ProjectLock, EngineError> {
        self.lock_as("apply")
    }

    /// Takes the project's lock for a command of this name.
    pub fn lock_as(&self, command: &str) -> Result<ProjectLock, EngineError> {
        Ok(ProjectLock::acquire(
            &self.state,
            &format!("sheetflow {command}"),
        )?)
    }

    /// Settles what interrupted runs left open. Needs the lock.
    pub async fn settle(&self, _lock: &ProjectLock, progress: &Progress) -> Result<Settled, EngineError> {
        if self.ledger.open_intents(None).await?.is_empty() {
            return Ok(Settled::default());
        }
        let (run, journal) = (self.start_run("settle", &[]).await?, self.journal());
        let settled = self.settler(&journal)?.settle_all(progress).await;
        journal.close().await?;
        let counts = settled
            .as_ref()
            .map(|settled| serde_json::json!({"settled": settled.closed, "still_open": settled.open.len()}));
        self.finish_run(run, RunState::Finished, counts.unwrap_or_default())
            .await?;
        settled
    }

    /// Ends an open request, named by its idempotency key, as a person says. Needs the lock. Errors when no request
    /// with this key is open.
    pub async fn close_request(
        &self,
        _lock: &ProjectLock,
        idempotency_key: &str,
        verdict: Verdict,
    ) -> Result<Intent, EngineError> {
        let mut open = self.ledger.open_intents(None).await?.into_iter();
        let Some(intent) = open.find(|intent| intent.idempotency_key == idempotency_key) else {
            return Err(EngineError::NoOpenRequest {
                key: idempotency_key.to_owned(),
            });
        };
        let (run, journal) = (self.start_run("settle", &[]).await?, self.journal());
        let closed = self.settler(&journal)?.close(intent.clone(), verdict).await;
        journal.close().await?;
        self.finish_run(run, RunState::Finished, serde_json::json!({"settled": 1}))
            .await?;
        closed.map(|()| intent)
    }

    pub(super) fn journal(&self) -> Journal<SqliteLedger> {
        Journal::start(Arc::clone(&self.ledger))
    }

    fn settler<'a>(
        &'a self,
        journal: &'a Journal<SqliteLedger>,
    ) -> Result<Settler<'a, SqliteLedger>, EngineError> {
        Ok(Settler {
            client: &self.online()?.client,
            ledger: &self.ledger,
            journal,
            clock: self.clock(),
        })
    }

    /// Carries out a plan. Needs the lock. Stops calmly, at the border of a record, once `stop` turns true.
    pub async fn apply(
        &self,
        _lock: &ProjectLock,
        plan: Plan,
        progress: &Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Applied, EngineError> {
        let connection = self.online()?;
        plan.check_guards()?;
        if plan.flows.iter().all(|flow| flow.is_empty()) {
            let flows = plan
                .flows
                .iter()
                .map(|flow| (flow.flow.name.to_string(), flow.summary.totals));
            let requests = connection.client.counts();
            return Ok(Applied {
                run: None,
                flows: flows.collect(),
                requests,
                state: RunState::Finished,
                left: 0,
            });
        }
        let flows: Vec<Arc<Flow>> = plan.flows.iter().map(|plan| Arc::clone(&plan.flow)).collect();
        let run = self.start_run(&self.options.selection.command(), &flows).await?;
        let journal = Arc::new(self.journal());
        let apply = Apply {
            client: &connection.client,
            ledger: &self.ledger,
            journal: Arc::clone(&journal),
            run,
            account: &connection.account,
            project: &self.project.name,
            clock: self.clock(),
            progress,
            stop: stop.clone(),
        };
        let outcome = apply.run(plan).await;
        drop(apply);
        let closed = match Arc::into_inner(journal) {
            Some(journal) => journal.close().await.map_err(EngineError::from),
            None => Ok(()),
        };
        let ended = closed.and(outcome);
        let (flows, left) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // Where the ledger itself is the trouble, the run stays without an end.
                let _ = self
                    .finish_run(run, RunState::Stopped, serde_json::Value::Null)
                    .await;
                return Err(error);
            }
        };
        let applied = Applied {
            run: Some(run),
            flows,
            requests: connection.client.counts(),
            state: match (*stop.borrow(), left) {
                (true, _) => RunState::Interrupted,
                (false, 0) => RunState::Finished,
                (false, _) => RunState::Stopped,
            },
            left,
        };
        self.finish_run(run, applied.state, applied.recorded()).await?;
        Ok(applied)
    }

    /// Reads a page of a run's results.
    pub async fn results(&self, run: RunId, page: &ResultPage) -> Result<Paged<RecordResult>, EngineError> {
        Ok(self.ledger.results(run, page).await?)
    }

    /// Closes the ledger and the connection, where no other session has them too.
    pub async fn close(self) -> Result<(), EngineError> {
        if let Some(ledger) = Arc::into_inner(self.ledger) {
            ledger.close().await;
        }
        match self.connection.and_then(Arc::into_inner) {
            Some(connection) => connection.close().await,
            None => Ok(()),
        }
    }

    /// Gives the ledger.
    pub(super) fn ledger(&self) -> &Arc<SqliteLedger> {
        &self.ledger
    }

    /// Gives the place of the project's state.
    pub(super) fn state(&self) -> &Path {
        &self.state
    }

    pub(super) fn online(&self) -> Result<&Connection, EngineError> {
        self.connection.as_deref().ok_or_else(|| EngineError::Account {
            message: "nothing can be applied offline".to_owned(),
        })
    }

    fn check_flow_name<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), EngineError> {
        let Some(wanted) = &self.options.selection.flow else {
            return Ok(());
        };
        let names: Vec<&str> = names.collect();
        match names.contains(&wanted.as_str()) {
            true => Ok(()),
            false => Err(EngineError::UnknownFlow {
                name: wanted.clone(),
                known: names.join(", "),
            }),
        }
    }

    pub(super) async fn start_run(&self, command: &str, flows: &[Arc<Flow>]) -> Result<RunId, EngineError> {
        let connection = self.online()?;
        if self.ledger.account().await?.is_none() {
            let livemode = connection.mode == Mode::Live;
            self.ledger
                .record_account(&AccountMark {
                    id: connection.account.clone(),
                    livemode,
                })
                .await?;
        }
        let flows = flows
            .iter()
            .map(|flow| (flow.name.to_string(), generation_of(flow)));
        let start = RunStart {
            command: command.to_owned(),
            generation: self.generation,
            flows: flows.collect(),
            started: self.clock().now(),
        };
        Ok(self.ledger.start_run(&start).await?)
    }

    pub(super) async fn finish_run(
        &self,
        run: RunId,
        state: RunState,
        totals: serde_json::Value,
    ) -> Result<(), EngineError> {
        self.ledger
            .finish_run(
                run,
                &RunEnd {
                    state,
                    totals,
                    ended: self.clock().now(),
                },
            )
            .await?;
        Ok(())
    }
}

/// Gives the fingerprint of a flow with its plugins.
fn generation_of(flow: &Flow) -> Fingerprint {
    let plugins = flow.plugins.iter().map(|(_, hash)| hash.as_str());
    Fingerprint::of(std::iter::once(flow.hash.as_str()).chain(plugins))
}
