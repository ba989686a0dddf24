//! Brakes on a whole plan: what they compute over all rows, and whether they hold.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::lang::program::{BinaryOperator, PlanCount};
use crate::model::{Row, Value};

use super::convert::to_shown_text;
use super::evaluate::{Scope, evaluate, truth};
use super::evaluator::Evaluator;
use super::functions::{self, Call};
use super::node::Node;
use super::objects::Objects;
use super::operate::{Truth, operate};

/// A guard's expressions.
#[derive(Debug)]
pub(super) struct CompiledGuard {
    pub(super) condition: Node,
    pub(super) otherwise: Node,
}

/// What a guard computes over all rows.
#[derive(Debug)]
pub(super) struct GuardAggregate {
    /// The function's name.
    pub(super) function: &'static str,
    /// Its value for one row.
    pub(super) value: Node,
}

/// What guards are about: the plan's counts, and their aggregates over all rows.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) counts: PlanCounts,
    pub(super) totals: Vec<Value>,
}

/// What a plan counts, as guards ask for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanCounts {
    /// Objects that would be made.
    pub creates: u64,
    /// Objects that would be changed.
    pub updates: u64,
    /// Objects that would be removed.
    pub deletes: u64,
    /// Other operations and requests that would be sent.
    pub calls: u64,
    /// Records that are rejected.
    pub rejected: u64,
    /// Rows that the flow takes.
    pub rows: u64,
}

impl PlanCounts {
    pub(super) fn value(&self, count: PlanCount) -> Value {
        let number = match count {
            PlanCount::Creates => self.creates,
            PlanCount::Updates => self.updates,
            PlanCount::Deletes => self.deletes,
            PlanCount::Calls => self.calls,
            PlanCount::Rejected => self.rejected,
            PlanCount::Rows => self.rows,
        };
        Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// What the aggregates of a flow's guards give so far; in constant memory.
#[derive(Clone, Debug)]
pub struct GuardTotals {
    aggregates: Vec<Running>,
    /// Rows so far.
    rows: u64,
}

#[derive(Clone, Debug, Default)]
struct Running {
    value: Value,
    /// Values that were not empty.
    count: i64,
}

impl Evaluator {
    /// Begins to compute what the guards need of all rows.
    pub fn guard_totals(&self) -> GuardTotals {
        GuardTotals {
            aggregates: vec![Running::default(); self.compiled.guard_aggregates.len()],
            rows: 0,
        }
    }

    /// Gives, for each row, the values that the guards' aggregates are computed of. A value that can't be
    /// computed is null: its row is rejected, if the flow sends anything of it.
    pub fn guard_values(&self, row: &Row) -> Vec<Value> {
        let objects = Objects::default();
        let lines = std::slice::from_ref(row);
        let scope = self.scope(lines, &objects, &[]);
        self.compiled
            .guard_aggregates
            .iter()
            .map(|aggregate| evaluate(&aggregate.value, &scope).map_or(Value::Null, Cow::into_owned))
            .collect()
    }

    /// Adds a row's values to the totals.
    pub fn add_guard_values(&self, totals: &mut GuardTotals, values: Vec<Value>) {
        totals.rows += 1;
        let aggregates = self.compiled.guard_aggregates.iter().zip(&mut totals.aggregates);
        for ((aggregate, running), value) in aggregates.zip(values) {
            running.add(aggregate.function, value, self.today);
        }
    }

    /// Tells which guard does not hold: its text. `counts.rows` is taken from the totals.
    pub fn check_guards(&self, counts: PlanCounts, totals: &GuardTotals) -> Result<(), String> {
        let aggregates = self.compiled.guard_aggregates.iter().zip(&totals.aggregates);
        let guarded = Guarded {
            counts: PlanCounts {
                rows: totals.rows,
                ..counts
            },
            totals: aggregates
                .map(|(aggregate, running)| running.total(aggregate.function))
                .collect(),
        };
        let nothing = Row {
            number: 0,
            cells: Vec::new(),
        };
        let objects = Objects::default();
        let scope = Scope {
            guarded: Some(&guarded),
            ..self.scope(std::slice::from_ref(&nothing), &objects, &[])
        };
        for guard in &self.compiled.guards {
            let holds = truth(&guard.condition, &scope).map_err(|trouble| trouble.message)?;
            if holds != Truth::True {
                let text = evaluate(&guard.otherwise, &scope).map_err(|trouble| trouble.message)?;
                return Err(to_shown_text(&text).unwrap_or_else(|fault| fault.message));
            }
        }
        Ok(())
    }
}

impl Running {
    fn add(&mut self, function: &'static str, value: Value, today: Date) {
        if value.is_empty() {
            return;
        }
        self.count += 1;
        let function = match function {
            "count" => return,
            "average" => "sum",
            "first" if self.count > 1 => return,
            other => other,
        };
        if matches!(function, "first" | "last") || self.count == 1 {
            self.value = value;
            return;
        }
        let both = [Cow::Owned(Value::List(vec![
            std::mem::take(&mut self.value),
            value,
        ]))];
        let combined = functions::find(function).map(|function| {
            Call {
                function,
                arguments: &both,
                pattern: None,
                today,
            }
            .apply()
        });
        // What can't be added up makes the guard fail, since nothing is not less than anything.
        self.value = combined.and_then(Result::ok).unwrap_or_default();
    }

    fn total(&self, function: &'static str) -> Value {
        match function {
            "count" => Value::Integer(self.count),
            "average" => operate(
                BinaryOperator::Divide,
                &self.value,
                &Value::Integer(self.count.max(1)),
            )
            .unwrap_or_default(),
            _ => self.value.clone(),
        }
    }
}
