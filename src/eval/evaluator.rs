use std::sync::Arc;

use jiff::civil::Date;

use crate::lang::program::{Flow, Statement, Step};
use crate::model::{DesiredStep, FormValue, Header, RecordKey, Rejection, Row, Value};

use super::batch::{self, Prepared};
use super::compile::{CompiledFlow, CompiledStatement, CompiledStep};
use super::convert::to_plain_text;
use super::encode::{Refusal, check_metadata_count, encode};
use super::evaluate::{Scope, blame, evaluate, truth};
use super::fault::{Fault, Trouble};
use super::node::Node;
use super::operate::Truth;
use super::plugins::{NoPlugins, Plugins};

/// The time of a run, fixed when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What `today()` gives.
    pub today: Date,
}

/// A flow made ready to evaluate rows. Built once, shared among threads.
#[derive(Debug)]
pub struct Evaluator {
    flow: Arc<Flow>,
    header: Arc<Header>,
    clock: Clock,
    plugins: Arc<dyn Plugins>,
    compiled: CompiledFlow,
    /// Whether `where` or `key` uses a value that `let` binds.
    key_needs_locals: bool,
}

impl Evaluator {
    /// Prepares a flow: names become functions, literal regular expressions are compiled. `header` is
    /// that of the source that the flow was checked against.
    pub fn new(flow: Arc<Flow>, header: Arc<Header>, clock: Clock) -> Self {
        let compiled = CompiledFlow::new(&flow);
        let key_needs_locals = compiled.filter.iter().chain(&compiled.key).any(Node::uses_locals);
        Evaluator {
            flow,
            header,
            clock,
            plugins: Arc::new(NoPlugins),
            compiled,
            key_needs_locals,
        }
    }

    /// Gives the flow the plugins that it calls. Without them each call rejects its row.
    #[must_use]
    pub fn with_plugins(mut self, plugins: Arc<dyn Plugins>) -> Self {
        self.plugins = plugins;
        self
    }

    /// Tells whether `where` takes the row. An empty condition counts as false, and a flow without one
    /// takes every row.
    pub fn is_selected(&self, row: &Row) -> Result<bool, Rejection> {
        let Some(filter) = &self.compiled.filter else {
            return Ok(true);
        };
        let scope = self.scope_of_key(row)?;
        let truth = truth(filter, &scope).map_err(|trouble| self.reject(row, trouble))?;
        Ok(truth == Truth::True)
    }

    /// Gives what identifies the row for ever. White space around a part and ending zeros of a decimal
    /// don't count. A part that is empty, a list or a record rejects the row.
    pub fn key(&self, row: &Row) -> Result<RecordKey, Rejection> {
        let scope = self.scope_of_key(row)?;
        let parts: Vec<String> = self
            .compiled
            .key
            .iter()
            .map(|part| key_part(part, &scope))
            .collect::<Result<_, _>>()
            .map_err(|trouble| self.reject(row, trouble))?;
        Ok(RecordKey::new(&parts))
    }

    /// Evaluates one step, with the `let`s and `require`s that stand before it. `objects` holds what
    /// Stripe answered for each step; what is `None` or missing there is not known yet. A step that the
    /// flow does not have asks for nothing.
    pub fn step(&self, step: usize, row: &Row, objects: &[Option<Value>]) -> Result<DesiredStep, Rejection> {
        let steps = self.run(self.scope(row, objects), Some(step))?;
        Ok(steps.into_iter().next().unwrap_or_default())
    }

    /// Evaluates all steps in order, and every `require` of the flow. A `require` that depends on what
    /// is not known yet is passed for now.
    pub fn record(&self, row: &Row, objects: &[Option<Value>]) -> Result<Vec<DesiredStep>, Rejection> {
        self.run(self.scope(row, objects), None)
    }

    /// Does as [`Evaluator::record`] before anything is known of the steps' objects, with what
    /// [`Evaluator::prepare`] gave; `index` is the row's place among the rows that it was given.
    pub fn prepared_record(
        &self,
        row: &Row,
        (prepared, index): (&Prepared, usize),
    ) -> Result<Vec<DesiredStep>, Rejection> {
        let scope = Scope {
            prepared: Some((prepared, index)),
            ..self.scope(row, &[])
        };
        self.run(scope, None)
    }

    /// Makes calls of plugins for many rows at once, where a plugin has a function for that.
    pub fn prepare(&self, rows: &[Row]) -> Prepared {
        if self.compiled.plugin_calls == 0 {
            return Prepared::default();
        }
        let scopes: Vec<Scope<'_>> = rows.iter().map(|row| self.scope(row, &[])).collect();
        batch::prepare(&self.compiled, &scopes, &*self.plugins)
    }

    /// Goes through the flow's statements; with `only`, up to that step and giving that step alone.
    fn run(&self, mut scope: Scope<'_>, only: Option<usize>) -> Result<Vec<DesiredStep>, Rejection> {
        let row = scope.row;
        let mut steps = Vec::new();
        for (compiled, statement) in self.compiled.body.iter().zip(&self.flow.body) {
            match compiled {
                CompiledStatement::Let { local, value } => self.bind(*local, value, &mut scope)?,
                CompiledStatement::Require { condition, otherwise } => {
                    require(condition, otherwise, &scope).map_err(|trouble| self.reject(row, trouble))?;
                }
                CompiledStatement::Unbuilt => {}
                CompiledStatement::Step(compiled) => {
                    let Statement::Step(step) = statement else {
                        continue;
                    };
                    if only.is_none_or(|only| only == compiled.index) {
                        steps.push(self.desired(step, compiled, &scope)?);
                    }
                    if only == Some(compiled.index) {
                        break;
                    }
                }
            }
        }
        Ok(steps)
    }

    fn desired(
        &self,
        step: &Step,
        compiled: &CompiledStep,
        scope: &Scope<'_>,
    ) -> Result<DesiredStep, Rejection> {
        let mut desired = DesiredStep::default();
        for (binding, node) in step.bindings.iter().zip(&compiled.bindings) {
            let reject = |trouble, field| Rejection {
                field: Some(field),
                ..self.reject(scope.row, trouble)
            };
            let value = evaluate(node, scope).map_err(|trouble| reject(trouble, binding.name.clone()))?;
            encode(step.kind, binding, &value, &mut desired)
                .map_err(|Refusal { field, fault }| reject(blame(fault, node, &[]), field))?;
        }
        check_metadata_count(&desired.form).map_err(|Refusal { field, fault }| Rejection {
            message: fault.message,
            place: self.header.row_address(scope.row.number).to_string(),
            field: Some(field),
        })?;
        if let Some(node) = &compiled.wanted {
            desired.wanted = wanted(node, scope).map_err(|trouble| self.reject(scope.row, trouble))?;
        }
        Ok(desired)
    }

    fn scope<'a>(&'a self, row: &'a Row, objects: &'a [Option<Value>]) -> Scope<'a> {
        Scope {
            row,
            objects,
            locals: vec![Value::Null; self.flow.locals],
            clock: &self.clock,
            plugins: &*self.plugins,
            prepared: None,
        }
    }

    /// Gives the scope of `where` and `key`, which see no step.
    fn scope_of_key<'a>(&'a self, row: &'a Row) -> Result<Scope<'a>, Rejection> {
        if !self.key_needs_locals {
            return Ok(Scope {
                row,
                objects: &[],
                locals: Vec::new(),
                clock: &self.clock,
                plugins: &*self.plugins,
                prepared: None,
            });
        }
        let mut scope = self.scope(row, &[]);
        for statement in &self.compiled.body {
            if let CompiledStatement::Let { local, value } = statement {
                self.bind(*local, value, &mut scope)?;
            }
        }
        Ok(scope)
    }

    fn bind(&self, local: usize, value: &Node, scope: &mut Scope<'_>) -> Result<(), Rejection> {
        let value = evaluate(value, scope)
            .map_err(|trouble| self.reject(scope.row, trouble))?
            .into_owned();
        if let Some(place) = scope.locals.get_mut(local) {
            *place = value;
        }
        Ok(())
    }

    fn reject(&self, row: &Row, trouble: Trouble) -> Rejection {
        let address = match trouble.column {
            Some(column) => self.header.address(row.number, column),
            None => self.header.row_address(row.number),
        };
        Rejection {
            message: trouble.message,
            place: address.to_string(),
            field: None,
        }
    }
}

fn key_part(node: &Node, scope: &Scope<'_>) -> Result<String, Trouble> {
    let value = evaluate(node, scope)?;
    let text = to_plain_text(&value).map_err(|fault| blame(fault, node, &[]))?;
    match text.as_deref().map(str::trim) {
        Some(part) if !part.is_empty() => Ok(part.to_owned()),
        _ => Err(blame(Fault::new("the key is empty"), node, &[])),
    }
}

fn require(condition: &Node, otherwise: &Node, scope: &Scope<'_>) -> Result<(), Trouble> {
    if truth(condition, scope)? != Truth::False {
        return Ok(());
    }
    let text = evaluate(otherwise, scope)?;
    let message = if text.is_empty() {
        "a requirement of the flow is not met".to_owned()
    } else {
        super::convert::to_shown_text(&text).map_err(|fault| blame(fault, otherwise, &[]))?
    };
    Err(blame(Fault::new(message), condition, &[]))
}

/// Gives what `by` compares with; nothing when it is empty.
fn wanted(node: &Node, scope: &Scope<'_>) -> Result<Option<FormValue>, Trouble> {
    let value = evaluate(node, scope)?;
    if *value == Value::Unknown {
        return Ok(Some(FormValue::Unknown));
    }
    if value.is_empty() {
        return Ok(None);
    }
    let text = to_plain_text(&value).map_err(|fault| blame(fault, node, &[]))?;
    Ok(text.map(|text| FormValue::Text(text.into_owned())))
}

#[cfg(test)]
mod tests;
