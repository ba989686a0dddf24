//! `request METHOD "path" { … }`: what the catalogue does not know.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Alternative, ApiType};
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{requests as codes, types};
use crate::lang::program::{
    Binding, ExpressionKind, Fragment, Request, RequestBody, RequestMethod, Step, StepDetail, StepKind,
};
use crate::lang::syntax as tree;
use crate::lang::syntax::{Detail, PathPart};
use crate::model::{Form, Type, Value};

use super::expression::{Reader, described};
use super::parameters::{Part, join};

/// What the paths of Stripe's endpoints begin with, and how their bodies are written.
const VERSIONS: [(&str, RequestBody); 2] = [("/v1/", RequestBody::Form), ("/v2/", RequestBody::Json)];

/// Reads a request; `None` when its method or its path is not clear.
pub(super) fn read(tree: &tree::Step, (index, name): (usize, Arc<str>), reader: &mut Reader) -> Option<Step> {
    let Detail::Request { method, path } = &tree.detail else {
        return None;
    };
    let target = path.as_ref().and_then(|path| read_path(path, reader));
    let bindings = bindings(tree.bindings.as_deref().unwrap_or_default(), reader);
    let (method, _) = (*method)?;
    let (path, body) = target?;
    if method == RequestMethod::Delete && body == RequestBody::Json && !bindings.is_empty() {
        reader.context.report(Diagnostic::error(
            &codes::NO_OPERATION,
            tree.head,
            "a `DELETE` of `/v2` has no body",
        ));
    }
    Some(Step {
        index,
        name,
        kind: StepKind::Request,
        detail: StepDetail::Request(Request { method, path, body }),
        resource: "request",
        matching: None,
        bindings,
        span: tree.head,
    })
}

/// Reads the path of an endpoint, with values in it perhaps.
pub(super) fn read_path(
    tree: &tree::Expression,
    reader: &mut Reader,
) -> Option<(Vec<Fragment>, RequestBody)> {
    let value = reader.expression(tree);
    let path = match value.kind {
        ExpressionKind::Literal(Value::Text(text)) => vec![Fragment::Text(text)],
        ExpressionKind::Interpolation(fragments) => fragments,
        ExpressionKind::Literal(Value::Unknown) => return None,
        _ => {
            reader.context.report(
                Diagnostic::error(&types::WRONG_TYPE, value.span, "the path stands here as a text")
                    .labelled("expected a text, such as `\"/v1/customers/{buyer.id}/tax_ids\"`"),
            );
            return None;
        }
    };
    let first = match path.first() {
        Some(Fragment::Text(text)) => &**text,
        _ => "",
    };
    let version = VERSIONS.iter().find(|(prefix, _)| first.starts_with(prefix));
    let odd = |text: &str| text.contains(['?', '#', '\\']) || text.contains("..") || text.contains("//");
    let is_odd = path
        .iter()
        .any(|part| matches!(part, Fragment::Text(text) if odd(text)));
    match version {
        Some((_, body)) if !is_odd => Some((path, *body)),
        _ => {
            let problem = Diagnostic::error(&types::WRONG_PATH, tree.span, "this is no path of Stripe's API");
            reader.context.report(match version {
                None => problem.labelled("expected a path that begins with `/v1/` or `/v2/`"),
                Some(_) => problem.with_hint("what is sent stands in the block, not behind a `?`"),
            });
            None
        }
    }
}

/// Reads lines whose fields nobody knows.
pub(super) fn bindings(lines: &[tree::Binding], reader: &mut Reader) -> Vec<Binding> {
    let mut known: BTreeMap<String, Span> = BTreeMap::new();
    let mut read = Vec::new();
    for line in lines {
        let value = reader.expression(&line.value);
        let Some(name) = form_name(&line.path) else {
            continue;
        };
        if let Some(former) = known.insert(name.clone(), line.path.span) {
            reader.context.report(
                Diagnostic::error(
                    &codes::BOUND_TWICE,
                    line.path.span,
                    format!("`{}` is bound twice", Form::flow_path(&name)),
                )
                .with_label(former, "here for the first time"),
            );
        }
        if let Type::Object(_) = &value.value_type {
            reader.context.report(
                Diagnostic::error(
                    &types::WRONG_TYPE,
                    value.span,
                    format!("{} can't be sent", described(&value.value_type)),
                )
                .with_hint("send its id: `.id`"),
            );
        }
        let any = ApiType {
            alternatives: vec![Alternative::Any],
            ..ApiType::default()
        };
        read.push(Binding {
            name,
            create_type: Some(any),
            update_type: None,
            max_length: None,
            value,
            span: line.path.span,
        });
    }
    read
}

/// Gives Stripe's form name of a path; `None` for a broken one.
pub(super) fn form_name(path: &tree::Path) -> Option<String> {
    path.parts
        .iter()
        .try_fold(String::new(), |name, part| match part {
            PathPart::Member(member) => Some(join(&name, &Part::Member(&member.text))),
            PathPart::Index { index, .. } => Some(join(&name, &Part::Index(*index))),
            PathPart::Broken(_) => None,
        })
}
