//! What the language has and a run can't do yet. It is looked for in a program without any other problem.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::flows as codes;
use crate::lang::program::{Expression, ExpressionKind, Flow, Program, Statement, Step, StepKind};

/// The parts of the language that are refused, by their words. Whoever builds one takes it out of this list,
/// and its place below says where it is met.
const UNBUILT: &[&str] = &[];

/// Reports each part of a program that can't run yet.
pub(super) fn refuse(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    for flow in &program.flows {
        for (word, span) in used(flow) {
            if UNBUILT.contains(&word) {
                diagnostics.push(
                    Diagnostic::error(&codes::UNBUILT, span, format!("`{word}` can't run yet"))
                        .with_hint("the language has it, and a later version of the program runs it"),
                );
            }
        }
    }
}

/// Gives the parts of the language that a flow uses, with their places.
fn used(flow: &Flow) -> Vec<(&'static str, Span)> {
    let mut found = Vec::new();
    found.extend(flow.grouping.first().map(|part| ("group by", part.span)));
    found.extend(flow.guards.iter().map(|guard| ("guard", guard.span)));
    found.extend(flow.stop.map(|_| ("stop after", flow.span)));
    for statement in &flow.body {
        statement_words(statement, &mut found);
    }
    for expression in flow.expressions() {
        lookups(expression, &mut found);
    }
    found
}

fn statement_words(statement: &Statement, found: &mut Vec<(&'static str, Span)>) {
    match statement {
        Statement::Let { .. } | Statement::Require { .. } => {}
        Statement::Step(step) => step_words(step, found),
        Statement::Ensure { span, .. } => found.push(("ensure", *span)),
        Statement::Refresh { span, .. } => found.push(("refresh", *span)),
        Statement::Each { span, .. } => found.push(("each row", *span)),
        Statement::If { span, .. } => found.push(("if", *span)),
    }
    for block in statement.blocks() {
        block.iter().for_each(|inner| statement_words(inner, found));
    }
}

fn step_words(step: &Step, found: &mut Vec<(&'static str, Span)>) {
    match step.kind {
        StepKind::Create | StepKind::Update | StepKind::Upsert => {}
        kind => found.push((kind.as_str(), step.span)),
    }
    if let Some(matching) = &step.matching
        && !matching.further.is_empty()
    {
        found.push(("by several fields", matching.span));
    }
}

fn lookups(expression: &Expression, found: &mut Vec<(&'static str, Span)>) {
    if let ExpressionKind::Lookup { .. } = &expression.kind {
        found.push(("lookup", expression.span));
    }
    for child in expression.children() {
        lookups(child, found);
    }
}
