//! `create`, `update`, `upsert`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{Catalog, Operation, OperationKind, Resource};
use crate::diag::Diagnostic;
use crate::lang::codes::{flows, names, requests};
use crate::lang::program::{Step, StepDetail, StepKind};
use crate::lang::syntax as tree;
use crate::lang::syntax::Name;

use super::bindings::{Bindings, Operations};
use super::expression::Reader;
use super::{Context, listed, matching, requirements, with_nearest};

/// Reads a step; `None` when there is no such resource or operation.
pub(super) fn read(tree: &tree::Step, index: usize, name: Arc<str>, reader: &mut Reader) -> Option<Step> {
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
    }
    let matching = tree
        .matching
        .as_ref()
        .and_then(|by| matching::read(by, resource, &bindings, reader));
    if tree.kind == StepKind::Update && tree.matching.is_none() {
        reader.context.report(
            Diagnostic::error(
                &flows::NO_MATCHING,
                tree.head,
                "`update` does not say which object it changes",
            )
            .with_hint(format!("write `update {} by …`", resource.name)),
        );
    }
    if tree.kind == StepKind::Create
        && let Some(by) = &tree.matching
    {
        reader.context.report(
            Diagnostic::error(
                &flows::NO_MATCHING,
                by.span,
                "`create` always makes a new object, so there is no `by`",
            )
            .with_hint("to take an object that exists already, write `upsert`"),
        );
    }
    Some(Step {
        index,
        name,
        kind: tree.kind,
        detail: StepDetail::None,
        resource: resource.name,
        matching,
        bindings,
        span: tree.head,
    })
}

/// Finds what is wrong with the values of a step whose resource is not known.
fn read_values(tree: &tree::Step, reader: &mut Reader) {
    let matching = tree
        .matching
        .iter()
        .filter_map(|matching| matching.value.as_ref());
    let bound = tree.bindings.iter().flatten().map(|line| &line.value);
    for value in matching.chain(bound) {
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
fn unknown_resource(name: &Name, catalog: &'static Catalog) -> Diagnostic {
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
