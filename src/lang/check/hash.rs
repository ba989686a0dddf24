//! The identity of a flow: everything that decides what it sends, and nothing else.

use std::fmt::Write;

use crate::lang::program::{Expression, ExpressionKind, Flow, Fragment, Statement, Step};
use crate::model::{Fingerprint, SourceSpec};

/// Hashes a flow with its source's declaration. Spans, comments, descriptions and the order of columns in
/// the sheet don't count.
pub(super) fn of(flow: &Flow, source: Option<&SourceSpec>) -> String {
    let mut writer = Writer::default();
    writer.part("flow", &flow.name);
    writer.part("account", flow.account.as_deref().unwrap_or(""));
    if let Some(source) = source {
        writer.part("source", &format!("{:?} {:?}", source.kind, source.columns));
    }
    for (plugin, hash) in &flow.plugins {
        writer.part(&format!("use {plugin}"), hash.as_str());
    }
    if let Some(filter) = &flow.filter {
        writer.part("where", &expression(filter));
    }
    for part in &flow.key {
        writer.part("key", &expression(part));
    }
    for statement in &flow.body {
        match statement {
            Statement::Let { local, value } => writer.part(&format!("let {local}"), &expression(value)),
            Statement::Require { condition, otherwise } => {
                writer.part("require", &expression(condition));
                writer.part("else", &expression(otherwise));
            }
            Statement::Step(step) => writer.step(step),
        }
    }
    Fingerprint::of(writer.parts).as_str().to_owned()
}

#[derive(Default)]
struct Writer {
    parts: Vec<String>,
}

impl Writer {
    fn part(&mut self, name: &str, content: &str) {
        self.parts.push(name.to_owned());
        self.parts.push(content.to_owned());
    }

    fn step(&mut self, step: &Step) {
        self.part(step.kind.as_str(), step.resource);
        self.part("as", &step.name);
        if let Some(matching) = &step.matching {
            self.part("by", &format!("{:?} {:?}", matching.field, matching.several));
            self.part("=", &expression(&matching.value));
        }
        for binding in &step.bindings {
            self.part(&binding.name, &expression(&binding.value));
        }
    }
}

/// Writes an expression in one way: two expressions that mean the same are the same text.
pub(super) fn expression(expression: &Expression) -> String {
    let mut text = String::new();
    write_expression(expression, &mut text);
    text
}

/// Writes a node's own part and, in brackets, the expressions inside it.
fn write_expression(expression: &Expression, text: &mut String) {
    // Writing to a text can't fail.
    let _ = match &expression.kind {
        ExpressionKind::Literal(value) => write!(text, "{value:?}"),
        ExpressionKind::Interpolation(fragments) => {
            let texts: Vec<Option<&str>> = fragments
                .iter()
                .map(|fragment| match fragment {
                    Fragment::Text(text) => Some(&**text),
                    Fragment::Value(_) => None,
                })
                .collect();
            write!(text, "text{texts:?}")
        }
        ExpressionKind::Column { name, .. } => write!(text, "column{name:?}"),
        ExpressionKind::Local(local) => write!(text, "local{local}"),
        ExpressionKind::StepField { step, path } => write!(text, "step{step}{path:?}"),
        ExpressionKind::Member(_, name) => write!(text, "member{name:?}"),
        ExpressionKind::Item(..) => write!(text, "item"),
        ExpressionKind::Call { function, .. } => write!(text, "call {function}"),
        ExpressionKind::PluginCall { plugin, function, .. } => write!(text, "call {plugin}.{function}"),
        ExpressionKind::Unary(operator, _) => write!(text, "{operator:?}"),
        ExpressionKind::Binary(operator, ..) => write!(text, "{operator:?}"),
        ExpressionKind::IsEmpty { negated, .. } => write!(text, "empty{negated}"),
        ExpressionKind::If { .. } => write!(text, "if"),
        ExpressionKind::Match { arms, otherwise, .. } => {
            let counts: Vec<usize> = arms.iter().map(|arm| arm.patterns.len()).collect();
            write!(text, "match{counts:?}{}", otherwise.is_some())
        }
        ExpressionKind::List(_) => write!(text, "list"),
        ExpressionKind::Record(entries) => {
            let names: Vec<&str> = entries.iter().map(|(name, _)| &**name).collect();
            write!(text, "record{names:?}")
        }
    };
    let children = super::constants::children(expression);
    if children.is_empty() {
        return;
    }
    text.push('(');
    for child in children {
        write_expression(child, text);
        text.push(',');
    }
    text.push(')');
}
