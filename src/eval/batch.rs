//! Calls of plugins that are made for many rows at once, before the rows are evaluated one by one.

use std::borrow::Cow;

use crate::lang::program::BinaryOperator;
use crate::model::Value;

use super::compile::{CompiledFlow, CompiledStatement};
use super::convert::has_unknown;
use super::evaluate::{Scope, evaluate};
use super::node::{Node, PluginNode};
use super::plugins::Plugins;

/// What calls gave for the rows of a chunk: a list for each call of the flow, empty when it was not made, else
/// with an item for each row.
#[derive(Debug, Default)]
pub struct Prepared {
    calls: Vec<Vec<Option<Result<Value, String>>>>,
}

impl Prepared {
    /// Gives what a call gave for a row; `None` when it was not made.
    pub(super) fn result(&self, call: &PluginNode, row: usize) -> Option<&Result<Value, String>> {
        self.calls.get(call.id)?.get(row)?.as_ref()
    }
}

/// Makes the calls that each row makes in any case, with what stands in the row alone, of the functions that
/// take many rows at once. `scopes` are those of the rows.
pub(super) fn prepare(flow: &CompiledFlow, scopes: &[Scope<'_>], plugins: &dyn Plugins) -> Prepared {
    let mut calls = Vec::new();
    flow.body.iter().for_each(|statement| match statement {
        CompiledStatement::Let { value, .. } => collect(value, &mut calls),
        CompiledStatement::Require { condition, .. } => collect(condition, &mut calls),
        CompiledStatement::If { condition, .. } => collect(condition, &mut calls),
        CompiledStatement::Each(_) | CompiledStatement::Refresh => {}
        CompiledStatement::Step(step) => {
            let nodes = step.bindings.iter().chain(&step.wanted).chain(&step.path);
            nodes.for_each(|node| collect(node, &mut calls));
        }
    });
    let mut prepared = Prepared::default();
    prepared.calls.resize_with(flow.plugin_calls, Vec::new);
    for call in calls {
        if plugins.takes_many(&call.plugin, call.index)
            && let Some(place) = prepared.calls.get_mut(call.id)
        {
            *place = call_many(call, scopes, plugins);
        }
    }
    prepared
}

fn call_many(
    call: &PluginNode,
    scopes: &[Scope<'_>],
    plugins: &dyn Plugins,
) -> Vec<Option<Result<Value, String>>> {
    let mut places = Vec::new();
    let mut arguments = Vec::new();
    for (row, scope) in scopes.iter().enumerate() {
        let evaluated: Result<Vec<Value>, _> = call
            .arguments
            .iter()
            .map(|argument| evaluate(argument, scope).map(Cow::into_owned))
            .collect();
        // What is wrong with an argument is said when its row is evaluated.
        if let Ok(evaluated) = evaluated
            && !evaluated.iter().any(has_unknown)
        {
            places.push(row);
            arguments.push(evaluated);
        }
    }
    let mut results = vec![None; scopes.len()];
    let values = plugins.call_many(&call.plugin, call.index, &arguments);
    for (row, value) in places.into_iter().zip(values) {
        if let Some(place) = results.get_mut(row) {
            *place = Some(value);
        }
    }
    results
}

/// Collects the calls that are made whatever the conditions around them say.
fn collect<'a>(node: &'a Node, calls: &mut Vec<&'a PluginNode>) {
    match node {
        Node::PluginCall(call) if call.arguments.iter().all(stands_in_row) => calls.push(call),
        Node::If(parts) => {
            let [condition, _, _] = &**parts;
            collect(condition, calls);
        }
        Node::Match(node) => collect(&node.subject, calls),
        Node::Binary(BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Otherwise, sides) => {
            let [left, _] = &**sides;
            collect(left, calls);
        }
        // Lines have no results of their own.
        Node::Lines(_) | Node::Aggregate { .. } => {}
        other => other.children(&mut |child| collect(child, calls)),
    }
}

/// Tells whether an expression needs nothing but the row: no `let`, no answer.
fn stands_in_row(node: &Node) -> bool {
    if matches!(node, Node::Local(_) | Node::StepField { .. }) {
        return false;
    }
    let mut stands = true;
    node.children(&mut |child| stands = stands && stands_in_row(child));
    stands
}
