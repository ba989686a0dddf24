//! A record's way through its flow's statements, one step after the other.

use crate::lang::program::{Statement, Step};
use crate::model::{DesiredStep, Rejection, Row, Value};

use super::batch::Prepared;
use super::compile::CompiledStatement;
use super::evaluate::{Scope, truth};
use super::evaluator::Evaluator;
use super::objects::Objects;
use super::operate::Truth;

/// What a record comes to next.
#[derive(Debug)]
pub enum Stop<'e> {
    /// A step.
    Step {
        /// The step.
        step: &'e Step,
        /// The line, inside `each row`; counted from 0.
        line: Option<usize>,
        /// What it asks for.
        desired: DesiredStep,
    },
    /// `refresh n`: the object of a step is to be read again.
    Refresh {
        /// The step whose object it is.
        step: usize,
        /// The line whose object it is.
        line: Option<usize>,
    },
    /// An `if` whose condition is not known yet; its statements are passed over.
    Open,
}

/// A record on its way: pure, so that the same answers lead the same way.
#[derive(Debug)]
pub struct Walk<'e> {
    pub(super) evaluator: &'e Evaluator,
    pub(super) lines: &'e [Row],
    prepared: Option<(&'e Prepared, usize)>,
    locals: Vec<Value>,
    blocks: Vec<Block<'e>>,
}

/// Statements that are gone through, and the line that they are about.
#[derive(Debug)]
struct Block<'e> {
    compiled: std::slice::Iter<'e, CompiledStatement>,
    statements: std::slice::Iter<'e, Statement>,
    line: Option<usize>,
}

impl<'e> Walk<'e> {
    pub(super) fn new(
        evaluator: &'e Evaluator,
        lines: &'e [Row],
        prepared: Option<(&'e Prepared, usize)>,
    ) -> Self {
        let body = Block {
            compiled: evaluator.compiled.body.iter(),
            statements: evaluator.flow.body.iter(),
            line: None,
        };
        Walk {
            evaluator,
            lines,
            prepared,
            locals: vec![Value::Null; evaluator.flow.locals],
            blocks: vec![body],
        }
    }

    /// Goes on to the next step; `None` behind the last statement. `objects` holds what is known of the steps
    /// before. Errors when the record must be rejected: a `require` or an `ensure` that does not hold, a value
    /// that can't be sent. Those that depend on what is not known yet are passed for now.
    pub fn next(&mut self, objects: &Objects) -> Result<Option<Stop<'e>>, Rejection> {
        while let Some(block) = self.blocks.last_mut() {
            let line = block.line;
            let (Some(compiled), Some(statement)) = (block.compiled.next(), block.statements.next()) else {
                self.blocks.pop();
                continue;
            };
            if let Some(stop) = self.statement((compiled, statement), line, objects)? {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    fn statement(
        &mut self,
        (compiled, statement): (&'e CompiledStatement, &'e Statement),
        line: Option<usize>,
        objects: &Objects,
    ) -> Result<Option<Stop<'e>>, Rejection> {
        let evaluator = self.evaluator;
        let Some(row) = self.lines.get(line.unwrap_or(0)) else {
            return Ok(None);
        };
        let scope = self.scope((row, line), objects);
        match (compiled, statement) {
            (CompiledStatement::Let { local, value }, _) => {
                let value = evaluator.value(value, &scope)?;
                if let Some(place) = self.locals.get_mut(*local) {
                    *place = value;
                }
            }
            (CompiledStatement::Require { condition, otherwise }, _) => {
                evaluator.require(condition, otherwise, &scope)?;
            }
            (CompiledStatement::Step(compiled), Statement::Step(step)) => {
                let desired = evaluator.desired(step, compiled, &scope)?;
                return Ok(Some(Stop::Step { step, line, desired }));
            }
            (CompiledStatement::Refresh, Statement::Refresh { step, .. }) => {
                let line = line.filter(|_| objects.get(*step, line).is_some());
                return Ok(Some(Stop::Refresh { step: *step, line }));
            }
            (CompiledStatement::Each(body), Statement::Each { body: statements, .. }) => {
                for line in (0..self.lines.len()).rev() {
                    self.enter((body, statements), Some(line));
                }
            }
            (
                CompiledStatement::If {
                    condition,
                    then,
                    otherwise,
                },
                Statement::If {
                    then: then_statements,
                    otherwise: otherwise_statements,
                    ..
                },
            ) => {
                let holds = truth(condition, &scope).map_err(|trouble| evaluator.reject(row, trouble))?;
                match holds {
                    Truth::True => self.enter((then, then_statements), line),
                    Truth::False => self.enter((otherwise, otherwise_statements), line),
                    Truth::Unknown => return Ok(Some(Stop::Open)),
                }
            }
            // The compiled statements are made of these, one of each.
            (
                CompiledStatement::Step(_)
                | CompiledStatement::Refresh
                | CompiledStatement::Each(_)
                | CompiledStatement::If { .. },
                _,
            ) => {}
        }
        Ok(None)
    }

    /// Gives what an expression sees at this place of the record's way.
    pub(super) fn scope<'s>(
        &'s self,
        (row, line): (&'s Row, Option<usize>),
        objects: &'s Objects,
    ) -> Scope<'s> {
        let evaluator = self.evaluator;
        Scope {
            row,
            lines: self.lines,
            line,
            objects,
            locals: &self.locals,
            today: evaluator.today,
            plugins: &*evaluator.plugins,
            lookups: &evaluator.lookups,
            guarded: None,
            prepared: self.prepared.filter(|_| line.is_none()),
        }
    }

    fn enter(
        &mut self,
        (compiled, statements): (&'e [CompiledStatement], &'e [Statement]),
        line: Option<usize>,
    ) {
        self.blocks.push(Block {
            compiled: compiled.iter(),
            statements: statements.iter(),
            line,
        });
    }
}
