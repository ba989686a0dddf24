//! `call R.operation(ref) { … }`

use std::sync::Arc;

use crate::catalog::{Alternative, ApiType, Catalog, Operation, OperationKind, Resource, Returns};
use crate::diag::Diagnostic;
use crate::lang::codes::{names, requests, types};
use crate::lang::program::{Call, Expression, Presence, RequestMethod, Step, StepDetail, StepKind};
use crate::lang::syntax as tree;
use crate::lang::syntax::{Argument, Detail, Name};
use crate::model::Type;

use super::bindings::{Bindings, Operations};
use super::expression::{Reader, described};
use super::members::{self, value_type};
use super::step::{ReadStep, read_values, unknown_resource};
use super::typed::Answer;
use super::{Context, listed, requirements, with_nearest};

/// Reads a call with its index and its name in the ledger.
pub(super) fn read(tree: &tree::Step, place: (usize, Arc<str>), reader: &mut Reader) -> ReadStep {
    let Some((resource, operation, method)) = operation(tree, reader.context) else {
        read_values(tree, reader);
        return ReadStep {
            step: None,
            answer: None,
            resource: None,
        };
    };
    let given = match &tree.detail {
        Detail::Operation { arguments, .. } => arguments.as_deref().unwrap_or_default(),
        _ => &[],
    };
    let arguments = arguments(given, (resource, operation), tree, reader);
    let mut bindings = Bindings::new(Operations {
        create: Some(operation),
        update: None,
        elsewhere: None,
    });
    for line in tree.bindings.iter().flatten() {
        bindings.add(line, reader);
    }
    let (bindings, bound) = bindings.finish(reader);
    requirements::check(operation, &bound, tree.head, reader.context);
    requirements::check_presence(operation, &bindings, reader.context);
    let (index, name) = place;
    let step = arguments.map(|arguments| Step {
        index,
        name,
        kind: StepKind::Call,
        detail: StepDetail::Call(Call {
            operation: operation.id,
            method,
            path: operation.path,
            arguments,
        }),
        resource: resource.name,
        matching: None,
        bindings,
        span: tree.head,
    });
    ReadStep {
        step,
        answer: Some(answer(operation)),
        resource: Some(resource.name),
    }
}

/// Finds the operation; reports when there is none that can be called.
fn operation(
    tree: &tree::Step,
    context: &mut Context,
) -> Option<(&'static Resource, &'static Operation, RequestMethod)> {
    let name = tree.resource.as_ref()?;
    let catalog: &'static Catalog = context.catalog();
    let Some(resource) = catalog.resource(&name.text) else {
        context.report(unknown_resource(name, catalog));
        return None;
    };
    let Detail::Operation {
        name: Some(wanted), ..
    } = &tree.detail
    else {
        return None;
    };
    let Some(operation) = resource.named(&wanted.text) else {
        context.report(unknown_operation(resource, wanted));
        return None;
    };
    let method = RequestMethod::ALL
        .into_iter()
        .find(|method| method.as_str() == operation.method)?;
    if let Some(problem) = refusal((resource, operation), method, wanted) {
        context.report(problem);
        return None;
    }
    Some((resource, operation, method))
}

fn unknown_operation(resource: &'static Resource, wanted: &Name) -> Diagnostic {
    let known = || {
        let can = resource
            .operations
            .iter()
            .filter(|operation| operation.method != "GET" && !is_statement(operation));
        can.map(Operation::verb)
    };
    let problem = Diagnostic::error(
        &requests::NO_OPERATION,
        wanted.span,
        format!("`{}` has no operation `{}`", resource.name, wanted.text),
    );
    let problem = match known().next() {
        None => problem.with_note("Stripe has no operation of it that could be called"),
        Some(_) => problem.with_note(format!("operations: {}", listed(known()))),
    };
    // People know `finalize_invoice` as `finalize`.
    let short = known().find(|verb| verb.split('_').next() == Some(&wanted.text));
    match short {
        Some(verb) => problem.with_hint(format!("did you mean `{verb}`?")),
        None => with_nearest(problem, &wanted.text, known()),
    }
}

fn is_statement(operation: &Operation) -> bool {
    matches!(
        operation.kind,
        OperationKind::Create | OperationKind::Update | OperationKind::Delete
    )
}

/// Says why an operation is no matter of `call`.
fn refusal(
    (resource, operation): (&Resource, &Operation),
    method: RequestMethod,
    wanted: &Name,
) -> Option<Diagnostic> {
    let problem = |message: String| Diagnostic::error(&requests::NO_OPERATION, wanted.span, message);
    if method == RequestMethod::Get {
        return Some(problem(format!("`{}` only reads", operation.id)).with_hint(
            "for an object by its id: `find … by id = …`; for anything else `request GET \"…\" as …`",
        ));
    }
    if operation.multipart || operation.other_host {
        return Some(problem(format!(
            "`{}` takes a file, which a row has not",
            operation.id
        )));
    }
    if is_statement(operation) {
        let word = operation.verb();
        return Some(
            problem(format!("`{word}` is a statement of its own"))
                .with_hint(format!("write `{word} {} …` without `call`", resource.name)),
        );
    }
    None
}

/// Reads the ids for the holes of the path; `None` when they don't fit.
fn arguments(
    given: &[Argument],
    (resource, operation): (&'static Resource, &'static Operation),
    tree: &tree::Step,
    reader: &mut Reader,
) -> Option<Vec<Expression>> {
    let wanted = &operation.path_params;
    let read: Vec<Expression> = given
        .iter()
        .map(|argument| reader.typed(&argument.value).expression)
        .collect();
    if read.len() != wanted.len() {
        let plural = if wanted.len() == 1 { "" } else { "s" };
        let problem = Diagnostic::error(
            &types::ARGUMENT_COUNT,
            tree.head,
            format!(
                "`{}` takes {} object{plural}, and gets {}",
                operation.verb(),
                wanted.len(),
                read.len()
            ),
        );
        let holes = wanted.join(", ");
        reader.context.report(problem.with_note(format!(
            "it is called as `{}.{}({holes})`",
            resource.name,
            operation.verb()
        )));
        return None;
    }
    let fitting: Vec<Option<Expression>> = read
        .into_iter()
        .enumerate()
        .map(|(index, value)| id_of(value, (index == 0).then_some(resource.name), reader))
        .collect();
    fitting.into_iter().collect()
}

/// Takes an object's id; a text stays as it is.
fn id_of(value: Expression, resource: Option<&'static str>, reader: &mut Reader) -> Option<Expression> {
    match &value.value_type {
        Type::Object(other) if resource.is_some_and(|resource| resource != other) => {
            reader.context.report(
                Diagnostic::error(
                    &types::WRONG_ARGUMENT,
                    value.span,
                    format!("this is {}", described(&value.value_type)),
                )
                .labelled(format!(
                    "expected one of the kind `{}`",
                    resource.unwrap_or_default()
                )),
            );
            None
        }
        Type::Object(_) => Some(members::id_of(value)),
        Type::Text | Type::Any | Type::Null => Some(value),
        other => {
            reader.context.report(
                Diagnostic::error(
                    &names::UNKNOWN_ANSWER_FIELD,
                    value.span,
                    format!("{} is no id", described(other)),
                )
                .labelled("expected an object that a step has named, or an id"),
            );
            None
        }
    }
}

/// Gives what an operation answers.
fn answer(operation: &'static Operation) -> Answer {
    let alternatives: Vec<Alternative> = match operation.returns {
        Returns::Object => operation
            .of
            .iter()
            .map(|name| Alternative::Object(name))
            .collect(),
        Returns::List => operation
            .of
            .iter()
            .map(|name| Alternative::ListOf(name))
            .collect(),
        Returns::Search => operation
            .of
            .iter()
            .map(|name| Alternative::SearchOf(name))
            .collect(),
        Returns::Deleted | Returns::Stream | Returns::Any => Vec::new(),
    };
    if alternatives.is_empty() {
        return Answer::anything();
    }
    let api = ApiType {
        alternatives,
        ..ApiType::default()
    };
    Answer {
        value_type: value_type(&api),
        api: Some(api),
        presence: Presence::Always,
    }
}
