//! Expressions as they are evaluated: names are resolved to functions, patterns are compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::Regex;

use crate::lang::program::{BinaryOperator, PlanCount};
use crate::model::Value;

use super::functions::Function;

#[derive(Debug)]
pub(super) enum Node {
    Literal(Value),
    Interpolation(Vec<Part>),
    Column(usize),
    Local(Local),
    StepField {
        step: usize,
        path: Vec<Arc<str>>,
    },
    /// A value for each line.
    Lines(Box<Node>),
    /// A function over a value for each line; the call has no arguments of its own.
    Aggregate {
        call: Box<CallNode>,
        value: Box<Node>,
    },
    Lookup(Box<LookupNode>),
    /// What an aggregate of a guard gives over all rows; an index into the flow's.
    Total(usize),
    PlanCount(PlanCount),
    Member(Box<Node>, Arc<str>),
    Item(Box<Node>, Box<Node>),
    Call(Box<CallNode>),
    PluginCall(Box<PluginNode>),
    /// A call of a function that is not in the table; the checker lets none pass.
    Missing(&'static str),
    Negate(Box<Node>),
    Not(Box<Node>),
    Binary(BinaryOperator, Box<[Node; 2]>),
    IsEmpty {
        value: Box<Node>,
        negated: bool,
    },
    If(Box<[Node; 3]>),
    Match(Box<MatchNode>),
    List(Vec<Node>),
    Record(Vec<(Arc<str>, Node)>),
}

/// A value that `let` binds, with the columns that it was computed from.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) index: usize,
    pub(super) columns: Arc<BTreeSet<usize>>,
}

#[derive(Debug)]
pub(super) enum Part {
    Text(Arc<str>),
    Value(Node),
}

#[derive(Debug)]
pub(super) struct CallNode {
    pub(super) function: &'static Function,
    pub(super) arguments: Vec<Node>,
    /// The regular expression, when it is a literal.
    pub(super) pattern: Option<Regex>,
}

#[derive(Debug)]
pub(super) struct PluginNode {
    /// Its number among the flow's calls of plugins.
    pub(super) id: usize,
    pub(super) plugin: Arc<str>,
    pub(super) function: Arc<str>,
    pub(super) index: usize,
    pub(super) arguments: Vec<Node>,
}

/// A cell of another source.
#[derive(Debug)]
pub(super) struct LookupNode {
    pub(super) source: Arc<str>,
    pub(super) wanted: usize,
    pub(super) value: Node,
    pub(super) given: usize,
}

#[derive(Debug)]
pub(super) struct MatchNode {
    pub(super) subject: Node,
    /// Patterns and value of each arm.
    pub(super) arms: Vec<(Vec<Node>, Node)>,
    pub(super) otherwise: Option<Node>,
}

impl Node {
    /// Collects the columns that this expression reads, through `let` too.
    pub(super) fn columns(&self) -> BTreeSet<usize> {
        let mut columns = BTreeSet::new();
        self.collect_columns(&mut columns);
        columns
    }

    fn collect_columns(&self, columns: &mut BTreeSet<usize>) {
        match self {
            Node::Column(index) => {
                columns.insert(*index);
            }
            Node::Local(local) => columns.extend(local.columns.iter()),
            _ => self.children(&mut |child| child.collect_columns(columns)),
        }
    }

    /// Gives the column to blame: the only one that is read here.
    pub(super) fn sole_column(&self) -> Option<usize> {
        let columns = self.columns();
        columns.first().copied().filter(|_| columns.len() == 1)
    }

    /// Tells whether a value that `let` binds is used.
    pub(super) fn uses_locals(&self) -> bool {
        if let Node::Local(_) = self {
            return true;
        }
        let mut found = false;
        self.children(&mut |child| found = found || child.uses_locals());
        found
    }

    /// Visits the expressions right inside this one.
    pub(super) fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        match self {
            Node::Literal(_)
            | Node::Column(_)
            | Node::Local(_)
            | Node::StepField { .. }
            | Node::Total(_)
            | Node::PlanCount(_)
            | Node::Missing(_) => {}
            Node::Interpolation(parts) => parts.iter().for_each(|part| {
                if let Part::Value(node) = part {
                    visit(node);
                }
            }),
            Node::Member(value, _)
            | Node::Lines(value)
            | Node::Aggregate { value, .. }
            | Node::Negate(value)
            | Node::Not(value)
            | Node::IsEmpty { value, .. } => {
                visit(value);
            }
            Node::Lookup(lookup) => visit(&lookup.value),
            Node::Item(list, index) => {
                visit(list);
                visit(index);
            }
            Node::Call(call) => call.arguments.iter().for_each(visit),
            Node::PluginCall(call) => call.arguments.iter().for_each(visit),
            Node::Binary(_, sides) => sides.iter().for_each(visit),
            Node::If(parts) => parts.iter().for_each(visit),
            Node::Match(node) => {
                visit(&node.subject);
                for (patterns, value) in &node.arms {
                    patterns.iter().for_each(&mut *visit);
                    visit(value);
                }
                node.otherwise.iter().for_each(visit);
            }
            Node::List(items) => items.iter().for_each(visit),
            Node::Record(members) => members.iter().for_each(|(_, member)| visit(member)),
        }
    }
}
