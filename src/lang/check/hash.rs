//! The identity of a flow: everything that decides what it sends, and nothing else.

use std::fmt::Write;

use crate::lang::program::{
    Expression, ExpressionKind, Flow, Fragment, Missing, ResultColumn, Statement, Step, StepDetail,
};
use crate::model::{Fingerprint, SourceSpec};

/// Hashes a flow with the declarations of the sources that it reads, and without its plugins. Spans, comments,
/// descriptions and the order of columns in the sheet don't count.
pub(super) fn of(flow: &Flow, sources: &[&SourceSpec]) -> String {
    let mut writer = Writer::default();
    writer.part("flow", &flow.name);
    writer.part("account", flow.account.as_deref().unwrap_or(""));
    for source in sources {
        writer.part("source", &format!("{:?} {:?}", source.kind, source.columns));
    }
    if let Some(filter) = &flow.filter {
        writer.part("where", &expression(filter));
    }
    for part in &flow.key {
        writer.part("key", &expression(part));
    }
    for part in &flow.grouping {
        writer.part("group by", &expression(part));
    }
    writer.statements(&flow.body);
    Fingerprint::of(writer.parts).as_str().to_owned()
}

/// Hashes what stands around the sending of a flow: what stops it, and what its runs leave behind.
pub(super) fn frame(flow: &Flow) -> String {
    let mut writer = Writer::default();
    for guard in &flow.guards {
        writer.checked("guard", &guard.condition, &guard.otherwise);
    }
    writer.part("stop", &format!("{:?}", flow.stop));
    if let Some(back) = &flow.write_back {
        writer.columns("write back", &back.columns);
    }
    for report in &flow.reports {
        writer.columns(&format!("report {:?}", report.sink), &report.columns);
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

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            match statement {
                Statement::Let { local, value } => self.part(&format!("let {local}"), &expression(value)),
                Statement::Require { condition, otherwise } => self.checked("require", condition, otherwise),
                Statement::Ensure {
                    condition, otherwise, ..
                } => self.checked("ensure", condition, otherwise),
                Statement::Step(step) => self.step(step),
                Statement::Refresh { step, .. } => self.part("refresh", &step.to_string()),
                Statement::Each { body, .. } => {
                    self.part("each", "row");
                    self.statements(body);
                    self.part("end", "each");
                }
                Statement::If {
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    self.part("if", &expression(condition));
                    self.statements(then);
                    self.part("if", "else");
                    self.statements(otherwise);
                    self.part("end", "if");
                }
            }
        }
    }

    fn columns(&mut self, head: &str, columns: &[ResultColumn]) {
        self.part(head, &columns.len().to_string());
        for column in columns {
            self.part(&column.name, &expression(&column.value));
        }
    }

    fn checked(&mut self, word: &str, condition: &Expression, otherwise: &Expression) {
        self.part(word, &expression(condition));
        self.part("else", &expression(otherwise));
    }

    fn step(&mut self, step: &Step) {
        self.part(step.kind.as_str(), step.resource);
        self.part("as", &step.name);
        self.detail(&step.detail);
        if let Some(matching) = &step.matching {
            self.part("by", &format!("{:?} {:?}", matching.field, matching.several));
            self.part("=", &expression(&matching.value));
            for (path, value) in &matching.further {
                self.part(&format!("by {path:?}"), &expression(value));
            }
        }
        for binding in &step.bindings {
            self.part(&binding.name, &expression(&binding.value));
        }
    }
}

impl Writer {
    fn detail(&mut self, detail: &StepDetail) {
        match detail {
            StepDetail::None | StepDetail::Delete(_) => {}
            StepDetail::Find(Missing::Reject(None)) => self.part("else", "reject"),
            StepDetail::Find(Missing::Reject(Some(message))) => self.part("reject", &expression(message)),
            StepDetail::Find(Missing::Skip) => self.part("else", "skip"),
            StepDetail::Find(Missing::Null) => self.part("else", "null"),
            StepDetail::Mirror(removal) => {
                self.part("removing", &format!("{:?} {:?}", removal.verb, removal.limit));
            }
            StepDetail::Call(call) => {
                self.part("call", call.operation);
                for argument in &call.arguments {
                    self.part("argument", &expression(argument));
                }
            }
            StepDetail::Request(request) => {
                self.part("method", request.method.as_str());
                for part in &request.path {
                    match part {
                        Fragment::Text(text) => self.part("path", text),
                        Fragment::Value(value) => self.part("path value", &expression(value)),
                    }
                }
            }
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
        ExpressionKind::Lines(_) => write!(text, "rows"),
        ExpressionKind::Aggregate { function, .. } => write!(text, "rows {}", function.as_str()),
        ExpressionKind::Lookup {
            source,
            wanted,
            given,
            ..
        } => write!(text, "lookup {source:?} {wanted} {given}"),
        ExpressionKind::PlanCount(count) => write!(text, "plan {}", count.as_str()),
        ExpressionKind::Outcome(outcome) => write!(text, "outcome {}", outcome.as_str()),
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
    let children = expression.children();
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
