//! `rows`: the lines of a group, in a guard all rows; `plan`; and `lookup` into another source.

use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{flows, names, types};
use crate::lang::program::{AggregateFunction, Expression, ExpressionKind, PlanCount};
use crate::lang::syntax as tree;
use crate::lang::syntax::{Argument, Literal, Name};
use crate::model::{Type, Value};

use super::expression::Reader;
use super::scope::{Line, Place};
use super::typed::Typed;
use super::{SourceColumns, listed, with_nearest};

impl<'a> Reader<'_, 'a> {
    /// Tells whether an expression is the word `rows` where it means lines.
    pub(super) fn is_rows(&self, tree: &tree::Expression) -> bool {
        let word = matches!(&tree.kind, tree::ExpressionKind::Name(name) if &**name == "rows");
        word && self.scope.has_rows()
    }

    /// Tells whether an expression is the word `plan` where it means the plan.
    pub(super) fn is_plan(&self, tree: &tree::Expression) -> bool {
        let word = matches!(&tree.kind, tree::ExpressionKind::Name(name) if &**name == "plan");
        word && self.scope.place == Place::Guard
    }

    /// Reads `rows.Amount`, and `rows["any name"]`.
    pub(super) fn rows_column(&mut self, name: &str, span: Span) -> Typed {
        let column = self.in_rows(span, |reader| reader.scope.column(name, span, reader.context));
        lines(column.map(|column| column.expression), span)
    }

    /// Reads `plan.creates`.
    pub(super) fn plan_count(&mut self, name: &Name, span: Span) -> Typed {
        let found = PlanCount::ALL
            .into_iter()
            .find(|count| count.as_str() == &*name.text);
        let Some(count) = found else {
            let known = PlanCount::ALL.map(PlanCount::as_str);
            let problem = Diagnostic::error(
                &names::UNKNOWN_NAME,
                name.span,
                format!("a plan does not count `{}`", name.text),
            )
            .with_note(format!("it counts: {}", listed(known)));
            self.context.report(with_nearest(problem, &name.text, known));
            return Typed::broken(span);
        };
        Typed::new(ExpressionKind::PlanCount(count), Type::Integer, span)
    }

    /// Reads something with the columns of each line; `None` where lines can't be.
    fn in_rows<Read>(&mut self, span: Span, read: impl FnOnce(&mut Self) -> Read) -> Option<Read> {
        let outer = self.scope.line.get();
        if outer == Line::Rows {
            self.context.report(
                Diagnostic::error(
                    &types::WRONG_ARGUMENT,
                    span,
                    "`rows` can't stand inside what is computed for each row",
                )
                .with_hint("name the inner value with `let` first"),
            );
            return None;
        }
        self.scope.line.set(Line::Rows);
        let read = read(self);
        self.scope.line.set(outer);
        Some(read)
    }

    /// Reads a call over lines: `sum(rows, E)`, `count(rows)`, `sum(rows.Amount)`; `None` for any other call.
    pub(super) fn call_over_rows(
        &mut self,
        function: &Name,
        arguments: &[&tree::Expression],
        span: Span,
    ) -> Option<Typed> {
        let aggregate = AggregateFunction::ALL
            .into_iter()
            .find(|aggregate| aggregate.as_str() == &*function.text);
        let first = *arguments.first()?;
        if !self.is_rows(first) {
            let value = match (self.rows_member(first), arguments.len()) {
                (Some(name), 1) => self.rows_column(&name.text, name.span),
                _ => return None,
            };
            return match (aggregate, value.expression.kind) {
                (Some(aggregate), ExpressionKind::Lines(value)) => Some(aggregated(aggregate, *value, span)),
                (Some(_), _) => Some(Typed::broken(span)),
                (None, _) => None,
            };
        }
        let Some(aggregate) = aggregate else {
            let known = AggregateFunction::ALL.map(AggregateFunction::as_str);
            self.context.report(
                Diagnostic::error(
                    &types::WRONG_ARGUMENT,
                    first.span,
                    format!("`{}` can't take all of `rows`", function.text),
                )
                .with_note(format!("these can: {}", listed(known)))
                .with_hint("a column of them is a list: `rows.Amount`"),
            );
            return Some(Typed::broken(span));
        };
        match (aggregate, arguments) {
            (AggregateFunction::Count, [_]) => {
                let each = Typed::new(ExpressionKind::Literal(Value::Boolean(true)), Type::Boolean, span);
                Some(aggregated(aggregate, each.expression, span))
            }
            (_, [_, each]) => {
                let each = self.in_rows(span, |reader| reader.expression(each));
                Some(match each {
                    Some(each) => aggregated(aggregate, each, span),
                    None => Typed::broken(span),
                })
            }
            _ => {
                let name = aggregate.as_str();
                self.context.report(
                    Diagnostic::error(&types::ARGUMENT_COUNT, span, format!("`{name}(rows)` does not say of what"))
                        .with_hint(format!("name a column, `{name}(rows.Amount)`, or a value for each row, `{name}(rows, Amount * 2)`")),
                );
                Some(Typed::broken(span))
            }
        }
    }

    /// Gives the column's name of `rows.Amount`.
    fn rows_member(&self, tree: &tree::Expression) -> Option<Name> {
        match &tree.kind {
            tree::ExpressionKind::Member(holder, name) if self.is_rows(holder) => Some(name.clone()),
            tree::ExpressionKind::Index(holder, index) if self.is_rows(holder) => match &index.kind {
                tree::ExpressionKind::Literal(Literal::Text(name)) => Some(Name {
                    text: name.clone(),
                    span: index.span,
                }),
                _ => None,
            },
            _ => None,
        }
    }

    /// Reports `rows` where it stands alone.
    pub(super) fn bare_rows(&mut self, span: Span) -> Typed {
        self.context.report(
            Diagnostic::error(&types::WRONG_ARGUMENT, span, "`rows` is no value of its own")
                .with_hint("use a column of all lines, `rows.Amount`, or a function over them: `count(rows)`, `sum(rows, Amount * 2)`"),
        );
        Typed::broken(span)
    }

    /// Reports what a guard can't compute while rows stream by: lists of all rows.
    pub(super) fn check_guard(&mut self, expression: &Expression) {
        if let ExpressionKind::Lines(_) = &expression.kind {
            let known = AggregateFunction::ALL.map(AggregateFunction::as_str);
            self.context.report(
                Diagnostic::error(
                    &flows::NOT_HERE,
                    expression.span,
                    "a guard keeps no list of all rows",
                )
                .with_note(format!("it can use: {}", listed(known))),
            );
        }
        for child in expression.children() {
            self.check_guard(child);
        }
    }

    /// Reads `lookup(source, column, value, column)`.
    pub(super) fn lookup(
        &mut self,
        arguments: &[Argument],
        piped: Option<&tree::Expression>,
        span: Span,
    ) -> Typed {
        let [source, wanted, value, given] = arguments else {
            if let Some(value) = piped {
                self.expression(value);
            }
            for argument in arguments {
                if !matches!(argument.value.kind, tree::ExpressionKind::Name(_)) {
                    self.expression(&argument.value);
                }
            }
            self.context.report(
                Diagnostic::error(
                    &types::ARGUMENT_COUNT,
                    span,
                    format!("`lookup` takes 4 arguments, and gets {}", arguments.len()),
                )
                .with_note("it is used as `lookup(source, column, value, column)`")
                .with_hint("as VLOOKUP does: `lookup(prices, \"SKU\", Code, \"Price\")`"),
            );
            return Typed::broken(span);
        };
        let value = self.expression(&value.value);
        let Some((source, columns)) = self.looked_into(&source.value) else {
            return Typed::broken(span);
        };
        let SourceColumns::Known { header, types, .. } = columns else {
            return Typed::broken(span);
        };
        let mut column = |argument: &Argument| {
            let Some((name, place)) = column_name(&argument.value) else {
                self.context.report(
                    Diagnostic::error(
                        &types::WRONG_ARGUMENT,
                        argument.value.span,
                        "`lookup` wants the name of a column here",
                    )
                    .labelled("expected a text, such as `\"Price\"`"),
                );
                return None;
            };
            let found = header.index_of(&name);
            if found.is_none() {
                let problem = Diagnostic::error(
                    &names::UNKNOWN_NAME,
                    place,
                    format!("there is no column `{name}` in `{source}`"),
                )
                .with_note(super::sources::columns_note(header));
                let known = header.columns.iter().map(|column| &**column);
                self.context.report(with_nearest(problem, &name, known));
            }
            found
        };
        let (Some(wanted), Some(given)) = (column(wanted), column(given)) else {
            return Typed::broken(span);
        };
        let value_type = types.get(given).cloned().unwrap_or(Type::Any);
        let kind = ExpressionKind::Lookup {
            source,
            wanted,
            value: Box::new(value),
            given,
        };
        Typed::new(kind, value_type, span)
    }

    /// Finds the source that a look-up reads.
    fn looked_into(&mut self, tree: &tree::Expression) -> Option<(Arc<str>, &'a SourceColumns)> {
        let tree::ExpressionKind::Name(name) = &tree.kind else {
            self.context.report(
                Diagnostic::error(
                    &types::WRONG_ARGUMENT,
                    tree.span,
                    "`lookup` wants the name of a source first",
                )
                .with_hint("such as `lookup(prices, \"SKU\", Code, \"Price\")`"),
            );
            return None;
        };
        if !self.context.declared_sources.contains(name) {
            let known = self.context.declared_sources.iter().map(|name| &**name);
            let problem = Diagnostic::error(
                &names::UNKNOWN_DECLARATION,
                tree.span,
                format!("there is no source `{name}`"),
            )
            .with_note(format!("sources: {}", listed(known.clone())));
            let problem = with_nearest(problem, name, known);
            self.context.report(problem);
            return None;
        }
        self.context.columns(name).map(|columns| (name.clone(), columns))
    }
}

/// Makes a list with a value for each line.
fn lines(each: Option<Expression>, span: Span) -> Typed {
    match each {
        Some(each) => {
            let value_type = Type::List(Box::new(each.value_type.clone()));
            Typed::new(ExpressionKind::Lines(Box::new(each)), value_type, span)
        }
        None => Typed::broken(span),
    }
}

fn aggregated(function: AggregateFunction, value: Expression, span: Span) -> Typed {
    let value_type = match function {
        AggregateFunction::Count => Type::Integer,
        AggregateFunction::Sum if value.value_type == Type::Integer => Type::Integer,
        AggregateFunction::Sum if value.value_type == Type::Any => Type::Any,
        AggregateFunction::Sum | AggregateFunction::Average => Type::Decimal,
        AggregateFunction::Min
        | AggregateFunction::Max
        | AggregateFunction::First
        | AggregateFunction::Last => value.value_type.clone(),
    };
    let kind = ExpressionKind::Aggregate {
        function,
        value: Box::new(value),
    };
    Typed::new(kind, value_type, span)
}

/// Gives the name of a column that is written as a text, a name or in backticks.
fn column_name(tree: &tree::Expression) -> Option<(Arc<str>, Span)> {
    match &tree.kind {
        tree::ExpressionKind::Literal(Literal::Text(name))
        | tree::ExpressionKind::Name(name)
        | tree::ExpressionKind::Column(name) => Some((name.clone(), tree.span)),
        _ => None,
    }
}
