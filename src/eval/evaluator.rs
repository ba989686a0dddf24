use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;

use crate::lang::program::{Flow, Step};
use crate::model::{DesiredStep, FormValue, Header, RecordKey, Rejection, Row, Value};

use super::batch::{self, Prepared};
use super::compile::{CompiledFlow, CompiledStatement, CompiledStep};
use super::convert::to_plain_text;
use super::encode::{Refusal, check_metadata_count, encode};
use super::evaluate::{Scope, blame, evaluate, truth};
use super::fault::{Fault, Trouble};
use super::lookups::Lookups;
use super::node::Node;
use super::objects::Objects;
use super::operate::Truth;
use super::plugins::{NoPlugins, Plugins};
use super::walk::Walk;

/// A flow made ready to evaluate rows. Built once, shared among threads.
#[derive(Debug)]
pub struct Evaluator {
    pub(super) flow: Arc<Flow>,
    header: Arc<Header>,
    pub(super) today: Date,
    pub(super) plugins: Arc<dyn Plugins>,
    pub(super) lookups: Arc<Lookups>,
    pub(super) compiled: CompiledFlow,
    /// Whether `where` or `key` uses a value that `let` binds.
    key_needs_locals: bool,
}

impl Evaluator {
    /// Prepares a flow: names become functions, literal regular expressions are compiled. `header` is
    /// that of the source that the flow was checked against; `today` is what `today()` gives, all
    /// through a run.
    pub fn new(flow: Arc<Flow>, header: Arc<Header>, today: Date) -> Self {
        let compiled = CompiledFlow::new(&flow);
        let key_needs_locals = compiled
            .filter
            .iter()
            .chain(&compiled.key)
            .chain(&compiled.grouping)
            .any(Node::uses_locals);
        Evaluator {
            flow,
            header,
            today,
            plugins: Arc::new(NoPlugins),
            lookups: Arc::default(),
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

    /// Gives the flow the sources that its `lookup`s read.
    #[must_use]
    pub fn with_lookups(mut self, lookups: Arc<Lookups>) -> Self {
        self.lookups = lookups;
        self
    }

    /// Tells whether `where` takes the row. An empty condition counts as false, and a flow without one
    /// takes every row.
    pub fn is_selected(&self, row: &Row) -> Result<bool, Rejection> {
        let Some(filter) = &self.compiled.filter else {
            return Ok(true);
        };
        let objects = Objects::default();
        let locals = self.locals_of_key(row)?;
        let scope = self.scope(std::slice::from_ref(row), &objects, &locals);
        let truth = truth(filter, &scope).map_err(|trouble| self.reject(row, trouble))?;
        Ok(truth == Truth::True)
    }

    /// Gives what identifies the record for ever, of its first line. White space around a part and ending zeros
    /// of a decimal don't count. A part that is empty, a list or a record rejects the row.
    pub fn key(&self, lines: &[Row]) -> Result<RecordKey, Rejection> {
        self.parts(&self.compiled.key, lines)
    }

    /// Gives the group that a row belongs to; rows of one group are one record.
    pub fn group(&self, row: &Row) -> Result<RecordKey, Rejection> {
        self.parts(&self.compiled.grouping, std::slice::from_ref(row))
    }

    fn parts(&self, parts: &[Node], lines: &[Row]) -> Result<RecordKey, Rejection> {
        let Some(row) = lines.first() else {
            return Ok(RecordKey::new(&[]));
        };
        let objects = Objects::default();
        let locals = self.locals_of_key(row)?;
        let scope = self.scope(lines, &objects, &locals);
        let parts: Vec<String> = parts
            .iter()
            .map(|part| key_part(part, &scope))
            .collect::<Result<_, _>>()
            .map_err(|trouble| self.reject(row, trouble))?;
        Ok(RecordKey::new(&parts))
    }

    /// Sets a record on its way through the flow's statements: its lines, or its one row. With what
    /// [`Evaluator::prepare`] gave, and the row's place among the rows that it was given.
    pub fn walk<'e>(&'e self, lines: &'e [Row], prepared: Option<(&'e Prepared, usize)>) -> Walk<'e> {
        Walk::new(self, lines, prepared)
    }

    /// Makes calls of plugins for many rows at once, where a plugin has a function for that. For flows without
    /// `group by`.
    pub fn prepare(&self, rows: &[Row]) -> Prepared {
        if self.compiled.plugin_calls == 0 {
            return Prepared::default();
        }
        let objects = Objects::default();
        let scopes: Vec<Scope<'_>> = rows
            .iter()
            .map(|row| self.scope(std::slice::from_ref(row), &objects, &[]))
            .collect();
        batch::prepare(&self.compiled, &scopes, &*self.plugins)
    }

    pub(super) fn desired(
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
        for node in &compiled.further {
            let value = wanted(node, scope).map_err(|trouble| self.reject(scope.row, trouble))?;
            desired.further.push(value);
        }
        for node in &compiled.path {
            let part = wanted(node, scope).map_err(|trouble| self.reject(scope.row, trouble))?;
            desired
                .path
                .push(part.unwrap_or_else(|| FormValue::Text(String::new())));
        }
        Ok(desired)
    }

    pub(super) fn scope<'a>(
        &'a self,
        lines: &'a [Row],
        objects: &'a Objects,
        locals: &'a [Value],
    ) -> Scope<'a> {
        const NOTHING: &Row = &Row {
            number: 0,
            cells: Vec::new(),
        };
        Scope {
            row: lines.first().unwrap_or(NOTHING),
            lines,
            line: None,
            objects,
            locals,
            today: self.today,
            plugins: &*self.plugins,
            lookups: &self.lookups,
            guarded: None,
            prepared: None,
        }
    }

    /// Gives the values that `where` and `key` see: those of `let`s, which see no step.
    fn locals_of_key(&self, row: &Row) -> Result<Vec<Value>, Rejection> {
        if !self.key_needs_locals {
            return Ok(Vec::new());
        }
        let objects = Objects::default();
        let mut locals = vec![Value::Null; self.flow.locals];
        for statement in &self.compiled.body {
            if let CompiledStatement::Let { local, value } = statement {
                let value = self.value(value, &self.scope(std::slice::from_ref(row), &objects, &locals))?;
                if let Some(place) = locals.get_mut(*local) {
                    *place = value;
                }
            }
        }
        Ok(locals)
    }

    /// Computes a value for good.
    pub(super) fn value(&self, node: &Node, scope: &Scope<'_>) -> Result<Value, Rejection> {
        evaluate(node, scope)
            .map(Cow::into_owned)
            .map_err(|trouble| self.reject(scope.row, trouble))
    }

    /// Checks a condition; one that is not known yet passes.
    pub(super) fn require(
        &self,
        condition: &Node,
        otherwise: &Node,
        scope: &Scope<'_>,
    ) -> Result<(), Rejection> {
        require(condition, otherwise, scope).map_err(|trouble| self.reject(scope.row, trouble))
    }

    pub(super) fn reject(&self, row: &Row, trouble: Trouble) -> Rejection {
        let number = trouble.line.unwrap_or(row.number);
        let address = match trouble.column {
            Some(column) => self.header.address(number, column),
            None => self.header.row_address(number),
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
