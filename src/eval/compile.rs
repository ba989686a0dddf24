use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use regex::Regex;

use crate::lang::program::{
    Expression, ExpressionKind, Flow, Fragment, MatchArm, Statement, Step, UnaryOperator,
};
use crate::model::Value;

use super::functions::{self, Function, compile_pattern};
use super::node::{CallNode, Local, MatchNode, Node, Part, PluginNode};

/// A flow's expressions, ready to be evaluated.
#[derive(Debug)]
pub(super) struct CompiledFlow {
    pub(super) filter: Option<Node>,
    pub(super) key: Vec<Node>,
    pub(super) body: Vec<CompiledStatement>,
    /// How many calls of plugins it has.
    pub(super) plugin_calls: usize,
}

#[derive(Debug)]
pub(super) enum CompiledStatement {
    Let {
        local: usize,
        value: Node,
    },
    Require {
        condition: Node,
        otherwise: Node,
    },
    Step(CompiledStep),
    /// A statement that the checker refuses for now.
    Unbuilt,
}

/// A step's expressions; the bindings are parallel to [`Step::bindings`].
#[derive(Debug)]
pub(super) struct CompiledStep {
    pub(super) index: usize,
    pub(super) bindings: Vec<Node>,
    pub(super) wanted: Option<Node>,
}

impl CompiledFlow {
    pub(super) fn new(flow: &Flow) -> Self {
        let mut compiler = Compiler {
            columns: vec![Arc::default(); flow.locals],
            plugin_calls: Cell::new(0),
        };
        let body = flow
            .body
            .iter()
            .map(|statement| compiler.statement(statement))
            .collect();
        CompiledFlow {
            filter: flow.filter.as_ref().map(|filter| compiler.node(filter)),
            key: flow.key.iter().map(|part| compiler.node(part)).collect(),
            body,
            plugin_calls: compiler.plugin_calls.get(),
        }
    }
}

/// Prepares one expression that uses no `let`.
#[cfg(test)]
pub(super) fn compile(expression: &Expression) -> Node {
    let compiler = Compiler {
        columns: Vec::new(),
        plugin_calls: Cell::new(0),
    };
    compiler.node(expression)
}

struct Compiler {
    /// The columns that each local was computed from, as far as they were met.
    columns: Vec<Arc<BTreeSet<usize>>>,
    plugin_calls: Cell<usize>,
}

impl Compiler {
    fn statement(&mut self, statement: &Statement) -> CompiledStatement {
        match statement {
            Statement::Let { local, value } => {
                let value = self.node(value);
                if let Some(columns) = self.columns.get_mut(*local) {
                    *columns = Arc::new(value.columns());
                }
                CompiledStatement::Let { local: *local, value }
            }
            Statement::Require { condition, otherwise } => CompiledStatement::Require {
                condition: self.node(condition),
                otherwise: self.node(otherwise),
            },
            Statement::Step(step) => CompiledStatement::Step(self.step(step)),
            Statement::Ensure { .. }
            | Statement::Refresh { .. }
            | Statement::Each { .. }
            | Statement::If { .. } => CompiledStatement::Unbuilt,
        }
    }

    fn step(&self, step: &Step) -> CompiledStep {
        CompiledStep {
            index: step.index,
            bindings: step
                .bindings
                .iter()
                .map(|binding| self.node(&binding.value))
                .collect(),
            wanted: step.matching.as_ref().map(|matching| self.node(&matching.value)),
        }
    }

    fn node(&self, expression: &Expression) -> Node {
        match &expression.kind {
            ExpressionKind::Literal(value) => Node::Literal(value.clone()),
            ExpressionKind::Interpolation(fragments) => {
                Node::Interpolation(fragments.iter().map(|fragment| self.part(fragment)).collect())
            }
            ExpressionKind::Column { index, .. } => Node::Column(*index),
            ExpressionKind::Local(index) => Node::Local(Local {
                index: *index,
                columns: self.columns.get(*index).cloned().unwrap_or_default(),
            }),
            ExpressionKind::StepField { step, path } => Node::StepField {
                step: *step,
                path: path.clone(),
            },
            ExpressionKind::Member(value, name) => Node::Member(self.boxed(value), Arc::clone(name)),
            ExpressionKind::Item(list, index) => Node::Item(self.boxed(list), self.boxed(index)),
            ExpressionKind::Call { function, arguments } => self.call(function, arguments),
            ExpressionKind::PluginCall {
                plugin,
                function,
                index,
                arguments,
            } => Node::PluginCall(Box::new(PluginNode {
                id: self.plugin_calls.replace(self.plugin_calls.get() + 1),
                plugin: Arc::clone(plugin),
                function: Arc::clone(function),
                index: *index,
                arguments: self.nodes(arguments),
            })),
            ExpressionKind::Unary(UnaryOperator::Negate, value) => Node::Negate(self.boxed(value)),
            ExpressionKind::Unary(UnaryOperator::Not, value) => Node::Not(self.boxed(value)),
            ExpressionKind::Binary(operator, left, right) => {
                Node::Binary(*operator, Box::new([self.node(left), self.node(right)]))
            }
            ExpressionKind::IsEmpty { value, negated } => Node::IsEmpty {
                value: self.boxed(value),
                negated: *negated,
            },
            ExpressionKind::If {
                condition,
                then,
                otherwise,
            } => Node::If(Box::new([
                self.node(condition),
                self.node(then),
                self.node(otherwise),
            ])),
            ExpressionKind::Match {
                subject,
                arms,
                otherwise,
            } => Node::Match(Box::new(MatchNode {
                subject: self.node(subject),
                arms: arms.iter().map(|arm| self.arm(arm)).collect(),
                otherwise: otherwise.as_deref().map(|value| self.node(value)),
            })),
            // The checker refuses these for now.
            ExpressionKind::Lines(_) => Node::Missing("rows"),
            ExpressionKind::Aggregate { function, .. } => Node::Missing(function.as_str()),
            ExpressionKind::Lookup { .. } => Node::Missing("lookup"),
            ExpressionKind::PlanCount(count) => Node::Missing(count.as_str()),
            ExpressionKind::Outcome(outcome) => Node::Missing(outcome.as_str()),
            ExpressionKind::List(items) => Node::List(self.nodes(items)),
            ExpressionKind::Record(members) => Node::Record(
                members
                    .iter()
                    .map(|(name, member)| (Arc::clone(name), self.node(member)))
                    .collect(),
            ),
        }
    }

    fn call(&self, function: &'static str, arguments: &[Expression]) -> Node {
        let arguments = self.nodes(arguments);
        match functions::find(function) {
            Some(function) => Node::Call(Box::new(CallNode {
                function,
                pattern: literal_pattern(function, &arguments),
                arguments,
            })),
            None => Node::Missing(function),
        }
    }

    fn part(&self, fragment: &Fragment) -> Part {
        match fragment {
            Fragment::Text(text) => Part::Text(Arc::clone(text)),
            Fragment::Value(value) => Part::Value(self.node(value)),
        }
    }

    fn arm(&self, arm: &MatchArm) -> (Vec<Node>, Node) {
        (self.nodes(&arm.patterns), self.node(&arm.value))
    }

    fn boxed(&self, expression: &Expression) -> Box<Node> {
        Box::new(self.node(expression))
    }

    fn nodes(&self, expressions: &[Expression]) -> Vec<Node> {
        expressions.iter().map(|item| self.node(item)).collect()
    }
}

/// Compiles a regular expression that is a literal. A wrong one is left to the call, which names it.
fn literal_pattern(function: &Function, arguments: &[Node]) -> Option<Regex> {
    match arguments.get(function.pattern?) {
        Some(Node::Literal(Value::Text(text))) => compile_pattern(text).ok(),
        _ => None,
    }
}
