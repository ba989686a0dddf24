use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::engine::{EngineError, Session};
use crate::lang::program::Flow;
use crate::watch::{Input, Inputs, Snapshot};

use super::inputs::source_file;
use super::reach::{Basis, Rows};
use super::report::Standing;

/// The whole running state: checked flows, compiled plugins, headers, the account. Never changed; the next one is
/// made beside it.
pub(super) struct Generation {
    /// Counted from 1.
    pub(super) number: u32,
    /// When it was taken over.
    pub(super) since: Timestamp,
    /// The project, with its ledger and its account open.
    pub(super) session: Session,
    /// What it was read from.
    pub(super) inputs: Inputs,
    /// What that held.
    pub(super) snapshot: Snapshot,
}

impl Generation {
    /// Gives the flows, in the order in which they run.
    pub(super) fn flows(&self) -> &[Arc<Flow>] {
        let program = self.session.project.program.as_ref();
        program.map_or(&[], |program| &program.flows)
    }

    /// Finds the account of the flows; none where the project declares none.
    fn account(&self, flow: &Flow) -> Option<String> {
        let program = self.session.project.program.as_ref()?;
        let name = flow.account.as_deref()?;
        let spec = program.accounts.iter().find(|account| *account.name == *name)?;
        Some(format!("{spec:?}"))
    }

    /// Gives what a flow is planned with, as these files hold it.
    pub(super) fn basis(&self, flow: &Flow, snapshot: &Snapshot) -> Basis {
        let rows: Rows = self
            .sources_of(flow)
            .map(|(name, file)| (name, snapshot.fingerprint(&file).cloned()))
            .collect();
        Basis {
            program: flow.hash.clone(),
            frame: flow.frame.clone(),
            plugins: flow.plugins.clone(),
            account: self.account(flow),
            rows,
        }
    }

    /// Gives the files that a flow's rows and look-ups are read from.
    pub(super) fn files_of(&self, flow: &Flow) -> Inputs {
        self.sources_of(flow).map(|(_, file)| Input::File(file)).collect()
    }

    fn sources_of<'s>(&'s self, flow: &'s Flow) -> impl Iterator<Item = (Arc<str>, PathBuf)> + 's {
        let project = &self.session.project;
        let wanted = std::iter::once(&flow.source).chain(&flow.lookups);
        wanted.filter_map(|name| {
            let (spec, _) = project.source(name)?;
            Some((Arc::clone(name), source_file(&project.root, spec)))
        })
    }

    /// Says which one it is.
    pub(super) fn standing(&self) -> Standing {
        Standing {
            generation: self.number,
            since: self.since,
        }
    }

    /// Ends it, and its account with it once no other generation has it.
    pub(super) async fn close(self) -> Result<(), EngineError> {
        self.session.close().await
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generation")
            .field("number", &self.number)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}
