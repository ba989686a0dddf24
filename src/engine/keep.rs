//! A session's plan into a file, and out of it again.

use std::path::{Path, PathBuf, absolute};

use crate::ledger::{AccountMark, Ledger};
use crate::model::{AccountSpec, Fingerprint, Mode};
use crate::source;

use super::account::account_of;
use super::connection::Target;
use super::events::Progress;
use super::plan_file::{
    FlowMark, Header, KeptPlan, Moved, MovedPart, PlanFileError, SourceMark, compare, write,
};
use super::planning::planner::Plan;
use super::{EngineError, Session};

impl Session {
    /// Keeps a plan in a file, for [`Session::plan_kept`]. `project` is what the project was loaded from. Errors when
    /// a file is there that is no plan.
    pub async fn keep(&self, plan: &mut Plan, project: &Path, file: &Path) -> Result<(), EngineError> {
        let header = self.header(plan, project).await?;
        write(plan, &header, &*self.ledger, file).await
    }

    /// Plans again what a kept plan is about, and errors with what has moved unless it is the same plan. Apply
    /// wants the lock taken before, so that nothing moves in between.
    pub async fn plan_kept(&self, kept: &KeptPlan, progress: &Progress) -> Result<Plan, EngineError> {
        self.check_target(kept)?;
        let moved = self.moved_flows(kept)?;
        if !moved.is_empty() {
            let path = kept.path().to_owned();
            return Err(PlanFileError::Moved {
                path,
                moved,
                more: false,
            }
            .into());
        }
        let mut plan = self.plan(progress).await?;
        let sources = self.source_marks().await?;
        compare(&mut plan, kept, &*self.ledger, &sources).await?;
        Ok(plan)
    }

    async fn header(&self, plan: &Plan, project: &Path) -> Result<Header, EngineError> {
        let full = |path: &Path| -> Result<PathBuf, EngineError> {
            absolute(path).map_err(|source| EngineError::Read {
                path: path.to_owned(),
                source,
            })
        };
        let state_directory = self.options.state_directory.as_deref().map(full).transpose()?;
        Ok(Header {
            sheetflow_plan: Header::LAYOUT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made: self.clock().now(),
            project: full(project)?,
            state_directory,
            target: self.target(),
            account: self.account_mark(),
            settings: self.account_settings()?,
            selection: self.options.selection.clone(),
            refresh: self.options.planning.refresh,
            today: plan.today,
            flows: self.flow_marks()?,
            sources: self.source_marks().await?,
            last_run: self.ledger.runs(1).await?.first().map(|run| run.id),
        })
    }

    /// Gives the server; a project without an account has the sandbox.
    fn target(&self) -> Target {
        match self
            .connection
            .as_ref()
            .is_some_and(|connection| connection.is_sandbox())
        {
            true => Target::Sandbox,
            false => self.options.target.clone(),
        }
    }

    fn account_mark(&self) -> AccountMark {
        let connection = self.connection.as_ref();
        AccountMark {
            id: connection
                .map(|connection| connection.account.clone())
                .unwrap_or_default(),
            livemode: connection.is_some_and(|connection| connection.mode == Mode::Live),
        }
    }

    /// Gives a fingerprint of the settings that decide where requests go, and what Stripe makes of them.
    fn account_settings(&self) -> Result<Fingerprint, EngineError> {
        let account = account_of(&self.project, &self.options.selection)?;
        let parts = account.as_ref().map_or_else(Vec::new, |account: &AccountSpec| {
            let text = |text: &Option<String>| format!("{text:?}");
            vec![
                account.name.to_string(),
                account.mode.as_str().to_owned(),
                text(&account.version),
                text(&account.connect),
                text(&account.base_url),
            ]
        });
        Ok(Fingerprint::of(parts))
    }

    fn flow_marks(&self) -> Result<Vec<FlowMark>, EngineError> {
        let flows = self.project.program()?.flows.iter();
        let wanted = flows.filter(|flow| self.options.selection.wants_flow(&flow.name));
        Ok(wanted
            .map(|flow| FlowMark {
                name: flow.name.to_string(),
                text: Fingerprint::of([&flow.hash]),
                plugins: flow.plugins.clone(),
            })
            .collect())
    }

    /// Hashes the sheets that the wanted flows read.
    async fn source_marks(&self) -> Result<Vec<SourceMark>, EngineError> {
        let program = self.project.program()?;
        let read = |name: &str| {
            let mut flows = program.flows.iter();
            flows.any(|flow| {
                let reads = *flow.source == *name || flow.lookups.iter().any(|lookup| **lookup == *name);
                reads && self.options.selection.wants_flow(&flow.name)
            })
        };
        let mut marks = Vec::new();
        for (spec, _) in self.project.sources.iter().filter(|(spec, _)| read(&spec.name)) {
            let (name, spec, root) = (spec.name.to_string(), spec.clone(), self.project.root.clone());
            let content = tokio::task::spawn_blocking(move || source::fingerprint(&spec, &root));
            let content = content.await.map_err(|_| EngineError::Thread)??;
            marks.push(SourceMark { name, content });
        }
        Ok(marks)
    }

    fn check_target(&self, kept: &KeptPlan) -> Result<(), EngineError> {
        let target = self.target();
        let now = (&target, &self.account_mark());
        let then = (&kept.header.target, &kept.header.account);
        if now == then {
            return Ok(());
        }
        Err(PlanFileError::Target {
            path: kept.path().to_owned(),
            wanted: target_words(then),
            found: target_words(now),
        }
        .into())
    }

    /// Tells which flows, plugins and accounts are not those of a kept plan.
    fn moved_flows(&self, kept: &KeptPlan) -> Result<Vec<Moved>, EngineError> {
        let now = self.flow_marks()?;
        let then = &kept.header.flows;
        let flow = |what: String| Moved {
            part: MovedPart::Flow,
            what,
        };
        let mut moved = Vec::new();
        for mark in &now {
            match then.iter().find(|former| former.name == mark.name) {
                None => moved.push(flow(format!("flow `{}` is new", mark.name))),
                Some(former) => {
                    let plugins = mark
                        .plugins
                        .iter()
                        .filter(|plugin| !former.plugins.contains(plugin));
                    moved.extend(plugins.map(|(name, _)| Moved {
                        part: MovedPart::Plugin,
                        what: format!("plugin `{name}` of flow `{}` changed", mark.name),
                    }));
                    if former.text != mark.text {
                        moved.push(flow(format!("flow `{}` changed", mark.name)));
                    }
                }
            }
        }
        let gone = then
            .iter()
            .filter(|former| now.iter().all(|mark| mark.name != former.name));
        moved.extend(gone.map(|former| flow(format!("flow `{}` is gone", former.name))));
        if moved.is_empty() && self.account_settings()? != kept.header.settings {
            moved.push(flow("the settings of the account changed".to_owned()));
        }
        Ok(moved)
    }
}

/// Names a server and an account.
fn target_words((target, account): (&Target, &AccountMark)) -> String {
    let id = match account.id.as_str() {
        "" => "an account that its key may not name",
        id => id,
    };
    let mode = if account.livemode { "live" } else { "test" };
    match target {
        Target::Account => format!("account {id} in {mode} mode"),
        Target::Sandbox => "the sandbox inside the program".to_owned(),
        Target::Server(url) => format!("the server at {url} (account {id})"),
    }
}
