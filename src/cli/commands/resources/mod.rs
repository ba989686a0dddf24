//! `sheetflow resources`: Stripe's API as the checker sees it.

mod human;
mod json;
mod members;

use clap::Args;

use crate::catalog::{Alternative, Catalog, Operation, OperationKind, Resource, Subject};
use crate::cli::{CliError, Context, ExitStatus};

/// Show what Stripe's API has: resources, operations, parameters, fields
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow resources                               all resources, and what can be done with them
  sheetflow resources customer                      one: its operations and fields
  sheetflow resources customer.email                a field: its type, and what sets it
  sheetflow resources invoice.create                an operation and its parameters
  sheetflow resources customer.create.address       what lies deeper
  sheetflow resources invoice.create --depth 5      everything at once
  sheetflow resources customer --format json        for a program")]
pub(crate) struct Arguments {
    /// A resource, RESOURCE.OPERATION, or a parameter or field of them
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How deep to unfold parameters and fields that have parts; 2 for operations and 1 for resources
    /// without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) depth: Option<u8>,
}

/// Shows the resources, or the one that is named.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let catalog = Catalog::embedded();
    let Some(name) = &arguments.name else {
        context.output.report(
            |view| human::all_resources(catalog, view),
            || json::all_resources(catalog),
        )?;
        return Ok(ExitStatus::Success);
    };
    let subject = catalog.subject(name)?;
    let depth = arguments.depth.map_or_else(|| usual_depth(&subject), usize::from);
    context.output.report(
        |view| human::subject(catalog, &subject, depth, view),
        || json::subject(catalog, &subject, depth),
    )?;
    Ok(ExitStatus::Success)
}

fn usual_depth(subject: &Subject<'_>) -> usize {
    match subject {
        Subject::Resource(_) => 1,
        Subject::Operation(..) | Subject::Parameter { .. } | Subject::Field { .. } => 2,
    }
}

/// Gives the name that a person types for an operation: `customer.create`; the whole id where another
/// operation of the resource hides it.
fn short_name(resource: &Resource, operation: &Operation) -> String {
    match resource.named(operation.verb()) {
        Some(found) if found.id == operation.id => format!("{}.{}", resource.name, operation.verb()),
        _ => operation.id.to_owned(),
    }
}

/// Says what an operation kind does, in one word.
fn kind_word(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Create => "create",
        OperationKind::List => "list",
        OperationKind::Retrieve => "retrieve",
        OperationKind::Update => "update",
        OperationKind::Delete => "delete",
        OperationKind::Search => "search",
        OperationKind::Action => "action",
        OperationKind::Read => "read",
        OperationKind::ListSub => "list of parts",
        OperationKind::DeleteSub => "delete of a part",
    }
}

/// Gives what can be done with a resource as a whole, in a fixed order.
fn abilities(resource: &Resource) -> Vec<&'static str> {
    [
        OperationKind::Create,
        OperationKind::Retrieve,
        OperationKind::Update,
        OperationKind::Delete,
        OperationKind::List,
        OperationKind::Search,
    ]
    .into_iter()
    .filter(|kind| resource.operation(*kind).is_some())
    .map(kind_word)
    .collect()
}

/// Gives what recognises an object without listing the whole collection: its id, and the list filters
/// that take one plain value.
fn found_by(catalog: &Catalog, resource: &Resource) -> Vec<String> {
    let by_id = resource.operation(OperationKind::Retrieve).map(|_| "id");
    let list = resource.operation(OperationKind::List);
    let shape = list.and_then(|operation| operation.params);
    let is_plain = |filter: &&str| {
        shape
            .and_then(|shape| catalog.member(shape, filter))
            .is_some_and(|api_type| {
                !api_type.alternatives.iter().any(|alternative| {
                    matches!(
                        alternative,
                        Alternative::Shape(_) | Alternative::List(_) | Alternative::Map(_)
                    )
                })
            })
    };
    let filters = resource.filters.iter().copied().filter(is_plain);
    by_id.into_iter().chain(filters).map(str::to_owned).collect()
}
