//! What a run leaves behind: `write back` and `report to`.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{names, settings, types};
use crate::lang::program::{Report, ReportSink, ResultColumn};
use crate::lang::syntax as tree;
use crate::model::Type;

use super::expression::{Reader, described};
use super::options::literal_text;
use super::{listed, with_nearest};

const SINKS: [&str; 3] = ["csv", "jsonl", "webhook"];

/// Reads the lines of a block.
pub(super) fn columns(lines: &[tree::ResultLine], reader: &mut Reader) -> Vec<ResultColumn> {
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    let mut read = Vec::new();
    for line in lines {
        if let Some(former) = known.insert(&line.name.text, line.name.span) {
            reader.context.report(
                Diagnostic::error(
                    &names::DUPLICATE,
                    line.name.span,
                    format!("the column `{}` is filled twice", line.name.text),
                )
                .with_label(former, "here for the first time"),
            );
        }
        let value = reader.expression(&line.value);
        if let Type::Object(_) = &value.value_type {
            reader.context.report(
                Diagnostic::error(
                    &types::WRONG_TYPE,
                    value.span,
                    format!("{} does not fit into a cell", described(&value.value_type)),
                )
                .with_hint("take one of its fields, such as `.id`"),
            );
        }
        read.push(ResultColumn {
            name: line.name.text.clone(),
            value,
            span: line.name.span,
        });
    }
    read
}

/// Reads `report to …`; `None` when it is not clear where to.
pub(super) fn report(tree: &tree::Report, reader: &mut Reader) -> Option<Report> {
    let columns = columns(&tree.lines, reader);
    let sink = sink(tree, reader)?;
    Some(Report {
        sink,
        columns,
        span: tree.span,
    })
}

fn sink(tree: &tree::Report, reader: &mut Reader) -> Option<ReportSink> {
    let kind = tree.kind.as_ref()?;
    if !SINKS.contains(&&*kind.text) {
        let problem = Diagnostic::error(
            &settings::UNKNOWN_KIND,
            kind.span,
            format!("a report can't go to `{}`", kind.text),
        )
        .with_note(format!("it can go to: {}", listed(SINKS)));
        reader.context.report(with_nearest(problem, &kind.text, SINKS));
        return None;
    }
    let target = match tree.arguments.as_slice() {
        [argument] if argument.label.is_none() => literal_text(&argument.value),
        _ => None,
    };
    let Some(target) = target else {
        let expected = match &*kind.text {
            "webhook" => "a URL, such as `webhook(\"https://example.com/billing\")`",
            _ => "a path, such as `csv(\"out/results.csv\")`",
        };
        reader.context.report(
            Diagnostic::error(
                &settings::BAD_SETTING,
                kind.span,
                format!("`{}` does not say where to", kind.text),
            )
            .labelled(format!("expected {expected}")),
        );
        return None;
    };
    match &*kind.text {
        "csv" => Some(ReportSink::Csv(target.to_owned())),
        "jsonl" => Some(ReportSink::JsonLines(target.to_owned())),
        _ => webhook(target, tree, reader),
    }
}

fn webhook(target: &str, tree: &tree::Report, reader: &mut Reader) -> Option<ReportSink> {
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    let is_local = local.iter().any(|prefix| {
        target
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    if target.starts_with("https://") || is_local {
        return Some(ReportSink::Webhook(target.to_owned()));
    }
    reader.context.report(
        Diagnostic::error(
            &settings::BAD_SETTING,
            tree.head,
            "a webhook's URL begins with `https://`",
        )
        .with_hint("without TLS only this machine itself may be named: `http://localhost:8080/…`"),
    );
    None
}
