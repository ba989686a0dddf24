//! The statements of a flow, in order.

use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{flows as codes, names, types};
use crate::lang::program::{
    Expression, ExpressionKind, Guard, Report, Schedule, Share, Statement, WriteBack,
};
use crate::lang::syntax as tree;
use crate::model::Type;

use super::expression::{Reader, described};
use super::scope::{Line, Place, Scope};
use super::typed::Typed;
use super::{Context, gaps, hash, results, schedule, step, with_nearest};

/// What the statements of a flow say, as far as they have been read.
pub(super) struct Statements {
    pub(super) filter: Option<Expression>,
    pub(super) grouping: Vec<Expression>,
    pub(super) key: Vec<Expression>,
    pub(super) guards: Vec<Guard>,
    pub(super) stop: Option<Share>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) paused: Option<Span>,
    pub(super) body: Vec<Statement>,
    pub(super) write_back: Option<WriteBack>,
    pub(super) reports: Vec<Report>,
    pub(super) locals: usize,
    key_place: Option<Span>,
    from_place: Option<Span>,
    stop_place: Option<Span>,
    steps: usize,
}

/// Collects all steps of statements, those in blocks included, in the order written.
pub(super) fn collect_steps<'t>(statements: &'t [tree::Statement], steps: &mut Vec<&'t tree::Step>) {
    for statement in statements {
        if let tree::Statement::Step(step) = statement {
            steps.push(step);
        }
        for block in statement.blocks() {
            collect_steps(block, steps);
        }
    }
}

impl Statements {
    /// Reads all statements of a flow. The scope knows afterwards what stands behind the last one.
    pub(super) fn read<'a>(
        tree: &tree::Flow,
        scope: &mut Scope<'a>,
        context: &mut Context<'a>,
    ) -> Statements {
        let mut steps = Vec::new();
        collect_steps(&tree.body, &mut steps);
        let mut checker = Checker {
            ledger_names: step::ledger_names(&steps).into_iter(),
            context,
            scope,
            read: Statements {
                filter: None,
                grouping: Vec::new(),
                key: Vec::new(),
                guards: Vec::new(),
                stop: None,
                schedules: Vec::new(),
                paused: None,
                body: Vec::new(),
                write_back: None,
                reports: Vec::new(),
                locals: 0,
                key_place: None,
                from_place: None,
                stop_place: None,
                steps: 0,
            },
        };
        for statement in &tree.body {
            checker.top(statement);
        }
        let Checker { mut read, .. } = checker;
        if read.key_place.is_none() {
            read.key.clone_from(&read.grouping);
        }
        read
    }

    /// Tells whether the flow says what identifies a record.
    pub(super) fn has_key(&self) -> bool {
        self.key_place.is_some() || !self.grouping.is_empty()
    }
}

struct Checker<'c, 'a> {
    context: &'c mut Context<'a>,
    scope: &'c mut Scope<'a>,
    ledger_names: std::vec::IntoIter<Arc<str>>,
    read: Statements,
}

impl<'a> Checker<'_, 'a> {
    /// Reads a statement that stands in the flow itself.
    fn top(&mut self, statement: &tree::Statement) {
        match statement {
            tree::Statement::From(from) => self.from(from),
            tree::Statement::Key { keyword, parts, .. } => self.key(*keyword, parts),
            tree::Statement::Guard(guard) => self.guard(guard),
            tree::Statement::Stop { share, span } => self.stop(share.as_ref(), *span),
            tree::Statement::Schedule(tree) => {
                let read = self.reading(Place::Constant, |reader| schedule::read(tree, reader));
                self.read.schedules.extend(read);
            }
            tree::Statement::Paused(span) => {
                if self.once("paused", self.read.paused, *span) {
                    self.read.paused = Some(*span);
                }
            }
            tree::Statement::WriteBack { lines, head, span } => {
                let former = self.read.write_back.as_ref().map(|former| former.span);
                let first = self.once("write back", former, *head);
                let columns = self.reading(Place::Results, |reader| results::columns(lines, reader));
                if first {
                    self.read.write_back = Some(WriteBack { columns, span: *span });
                }
            }
            tree::Statement::Report(report) => {
                let read = self.reading(Place::Results, |reader| results::report(report, reader));
                self.read.reports.extend(read);
            }
            other => {
                let read = self.statement(other);
                self.read.body.extend(read);
            }
        }
    }

    /// Reads a statement that may stand in a block too.
    fn statement(&mut self, statement: &tree::Statement) -> Option<Statement> {
        match statement {
            tree::Statement::Let(definition) => Some(self.definition(definition)),
            tree::Statement::Require(check) => {
                let (condition, otherwise) = self.checked(check)?;
                Some(Statement::Require { condition, otherwise })
            }
            tree::Statement::Ensure(check) => {
                let (condition, otherwise) = self.checked(check)?;
                Some(Statement::Ensure {
                    condition,
                    otherwise,
                    span: check.span,
                })
            }
            tree::Statement::Step(step) => self.step(step),
            tree::Statement::Refresh { name, span } => {
                let step = self.refreshed(name.as_ref()?)?;
                self.scope.filled.borrow_mut().forget(step);
                Some(Statement::Refresh { step, span: *span })
            }
            tree::Statement::Each { body, head, .. } => self.each(body.as_deref(), *head),
            tree::Statement::If(choice) => Some(self.choice(choice)),
            tree::Statement::Broken(_) => None,
            tree::Statement::From(_)
            | tree::Statement::Key { .. }
            | tree::Statement::Guard(_)
            | tree::Statement::Stop { .. }
            | tree::Statement::Schedule(_)
            | tree::Statement::Paused(_)
            | tree::Statement::WriteBack { .. }
            | tree::Statement::Report(_) => {
                self.context.report(
                    Diagnostic::error(
                        &codes::IN_A_BLOCK,
                        statement.span(),
                        "this concerns the flow as a whole",
                    )
                    .with_hint("put it into the flow itself, outside of `each row` and `if`"),
                );
                None
            }
        }
    }

    fn block(&mut self, statements: &[tree::Statement], line: Line, what: &'static str) -> Vec<Statement> {
        let mark = self.scope.enter(line);
        let read = statements
            .iter()
            .filter_map(|statement| self.statement(statement))
            .collect();
        self.scope.leave(&mark, what);
        read
    }

    /// Reads something with what may be used at a place of the flow.
    fn reading<Read>(&mut self, place: Place, read: impl FnOnce(&mut Reader<'_, 'a>) -> Read) -> Read {
        self.scope.place = place;
        let mut reader = Reader::new(self.scope, self.context);
        read(&mut reader)
    }

    /// Reports a statement that a flow has only one of.
    fn once(&mut self, word: &str, former: Option<Span>, keyword: Span) -> bool {
        let Some(former) = former else { return true };
        self.context.report(
            Diagnostic::error(&codes::TWICE, keyword, format!("a flow has one `{word}`"))
                .with_label(former, "here for the first time"),
        );
        false
    }

    fn from(&mut self, from: &tree::From) {
        let first = self.once("from", self.read.from_place, from.keyword);
        let filter = from
            .filter
            .as_ref()
            .map(|filter| self.reading(Place::Filter, |reader| reader.condition(filter)));
        if let Some(filter) = filter.as_ref().filter(|_| first) {
            self.scope.filled.borrow_mut().learn(filter, true);
        }
        let grouping = from
            .grouping
            .as_ref()
            .map(|parts| self.parts(Place::Grouping, "group", parts));
        if !first {
            return;
        }
        self.read.filter = filter;
        self.read.from_place = Some(from.keyword);
        if let Some(grouping) = grouping {
            self.warn_of_gaps(&grouping);
            let columns = grouping.iter().filter_map(|part| match &part.kind {
                ExpressionKind::Column { index, .. } => Some(*index),
                _ => None,
            });
            self.scope.grouped = Some(columns.collect());
            self.read.grouping = grouping;
        }
    }

    fn key(&mut self, keyword: Span, parts: &[tree::Expression]) {
        let first = self.once("key", self.read.key_place, keyword);
        let read = self.parts(Place::Key, "key", parts);
        self.warn_of_gaps(&read);
        for part in &read {
            if let Some(span) = day_in(part) {
                self.context.report(
                    Diagnostic::warning(
                        &codes::EVERY_DAY,
                        span,
                        "this key is another one every day, so each day's run sends everything again",
                    )
                    .with_hint("use a date of the row"),
                );
            }
        }
        if first {
            self.read.key = read;
            self.read.key_place = Some(keyword);
        }
    }

    /// With `where`, nobody knows here which of the rows are taken.
    fn warn_of_gaps(&mut self, parts: &[Expression]) {
        if self.read.filter.is_none() {
            gaps::warn(parts, self.scope, self.context);
        }
    }

    /// Reads the parts of a key, or of a group's.
    fn parts(&mut self, place: Place, word: &str, parts: &[tree::Expression]) -> Vec<Expression> {
        let mut read: Vec<Expression> = Vec::new();
        for part in parts {
            let part = self.reading(place, |reader| reader.expression(part));
            let canonical = hash::expression(&part);
            if let Some(former) = read.iter().find(|former| hash::expression(former) == canonical) {
                let former = former.span;
                self.context.report(
                    Diagnostic::error(&codes::TWICE, part.span, format!("the {word} names this twice"))
                        .with_label(former, "here for the first time"),
                );
            }
            if matches!(part.value_type, Type::List(_) | Type::Record | Type::Object(_)) {
                self.context.report(Diagnostic::error(
                    &types::WRONG_TYPE,
                    part.span,
                    format!("{} can't be part of a {word}", described(&part.value_type)),
                ));
            }
            read.push(part);
        }
        read
    }

    fn guard(&mut self, tree: &tree::Condition) {
        let read = self.reading(Place::Guard, |reader| {
            let condition = reader.condition(&tree.condition);
            reader.check_guard(&condition);
            let otherwise = tree.otherwise.as_ref().map(|text| reader.expression(text));
            if let Some(otherwise) = &otherwise {
                reader.check_guard(otherwise);
            }
            (condition, otherwise)
        });
        if let (condition, Some(otherwise)) = read {
            self.read.guards.push(Guard {
                condition,
                otherwise,
                span: tree.span,
            });
        }
    }

    fn stop(&mut self, tree: Option<&tree::Share>, span: Span) {
        if self.once("stop after", self.read.stop_place, span) {
            self.read.stop_place = Some(span);
            self.read.stop = tree.and_then(|tree| schedule::share(tree, self.context));
        }
    }

    fn definition(&mut self, tree: &tree::Definition) -> Statement {
        let value: Typed = self.reading(Place::Body, |reader| reader.typed(&tree.value));
        let local = self.read.locals;
        self.read.locals += 1;
        let statement = Statement::Let {
            local,
            value: value.expression.clone(),
        };
        if let Some(name) = &tree.name {
            self.scope.bind_local(name, local, value, self.context);
        }
        statement
    }

    fn checked(&mut self, tree: &tree::Condition) -> Option<(Expression, Expression)> {
        let condition = self.reading(Place::Body, |reader| reader.condition(&tree.condition));
        let otherwise = tree.otherwise.as_ref()?;
        let otherwise = self.reading(Place::Body, |reader| reader.expression(otherwise));
        self.scope.filled.borrow_mut().learn(&condition, true);
        Some((condition, otherwise))
    }

    fn refreshed(&mut self, name: &tree::Name) -> Option<usize> {
        let found = self.scope.step(&name.text);
        if let (None, Some(problem)) = (found, self.scope.gone_problem(&name.text, name.span)) {
            self.context.report(problem);
        } else if found.is_none() {
            let known: Vec<Arc<str>> = self.scope.steps().collect();
            let problem = Diagnostic::error(
                &names::UNKNOWN_NAME,
                name.span,
                format!("no step above has the name `{}`", name.text),
            );
            let problem = match known.is_empty() {
                true => problem.with_hint("name the step: `create … as …`"),
                false => with_nearest(problem, &name.text, known.iter().map(|name| &**name)),
            };
            self.context.report(problem);
        }
        found
    }

    fn each(&mut self, body: Option<&[tree::Statement]>, head: Span) -> Option<Statement> {
        let refusal = match (&self.scope.grouped, self.scope.line.get()) {
            (None, _) => Some((
                "`each row` needs a group",
                "write `from SOURCE group by …`; without it, every step is done for each row anyway",
            )),
            (Some(_), Line::Record) => None,
            (Some(_), _) => Some((
                "`each row` can't stand in another one",
                "a group has lines, and a line has none",
            )),
        };
        if let Some((message, hint)) = refusal {
            self.context
                .report(Diagnostic::error(&codes::IN_A_BLOCK, head, message).with_hint(hint));
        }
        let body = self.block(body?, Line::Each, "its `each row`");
        Some(Statement::Each { body, span: head })
    }

    fn choice(&mut self, tree: &tree::Choice) -> Statement {
        let condition = self.reading(Place::Body, |reader| reader.condition(&tree.condition));
        let then = self.branch(&tree.then, &condition, true);
        let otherwise = tree.otherwise.as_deref().unwrap_or_default();
        let otherwise = self.branch(otherwise, &condition, false);
        Statement::If {
            condition,
            then,
            otherwise,
            span: tree.head,
        }
    }

    fn branch(
        &mut self,
        statements: &[tree::Statement],
        condition: &Expression,
        holds: bool,
    ) -> Vec<Statement> {
        let known = self.scope.filled.borrow().len();
        self.scope.filled.borrow_mut().learn(condition, holds);
        let read = self.block(statements, self.scope.line.get(), "one branch of an `if`");
        self.scope.filled.borrow_mut().truncate(known);
        read
    }

    fn step(&mut self, tree: &tree::Step) -> Option<Statement> {
        let index = self.read.steps;
        self.read.steps += 1;
        let name = self.ledger_names.next().unwrap_or_default();
        let read = self.reading(Place::Body, |reader| step::read(tree, (index, name), reader));
        match (&tree.alias, read.answer) {
            (Some(alias), Some(answer)) => self.scope.bind_step(alias, index, answer, self.context),
            (Some(alias), None) => {
                let unknown = Typed::broken(alias.span);
                self.scope.bind_local(alias, index, unknown, self.context);
            }
            (None, _) => self.scope.unnamed.extend(read.resource),
        }
        read.step.map(Statement::Step)
    }
}

/// Finds a call of `today`.
fn day_in(expression: &Expression) -> Option<Span> {
    if let ExpressionKind::Call {
        function: "today", ..
    } = &expression.kind
    {
        return Some(expression.span);
    }
    expression.children().into_iter().find_map(day_in)
}
