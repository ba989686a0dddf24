//! Steps: `create`, `update`, `upsert`, `mirror`, `find`, `delete`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{Catalog, Operation, OperationKind, Resource};
use crate::diag::Diagnostic;
use crate::lang::codes::{flows, names, requests};
use crate::lang::program::{Missing, Presence, Step, StepDetail, StepKind};
use crate::lang::syntax as tree;
use crate::lang::syntax::{Detail, Name};

use super::bindings::{Bindings, Operations};
use super::expression::Reader;
use super::typed::Answer;
use super::{Context, call_step, listed, matching, removal, request, requirements, with_nearest};

/// What is known of a step that was read.
pub(super) struct ReadStep {
    /// The step; `None` when it can't be sent.
    pub(super) step: Option<Step>,
    /// What its name stands for; `None` when that is not clear.
    pub(super) answer: Option<Answer>,
    /// Its resource.
    pub(super) resource: Option<&'static str>,
}

/// Reads a step with its index and its name in the ledger.
pub(super) fn read(tree: &tree::Step, place: (usize, Arc<str>), reader: &mut Reader) -> ReadStep {
    refuse_removal(tree, reader.context);
    match tree.kind {
        StepKind::Create | StepKind::Update | StepKind::Upsert | StepKind::Mirror => {
            let step = read_change(tree, place, reader);
            of_resource(tree, step, reader.context)
        }
        StepKind::Find | StepKind::Delete => {
            let step = read_lookup(tree, place, reader);
            of_resource(tree, step, reader.context)
        }
        StepKind::Call => call_step::read(tree, place, reader),
        StepKind::Request => ReadStep {
            step: request::read(tree, place, reader),
            answer: Some(Answer::anything()),
            resource: None,
        },
    }
}

/// Adds that a step's name stands for an object of its resource.
fn of_resource(tree: &tree::Step, step: Option<Step>, context: &Context) -> ReadStep {
    let resource = tree
        .resource
        .as_ref()
        .and_then(|name| context.catalog().resource(&name.text))
        .map(|resource| resource.name);
    ReadStep {
        step,
        answer: resource.map(|resource| Answer {
            presence: match &tree.detail {
                Detail::Missing(tree::Missing::Null) => Presence::Nullable,
                _ => Presence::Always,
            },
            ..Answer::object(resource)
        }),
        resource,
    }
}

/// Reports `removing` behind another verb than `mirror`.
fn refuse_removal(tree: &tree::Step, context: &mut Context) {
    if tree.kind != StepKind::Mirror
        && let Detail::Removal(removal) = &tree.detail
    {
        context.report(
            Diagnostic::error(
                &flows::REMOVAL,
                removal.span,
                format!("`{}` removes nothing", tree.kind.as_str()),
            )
            .with_hint("what follows the sheet in both directions is a `mirror`"),
        );
    }
}

/// Reads a create, update, upsert or mirror; `None` when there is no such resource or operation.
fn read_change(tree: &tree::Step, (index, name): (usize, Arc<str>), reader: &mut Reader) -> Option<Step> {
    let Some((resource, operations)) = operations(tree, reader.context) else {
        read_values(tree, reader);
        return None;
    };
    let mut bindings = Bindings::new(operations);
    for line in tree.bindings.iter().flatten() {
        bindings.add(line, reader);
    }
    let (bindings, bound) = bindings.finish(reader);
    if tree.bindings.is_some()
        && let Some(operation) = operations.create.or(operations.update)
    {
        requirements::check(operation, &bound, tree.head, reader.context);
        requirements::check_presence(operation, &bindings, reader.context);
    }
    let matching = tree
        .matching
        .as_ref()
        .and_then(|by| matching::read(by, resource, Some(&bindings), reader));
    check_matching(tree, resource, reader.context);
    let detail = match tree.kind {
        StepKind::Mirror => StepDetail::Mirror(removal::read(tree, resource, reader.context)?),
        _ => StepDetail::None,
    };
    Some(Step {
        index,
        name,
        kind: tree.kind,
        detail,
        resource: resource.name,
        matching,
        bindings,
        span: tree.head,
    })
}

/// Reports a `by` that is missing, and one that has nothing to do.
fn check_matching(tree: &tree::Step, resource: &'static Resource, context: &mut Context) {
    let verb = tree.kind.as_str();
    let wants = matches!(tree.kind, StepKind::Update | StepKind::Find | StepKind::Delete);
    match &tree.matching {
        None if wants => context.report(
            Diagnostic::error(
                &flows::NO_MATCHING,
                tree.head,
                match tree.kind {
                    StepKind::Update => "`update` does not say which object it changes".to_owned(),
                    _ => format!("`{verb}` does not say which object"),
                },
            )
            .with_hint(format!("write `{verb} {} by …`", resource.name)),
        ),
        Some(by) if tree.kind == StepKind::Create => context.report(
            Diagnostic::error(
                &flows::NO_MATCHING,
                by.span,
                "`create` always makes a new object, so there is no `by`",
            )
            .with_hint("to take an object that exists already, write `upsert`"),
        ),
        Some(by) if tree.kind != StepKind::Find && !by.further.is_empty() => {
            context.report(
                Diagnostic::error(
                    &flows::NO_MATCHING,
                    by.span,
                    format!("`{verb}` looks for one field"),
                )
                .with_hint("`find` can look for several: find the object first, then use `by id = name.id`"),
            );
        }
        _ => {}
    }
}

/// Reads a find or a deletion.
fn read_lookup(tree: &tree::Step, (index, name): (usize, Arc<str>), reader: &mut Reader) -> Option<Step> {
    let written = tree.resource.as_ref();
    let resource = written.and_then(|name| reader.context.catalog().resource(&name.text));
    let Some(resource) = resource else {
        if let Some(name) = written {
            let problem = unknown_resource(name, reader.context.catalog());
            reader.context.report(problem);
        }
        read_values(tree, reader);
        return None;
    };
    let matching = tree
        .matching
        .as_ref()
        .and_then(|by| matching::read(by, resource, None, reader));
    check_matching(tree, resource, reader.context);
    let detail = match &tree.detail {
        Detail::Missing(missing) => StepDetail::Find(fallback(missing, reader)),
        _ if tree.kind == StepKind::Find => StepDetail::Find(Missing::Reject(None)),
        _ => StepDetail::Delete(removal::deletion(tree, resource, reader.context)?),
    };
    Some(Step {
        index,
        name,
        kind: tree.kind,
        detail,
        resource: resource.name,
        matching: Some(matching?),
        bindings: Vec::new(),
        span: tree.head,
    })
}

fn fallback(tree: &tree::Missing, reader: &mut Reader) -> Missing {
    match tree {
        tree::Missing::Skip => Missing::Skip,
        tree::Missing::Null => Missing::Null,
        tree::Missing::Reject(message) => {
            Missing::Reject(message.as_ref().map(|message| reader.expression(message)))
        }
        tree::Missing::Broken => Missing::Reject(None),
    }
}

/// Finds what is wrong with the values of a step whose resource is not known.
pub(super) fn read_values(tree: &tree::Step, reader: &mut Reader) {
    for value in tree.expressions() {
        reader.expression(value);
    }
}

fn operations(tree: &tree::Step, context: &mut Context) -> Option<(&'static Resource, Operations)> {
    let name = tree.resource.as_ref()?;
    let Some(resource) = context.catalog().resource(&name.text) else {
        let problem = unknown_resource(name, context.catalog());
        context.report(problem);
        return None;
    };
    let create = resource
        .operation(OperationKind::Create)
        .filter(|create| create.path_params.is_empty());
    let update = resource
        .operation(OperationKind::Update)
        .filter(|update| update.path_params.len() == 1);
    let (create, update, elsewhere) = match tree.kind {
        StepKind::Create => (create, None, None),
        StepKind::Update => (None, update, create),
        StepKind::Upsert | StepKind::Mirror => (create, update, None),
        StepKind::Find | StepKind::Delete | StepKind::Call | StepKind::Request => (None, None, None),
    };
    let there = match tree.kind {
        StepKind::Create | StepKind::Upsert | StepKind::Mirror => create,
        StepKind::Update => update,
        StepKind::Find | StepKind::Delete | StepKind::Call | StepKind::Request => None,
    };
    if there.is_none_or(|operation| operation.multipart) {
        context.report(no_operation(tree.kind, name, resource));
        return None;
    }
    Some((
        resource,
        Operations {
            create,
            update,
            elsewhere,
        },
    ))
}

/// Reports a resource that is not there; many people know it by its plural, as Stripe's libraries do.
pub(super) fn unknown_resource(name: &Name, catalog: &'static Catalog) -> Diagnostic {
    let problem = Diagnostic::error(
        &names::UNKNOWN_RESOURCE,
        name.span,
        format!("Stripe has no resource `{}`", name.text),
    )
    .with_note("`sheetflow resources` lists all resources");
    let bare = |text: &str| text.to_lowercase().replace(['_', '.', ' '], "");
    let wanted = bare(&name.text);
    let same = |resource: &&Resource| {
        let service = resource.service.map(bare);
        let singular = service
            .as_ref()
            .map(|service| service.trim_end_matches('s').to_owned());
        bare(resource.name) == wanted
            || service.as_ref() == Some(&wanted)
            || singular.as_ref() == Some(&wanted)
    };
    match catalog.resources().find(same) {
        Some(resource) => problem.with_hint(format!("did you mean `{}`?", resource.name)),
        None => with_nearest(
            problem,
            &name.text,
            catalog.resources().map(|resource| resource.name),
        ),
    }
}

fn no_operation(kind: StepKind, name: &Name, resource: &'static Resource) -> Diagnostic {
    let verb = match kind {
        StepKind::Create | StepKind::Upsert | StepKind::Mirror => "created",
        StepKind::Update => "updated",
        StepKind::Find => "found",
        StepKind::Delete => "deleted",
        StepKind::Call | StepKind::Request => "called",
    };
    let ids: Vec<&str> = resource
        .operations
        .iter()
        .map(|operation: &Operation| operation.id)
        .collect();
    let problem = Diagnostic::error(
        &requests::NO_OPERATION,
        name.span,
        format!("`{}` objects can't be {verb} on their own", resource.name),
    );
    if ids.is_empty() {
        return problem.with_note("Stripe has no operations for it");
    }
    problem.with_note(format!("Stripe has: {}", listed(ids)))
}

/// Gives each step the name that the ledger knows it by: its own, else its resource, with a number from
/// the second one on.
pub(super) fn ledger_names(steps: &[&tree::Step]) -> Vec<Arc<str>> {
    let mut taken: BTreeSet<Arc<str>> = steps
        .iter()
        .filter_map(|step| step.alias.as_ref().map(|alias| alias.text.clone()))
        .collect();
    let mut names = Vec::new();
    for step in steps {
        if let Some(alias) = &step.alias {
            names.push(alias.text.clone());
            continue;
        }
        let resource = step.resource.as_ref().map_or("step", |resource| &*resource.text);
        let numbered = (2..).map(|number: u32| Arc::from(format!("{resource}_{number}")));
        let mut candidates = [Arc::from(resource)].into_iter().chain(numbered);
        let free = candidates
            .find(|name| !taken.contains(name))
            .unwrap_or_else(|| Arc::from(resource));
        taken.insert(free.clone());
        names.push(free);
    }
    names
}
