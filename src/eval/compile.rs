use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use regex::Regex;

use crate::lang::program::{
    Expression, ExpressionKind, Flow, Fragment, MatchArm, Missing, Statement, Step, StepDetail, UnaryOperator,
};
use crate::model::Value;

use super::functions::{self, Function, compile_pattern};
use super::guards::{CompiledGuard, GuardAggregate};
use super::node::{CallNode, Local, LookupNode, MatchNode, Node, Part, PluginNode};

/// A flow's expressions, ready to be evaluated.
#[derive(Debug)]
pub(super) struct CompiledFlow {
    pub(super) filter: Option<Node>,
    pub(super) key: Vec<Node>,
    pub(super) body: Vec<CompiledStatement>,
    /// Its grouping, in the order written.
    pub(super) grouping: Vec<Node>,
    pub(super) guards: Vec<CompiledGuard>,
    /// What the guards compute over all rows; [`Node::Total`] indexes them.
    pub(super) guard_aggregates: Vec<GuardAggregate>,
    /// How many calls of plugins it has.
    pub(super) plugin_calls: usize,
}

#[derive(Debug)]
pub(super) enum CompiledStatement {
    Let {
        local: usize,
        value: Node,
    },
    /// `require` and `ensure`: they differ in when they are known.
    Require {
        condition: Node,
        otherwise: Node,
    },
    Step(CompiledStep),
    Refresh,
    Each(Vec<CompiledStatement>),
    If {
        condition: Node,
        then: Vec<CompiledStatement>,
        otherwise: Vec<CompiledStatement>,
    },
}

/// A step's expressions; the bindings are parallel to [`Step::bindings`].
#[derive(Debug)]
pub(super) struct CompiledStep {
    pub(super) bindings: Vec<Node>,
    pub(super) wanted: Option<Node>,
    /// Further values that a match must have.
    pub(super) further: Vec<Node>,
    /// The ids of a call, the parts of a request's path, or what is said when a find finds nothing.
    pub(super) path: Vec<Node>,
}

impl CompiledFlow {
    pub(super) fn new(flow: &Flow) -> Self {
        let mut compiler = Compiler {
            columns: vec![Arc::default(); flow.locals],
            plugin_calls: Cell::new(0),
            in_guard: false,
            guard_aggregates: RefCell::default(),
        };
        let body = flow
            .body
            .iter()
            .map(|statement| compiler.statement(statement))
            .collect();
        let filter = flow.filter.as_ref().map(|filter| compiler.node(filter));
        let key = flow.key.iter().map(|part| compiler.node(part)).collect();
        let grouping = flow.grouping.iter().map(|part| compiler.node(part)).collect();
        compiler.in_guard = true;
        let guards = flow
            .guards
            .iter()
            .map(|guard| CompiledGuard {
                condition: compiler.node(&guard.condition),
                otherwise: compiler.node(&guard.otherwise),
            })
            .collect();
        CompiledFlow {
            filter,
            key,
            body,
            grouping,
            plugin_calls: compiler.plugin_calls.get(),
            guards,
            guard_aggregates: compiler.guard_aggregates.into_inner(),
        }
    }
}

/// Prepares one expression. What a `let` was computed from is not known here, so that no cell is blamed for it.
pub(super) fn compile(expression: &Expression) -> Node {
    let compiler = Compiler {
        columns: Vec::new(),
        plugin_calls: Cell::new(0),
        in_guard: false,
        guard_aggregates: RefCell::default(),
    };
    compiler.node(expression)
}

struct Compiler {
    /// The columns that each local was computed from, as far as they were met.
    columns: Vec<Arc<BTreeSet<usize>>>,
    plugin_calls: Cell<usize>,
    /// Whether a guard is compiled, whose aggregates are over all rows.
    in_guard: bool,
    guard_aggregates: RefCell<Vec<GuardAggregate>>,
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
            Statement::Require { condition, otherwise }
            | Statement::Ensure {
                condition, otherwise, ..
            } => CompiledStatement::Require {
                condition: self.node(condition),
                otherwise: self.node(otherwise),
            },
            Statement::Step(step) => CompiledStatement::Step(self.step(step)),
            Statement::Refresh { .. } => CompiledStatement::Refresh,
            Statement::Each { body, .. } => CompiledStatement::Each(self.statements(body)),
            Statement::If {
                condition,
                then,
                otherwise,
                ..
            } => CompiledStatement::If {
                condition: self.node(condition),
                then: self.statements(then),
                otherwise: self.statements(otherwise),
            },
        }
    }

    fn statements(&mut self, statements: &[Statement]) -> Vec<CompiledStatement> {
        statements
            .iter()
            .map(|statement| self.statement(statement))
            .collect()
    }

    fn step(&self, step: &Step) -> CompiledStep {
        CompiledStep {
            bindings: step
                .bindings
                .iter()
                .map(|binding| self.node(&binding.value))
                .collect(),
            wanted: step.matching.as_ref().map(|matching| self.node(&matching.value)),
            further: step
                .matching
                .iter()
                .flat_map(|matching| &matching.further)
                .map(|(_, value)| self.node(value))
                .collect(),
            path: match &step.detail {
                StepDetail::Call(call) => self.nodes(&call.arguments),
                StepDetail::Request(request) => request.path.iter().map(|part| self.fragment(part)).collect(),
                StepDetail::Find(Missing::Reject(Some(message))) => vec![self.node(message)],
                StepDetail::Find(_) | StepDetail::Mirror(_) | StepDetail::Delete(_) | StepDetail::None => {
                    Vec::new()
                }
            },
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
            ExpressionKind::Lines(value) => Node::Lines(self.boxed(value)),
            ExpressionKind::Aggregate { function, value } => self.aggregate(function.as_str(), value),
            ExpressionKind::Lookup {
                source,
                wanted,
                value,
                given,
            } => Node::Lookup(Box::new(LookupNode {
                source: Arc::clone(source),
                wanted: *wanted,
                value: self.node(value),
                given: *given,
            })),
            // The checker lets them stand where they are computed otherwise.
            ExpressionKind::PlanCount(count) => Node::PlanCount(*count),
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

    fn aggregate(&self, function: &'static str, value: &Expression) -> Node {
        if self.in_guard {
            let value = self.node(value);
            let mut aggregates = self.guard_aggregates.borrow_mut();
            aggregates.push(GuardAggregate { function, value });
            return Node::Total(aggregates.len() - 1);
        }
        match functions::find(function) {
            Some(found) => Node::Aggregate {
                call: Box::new(CallNode {
                    function: found,
                    arguments: Vec::new(),
                    pattern: None,
                }),
                value: self.boxed(value),
            },
            None => Node::Missing(function),
        }
    }

    fn fragment(&self, fragment: &Fragment) -> Node {
        match fragment {
            Fragment::Text(text) => Node::Literal(Value::Text(Arc::clone(text))),
            Fragment::Value(value) => self.node(value),
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
