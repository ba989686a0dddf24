//! A value after each stage of its pipe, and other expressions on a record's way: what tests look at.

use std::borrow::Cow;

use crate::lang::program::{Expression, ExpressionKind, Flow, Statement};
use crate::model::{Rejection, Row, Value};

use super::compile::compile;
use super::evaluate::{Scope, evaluate};
use super::evaluator::Evaluator;
use super::objects::Objects;
use super::walk::Walk;

/// One stage of a pipe: `Email`, `| trim`, `| lower`.
#[derive(Clone, Debug)]
pub struct Stage<'x> {
    /// What was computed; behind the first stage, a call whose first argument is the stage before.
    pub expression: &'x Expression,
    /// Its value, or why there is none.
    pub value: Result<Value, String>,
}

impl Evaluator {
    /// Computes an expression that has no row in it. Errors with why there is no value.
    pub fn constant(&self, expression: &Expression) -> Result<Value, String> {
        let objects = Objects::default();
        let locals = vec![Value::Null; self.flow.locals];
        let node = compile(expression);
        let value = evaluate(&node, &self.scope(&[], &objects, &locals)).map(Cow::into_owned);
        value.map_err(|trouble| trouble.message)
    }
}

impl Walk<'_> {
    /// Computes an expression with what the record's statements have bound so far, at a line or outside of all
    /// lines.
    pub fn compute(
        &self,
        expression: &Expression,
        line: Option<usize>,
        objects: &Objects,
    ) -> Result<Value, Rejection> {
        let Some(row) = self.lines.get(line.unwrap_or(0)) else {
            return Ok(Value::Null);
        };
        let node = compile(expression);
        let scope = self.unprepared((row, line), objects);
        self.evaluator.value(&node, &scope)
    }

    /// Gives a value after each stage of its pipe, up to the first that fails. What is no pipe has one stage.
    pub fn stages<'x>(
        &'x self,
        expression: &'x Expression,
        line: Option<usize>,
        objects: &Objects,
    ) -> Vec<Stage<'x>> {
        let mut stages = Vec::new();
        for expression in pipe(expression, &self.evaluator.flow) {
            let value = self
                .compute(expression, line, objects)
                .map_err(|rejection| rejection.message);
            let failed = value.is_err();
            stages.push(Stage { expression, value });
            if failed {
                break;
            }
        }
        stages
    }

    /// Calls that were made for many rows at once belong to the flow's own expressions.
    fn unprepared<'s>(&'s self, place: (&'s Row, Option<usize>), objects: &'s Objects) -> Scope<'s> {
        Scope {
            prepared: None,
            ..self.scope(place, objects)
        }
    }
}

/// Gives the expressions of a pipe, the innermost first. What `let` binds belongs to it, but not in a flow with
/// groups, where its columns may mean another line.
fn pipe<'x>(expression: &'x Expression, flow: &'x Flow) -> Vec<&'x Expression> {
    let mut found = Vec::new();
    let mut next = Some(expression);
    while let Some(expression) = next {
        next = match &expression.kind {
            ExpressionKind::Call { arguments, .. } | ExpressionKind::PluginCall { arguments, .. } => {
                found.push(expression);
                arguments.first()
            }
            ExpressionKind::Local(local) if flow.grouping.is_empty() => {
                let bound = bound_to(*local, &flow.body);
                if bound.is_none() {
                    found.push(expression);
                }
                bound
            }
            _ => {
                found.push(expression);
                None
            }
        };
    }
    found.reverse();
    found
}

/// Finds what `let` binds.
fn bound_to(wanted: usize, statements: &[Statement]) -> Option<&Expression> {
    statements.iter().find_map(|statement| match statement {
        Statement::Let { local, value } if *local == wanted => Some(value),
        other => other
            .blocks()
            .into_iter()
            .find_map(|block| bound_to(wanted, block)),
    })
}
