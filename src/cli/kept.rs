//! `apply FILE`: what a kept plan says itself, and what the command line may still say.

use std::path::Path;

use jiff::Timestamp;

use crate::engine::{KeptPlan, Options, Planning};
use crate::model::Clock;

use super::arguments::Target;
use super::project::{Wanted, engine_target};
use super::{CliError, Context};

/// Opens the plan that a path names; `None` for a directory, a flow, and what is not there.
pub(super) fn kept_plan(path: &Path) -> Result<Option<KeptPlan>, CliError> {
    let is_flow = path.extension().is_some_and(|extension| extension == "flow");
    match path.is_file() && !is_flow {
        true => Ok(Some(KeptPlan::open(path)?)),
        false => Ok(None),
    }
}

/// Gives the options that a kept plan was made with. Live mode is said anew; the server may be. What would make
/// another plan is refused.
pub(super) fn kept_options(
    kept: &KeptPlan,
    said: Wanted<'_>,
    context: &Context,
) -> Result<Options, CliError> {
    if let Some(option) = said.narrowing.first_said() {
        return Err(CliError::KeptWhole { option });
    }
    if said.refresh {
        return Err(CliError::KeptWhole { option: "--refresh" });
    }
    let target = match said.target.target() {
        Target::Account => kept.target().clone(),
        Target::Inside | Target::At(_) => engine_target(said.target.target()),
    };
    let state_directory = context.state_dir.as_deref().or(kept.state_directory());
    Ok(Options {
        state_directory: state_directory.map(Path::to_owned),
        target,
        live: said.target.live,
        offline: false,
        threads: context.threads,
        selection: kept.selection().clone(),
        planning: Planning {
            refresh: kept.refreshes(),
            today: Some(kept.today()),
        },
        clock: Clock::new(Timestamp::now),
    })
}
