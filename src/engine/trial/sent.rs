//! The requests that a step would send.

use crate::catalog::{Catalog, OperationKind};
use crate::lang::program::{Fragment, MatchField, Step, StepDetail, StepKind};
use crate::model::FormValue;
use crate::plan::Action;

use super::record::TriedStep;

/// A request that would be sent.
pub(super) struct Sent {
    /// `GET`, `POST` or `DELETE`.
    pub(super) method: String,
    /// Its path; with `{name}` where an id stands that nobody knows yet.
    pub(super) path: String,
    /// Whether all of the path is known.
    pub(super) is_known: bool,
}

/// Gives the request of a step that a record gets to; none for one that only looks for something.
pub(super) fn sent(step: &Step, tried: &TriedStep) -> Option<Sent> {
    match &tried.action {
        Action::Create { .. } => operation(step, OperationKind::Create, None),
        Action::Undecided { .. } if step.kind == StepKind::Delete => match &step.detail {
            StepDetail::Delete(removal) => {
                Some(filled(removal.method.as_str(), removal.path, id(step, tried)))
            }
            _ => None,
        },
        Action::Undecided { .. } => operation(step, OperationKind::Update, id(step, tried)),
        Action::Call { method, path, .. } => Some(called(step, method, path.as_deref())),
        Action::Read { path } => Some(called(step, "GET", path.as_deref())),
        Action::Update { .. }
        | Action::Unchanged { .. }
        | Action::Kept { .. }
        | Action::Found { .. }
        | Action::ToFind
        | Action::Delete { .. }
        | Action::Absent
        | Action::Called { .. }
        | Action::Remove { .. }
        | Action::Adopt { .. }
        | Action::NotAdopted { .. }
        | Action::Open => None,
    }
}

fn operation(step: &Step, kind: OperationKind, id: Option<&str>) -> Option<Sent> {
    let operation = Catalog::embedded().resource(step.resource)?.operation(kind)?;
    Some(filled(operation.method, operation.path, id))
}

/// Gives the id of what a step is about, where the flow says it.
fn id<'t>(step: &Step, tried: &'t TriedStep) -> Option<&'t str> {
    let by_id = step.matching.as_ref()?.field == MatchField::Id;
    tried
        .desired
        .wanted
        .as_ref()
        .filter(|_| by_id)
        .and_then(FormValue::text)
}

fn filled(method: &str, template: &str, id: Option<&str>) -> Sent {
    let path = match (id, template.split_once('{')) {
        (Some(id), Some((before, rest))) => {
            let behind = rest.split_once('}').map_or("", |(_, behind)| behind);
            format!("{before}{id}{behind}")
        }
        _ => template.to_owned(),
    };
    Sent {
        method: method.to_owned(),
        is_known: !path.contains('{'),
        path,
    }
}

fn called(step: &Step, method: &str, path: Option<&str>) -> Sent {
    let template = || match &step.detail {
        StepDetail::Call(call) => call.path.to_owned(),
        StepDetail::Request(request) => request
            .path
            .iter()
            .map(|part| match part {
                Fragment::Text(text) => text,
                Fragment::Value(_) => "{…}",
            })
            .collect(),
        StepDetail::None | StepDetail::Find(_) | StepDetail::Mirror(_) | StepDetail::Delete(_) => {
            String::new()
        }
    };
    Sent {
        method: method.to_owned(),
        is_known: path.is_some(),
        path: path.map_or_else(template, str::to_owned),
    }
}
