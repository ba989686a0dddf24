//! How objects are removed: `mirror … removing by VERB`, `delete`.

use crate::catalog::{Operation, OperationKind, Resource};
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{flows, requests};
use crate::lang::program::{Removal, RemovalRequest, RemovalVerb, RequestMethod, Share, StepKind};
use crate::lang::syntax as tree;
use crate::lang::syntax::Detail;
use crate::model::Decimal;

use super::{Context, listed, schedule};

/// How much of what a flow made goes in one run unless it says otherwise, in percent.
const USUAL_LIMIT: Decimal = Decimal::TEN;

/// Reads `removing by …`; `None`, with a problem, when it does not say how.
pub(super) fn read(tree: &tree::Step, resource: &'static Resource, context: &mut Context) -> Option<Removal> {
    let Detail::Removal(written) = &tree.detail else {
        context.report(
            Diagnostic::error(
                &flows::REMOVAL,
                tree.head,
                "`mirror` does not say what happens to an object whose row is gone",
            )
            .with_note(possible(resource, context))
            .with_hint("write `removing by …` behind it"),
        );
        return None;
    };
    let limit = match &written.limit {
        Some(limit) => schedule::share(limit, context),
        None => Some(Share::Percent(USUAL_LIMIT)),
    };
    let (verb, span) = written.verb?;
    let request = request_of(verb, resource, context);
    if request.is_none() && verb != RemovalVerb::Keep {
        let note = possible(resource, context);
        context.report(
            Diagnostic::error(
                &flows::REMOVAL,
                span,
                format!(
                    "`{}` objects can't be removed by `{}`",
                    resource.name,
                    verb.as_str()
                ),
            )
            .with_note(note),
        );
        return None;
    }
    if verb == RemovalVerb::Delete {
        warn_of_subscriptions(resource, span, context);
    }
    Some(Removal {
        verb,
        request,
        limit: limit?,
        span: written.span,
    })
}

/// Gives the request of `delete R`; `None`, with a problem, when there is none.
pub(super) fn deletion(
    tree: &tree::Step,
    resource: &'static Resource,
    context: &mut Context,
) -> Option<RemovalRequest> {
    let request = request_of(RemovalVerb::Delete, resource, context);
    if request.is_none() && tree.kind == StepKind::Delete {
        let note = possible(resource, context);
        context.report(
            Diagnostic::error(
                &requests::NO_OPERATION,
                tree.head,
                format!("`{}` objects can't be deleted", resource.name),
            )
            .with_note(note),
        );
    }
    warn_of_subscriptions(resource, tree.head, context);
    request
}

/// Source: <https://docs.stripe.com/api/customers/delete>.
fn warn_of_subscriptions(resource: &Resource, span: Span, context: &mut Context) {
    if resource.name == "customer" {
        context.report(Diagnostic::warning(
            &flows::LOSES_SUBSCRIPTIONS,
            span,
            "deleting a customer cancels its subscriptions at once, and can't be undone",
        ));
    }
}

fn possible(resource: &'static Resource, context: &Context) -> String {
    let verbs = RemovalVerb::ALL
        .into_iter()
        .filter(|verb| *verb == RemovalVerb::Keep || request_of(*verb, resource, context).is_some());
    let verbs = listed(verbs.map(RemovalVerb::as_str));
    format!("what becomes of `{}` objects can be: {verbs}", resource.name)
}

/// Finds the request that removes an object; `None` when Stripe has none, and for `keep`.
fn request_of(verb: RemovalVerb, resource: &'static Resource, context: &Context) -> Option<RemovalRequest> {
    match verb {
        RemovalVerb::Delete => of_one(resource.operation(OperationKind::Delete)?, None),
        RemovalVerb::Archive => switched(resource, ("active", "false"), context),
        RemovalVerb::CancelAtPeriodEnd => switched(resource, ("cancel_at_period_end", "true"), context),
        RemovalVerb::Void => of_one(own(resource, |name| name.starts_with("void"))?, None),
        RemovalVerb::Cancel => of_one(own(resource, |name| name == "cancel")?, None),
        RemovalVerb::Keep => None,
    }
}

/// Finds an operation of a resource's main service.
fn own(resource: &'static Resource, wanted: impl Fn(&str) -> bool) -> Option<&'static Operation> {
    let service = resource.service?;
    resource.operations.iter().find(|operation| {
        let rest = operation
            .id
            .strip_prefix(service)
            .and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(&wanted)
    })
}

fn switched(
    resource: &'static Resource,
    field: (&'static str, &'static str),
    context: &Context,
) -> Option<RemovalRequest> {
    let update = resource.operation(OperationKind::Update)?;
    context.catalog().member(update.params?, field.0)?;
    of_one(update, Some(field))
}

fn of_one(
    operation: &'static Operation,
    field: Option<(&'static str, &'static str)>,
) -> Option<RemovalRequest> {
    let method = RequestMethod::ALL
        .into_iter()
        .find(|method| method.as_str() == operation.method)?;
    (operation.path_params.len() == 1).then_some(RemovalRequest {
        method,
        path: operation.path,
        field,
    })
}
