use crate::model::AccountSpec;

use super::{EngineError, Project, Selection};

/// Finds the account of the wanted flows; `None` when the project has none. All flows of one run go to
/// one account.
pub(super) fn account_of(
    project: &Project,
    selection: &Selection,
) -> Result<Option<AccountSpec>, EngineError> {
    let program = project.program()?;
    let mut names = program
        .flows
        .iter()
        .filter(|flow| selection.wants_flow(&flow.name))
        .filter_map(|flow| flow.account.as_deref());
    let Some(first) = names.next() else {
        return none_of(project, selection);
    };
    if let Some(other) = names.find(|name| *name != first) {
        return Err(EngineError::Account {
            message: format!(
                "flows of two accounts, `{first}` and `{other}`, don't run together; use `--flow`"
            ),
        });
    }
    Ok(program
        .accounts
        .iter()
        .find(|account| *account.name == *first)
        .cloned())
}

/// Gives no account to a project that has none. Where the wanted flows are gone, nobody can tell which it was.
fn none_of(project: &Project, selection: &Selection) -> Result<Option<AccountSpec>, EngineError> {
    let is_gone = |name: &String| {
        let program = project.program();
        program.is_ok_and(|program| program.flows.iter().all(|flow| *flow.name != **name))
    };
    match &selection.retry {
        Some(retry) if retry.keys.keys().all(is_gone) => Err(EngineError::FlowsGone { run: retry.run }),
        _ => Ok(None),
    }
}
