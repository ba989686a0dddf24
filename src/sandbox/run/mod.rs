//! What the endpoints do, by the kind of their operation.

mod change;
mod create;
mod list;
mod read;
mod reference;
mod search;

use axum::body::Bytes;
use serde_json::{Map, Value};

use super::expand;
use super::life;
use super::refusal::Refusal;
use super::routes::Match;
use super::work::Work;
use crate::catalog::OperationKind;

/// Runs a request whose parameters were checked, and gives the JSON text of the answer.
pub(super) fn run(
    work: &mut Work<'_>,
    found: &Match<'_>,
    given: &Map<String, Value>,
) -> Result<Bytes, Refusal> {
    let paths = expand::paths(work.shapes, found.route, given)?;
    for (resource, id) in found.parents() {
        if let Some(resource) = resource
            && !life::is_test_data(resource, id)
        {
            work.find_live(resource, id)?;
        }
    }
    let answer = match found.route.operation.kind {
        OperationKind::Create => create::create(work, found, given)?,
        OperationKind::Retrieve => read::retrieve(work, found)?,
        OperationKind::Update => change::update(work, found, given)?,
        OperationKind::Delete => change::delete(work, found)?,
        OperationKind::List | OperationKind::ListSub => list::list(work, found, given)?,
        OperationKind::Search => search::search(work, found, given)?,
        OperationKind::Action | OperationKind::Read | OperationKind::DeleteSub => {
            life::act(work, found, given)?
        }
    };
    match paths.is_empty() {
        true => Ok(answer),
        false => expand::expand(work, found.route, &paths, &answer),
    }
}
