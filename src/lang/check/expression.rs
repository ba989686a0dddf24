//! Expressions: names become columns, locals and steps; types are found from the leaves up.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{flows, names, settings, types as codes};
use crate::lang::program::{Expression, ExpressionKind, Fragment, MatchArm, Presence, UnaryOperator};
use crate::lang::syntax as tree;
use crate::lang::syntax::{Arm, Literal, Name, TextPart};
use crate::model::{Decimal, Type, Value};

use super::Context;
use super::operators::{self, unify};
use super::scope::Scope;
use super::typed::Typed;

/// Reads the expressions of one scope.
pub(super) struct Reader<'r, 'a> {
    pub(super) scope: &'r Scope<'a>,
    pub(super) context: &'r mut Context<'a>,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(super) fn new(scope: &'r Scope<'a>, context: &'r mut Context<'a>) -> Self {
        Reader { scope, context }
    }

    pub(super) fn expression(&mut self, tree: &tree::Expression) -> Expression {
        self.typed(tree).expression
    }

    /// Reads a condition: something true or false.
    pub(super) fn condition(&mut self, tree: &tree::Expression) -> Expression {
        let condition = self.expression(tree);
        if !operators::may_be_boolean(&condition.value_type) {
            self.context.report(
                Diagnostic::error(
                    &codes::NOT_A_CONDITION,
                    condition.span,
                    format!("this is {}, not a condition", shown(&condition)),
                )
                .labelled("expected something true or false")
                .with_hint("compare it (`Status == \"active\"`), or ask `is not empty`"),
            );
        }
        condition
    }

    /// Reads an expression with what the conditions above say of it.
    pub(super) fn typed(&mut self, tree: &tree::Expression) -> Typed {
        let mut read = self.plain(tree);
        self.scope.filled.borrow().narrow(&mut read.expression);
        read
    }

    fn plain(&mut self, tree: &tree::Expression) -> Typed {
        let span = tree.span;
        let typed = |kind, value_type| Typed::new(kind, value_type, span);
        match &tree.kind {
            tree::ExpressionKind::Broken(inside) => {
                for part in inside {
                    self.expression(part);
                }
                Typed::broken(span)
            }
            tree::ExpressionKind::Literal(literal) => self.literal(literal, span),
            tree::ExpressionKind::Interpolation(parts) => typed(self.interpolation(parts), Type::Text),
            tree::ExpressionKind::Name(_) if self.is_rows(tree) => self.bare_rows(span),
            tree::ExpressionKind::Name(name) => self.scope.name(name, span, self.context),
            tree::ExpressionKind::Column(name) => self.scope.column(name, span, self.context),
            tree::ExpressionKind::Member(value, name) => self.member(value, name, span),
            tree::ExpressionKind::Index(value, index) => self.index(value, index, span),
            tree::ExpressionKind::Call { function, arguments } => self.call(function, None, arguments, span),
            tree::ExpressionKind::Pipe {
                value,
                function,
                arguments,
            } => self.call(function, Some(value), arguments, span),
            tree::ExpressionKind::Unary(operator, value) => self.unary(*operator, value, span),
            tree::ExpressionKind::Binary(operator, left, right) => self.binary(*operator, left, right, span),
            tree::ExpressionKind::IsEmpty { value, negated } => typed(
                ExpressionKind::IsEmpty {
                    value: Box::new(self.expression(value)),
                    negated: *negated,
                },
                Type::Boolean,
            ),
            tree::ExpressionKind::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = Box::new(self.condition(condition));
                let then = Box::new(self.when(&condition, true, then));
                let otherwise = Box::new(self.when(&condition, false, otherwise));
                let value_type = unify(&then.value_type, &otherwise.value_type);
                typed(
                    ExpressionKind::If {
                        condition,
                        then,
                        otherwise,
                    },
                    value_type,
                )
            }
            tree::ExpressionKind::Match { subject, arms } => self.selection(subject, arms, span),
            tree::ExpressionKind::List(items) => {
                let items: Vec<Expression> = items.iter().map(|item| self.expression(item)).collect();
                let inside = items.iter().map(|item| item.value_type.clone());
                let inside = inside
                    .reduce(|one, other| unify(&one, &other))
                    .unwrap_or(Type::Any);
                typed(ExpressionKind::List(items), Type::List(Box::new(inside)))
            }
            tree::ExpressionKind::Record(entries) => typed(self.record(entries), Type::Record),
        }
    }

    /// Reads a branch of an `if`, with what its condition shows.
    fn when(&mut self, condition: &Expression, holds: bool, branch: &tree::Expression) -> Expression {
        let known = self.scope.filled.borrow().len();
        self.scope.filled.borrow_mut().learn(condition, holds);
        let read = self.expression(branch);
        self.scope.filled.borrow_mut().truncate(known);
        read
    }

    fn literal(&mut self, literal: &Literal, span: Span) -> Typed {
        let value = match literal {
            Literal::Null => Value::Null,
            Literal::Boolean(flag) => Value::Boolean(*flag),
            Literal::Integer(integer) => Value::Integer(*integer),
            Literal::Decimal(decimal) => Value::Decimal(*decimal),
            Literal::Text(text) if super::secrets::is_key(text) => return Typed::broken(span),
            Literal::Text(text) => Value::Text(text.clone()),
            Literal::Date(date) => Value::Date(*date),
            Literal::Moment(moment) => Value::Time(*moment),
            Literal::Percentage(percent) => match percent.checked_div(Decimal::ONE_HUNDRED) {
                Some(part) => Value::Decimal(part.normalize()),
                None => return Typed::broken(span),
            },
            Literal::Duration(_) | Literal::Rate(_) | Literal::Clock(_) => {
                self.context.report(
                    Diagnostic::error(
                        &settings::BAD_SETTING,
                        span,
                        "durations and rates are for settings",
                    )
                    .with_hint("to move a date, use `add_days(Due, 14)`"),
                );
                return Typed::broken(span);
            }
        };
        let value_type = value.type_of();
        Typed::new(ExpressionKind::Literal(value), value_type, span)
    }

    fn interpolation(&mut self, parts: &[TextPart]) -> ExpressionKind {
        let fragments = parts
            .iter()
            .map(|part| match part {
                TextPart::Text(text) => Fragment::Text(text.clone()),
                TextPart::Value(value) => {
                    let value = self.expression(value);
                    if matches!(value.value_type, Type::List(_) | Type::Record | Type::Object(_)) {
                        self.context.report(
                            Diagnostic::error(
                                &codes::WRONG_OPERAND,
                                value.span,
                                format!("{} can't stand in a text", described(&value.value_type)),
                            )
                            .with_hint(match value.value_type {
                                Type::List(_) => "join it first: `join(…, \", \")`",
                                _ => "take one of its fields, such as `.id`",
                            }),
                        );
                    }
                    Fragment::Value(value)
                }
            })
            .collect();
        ExpressionKind::Interpolation(fragments)
    }

    fn unary(&mut self, operator: UnaryOperator, value: &tree::Expression, span: Span) -> Typed {
        match operator {
            UnaryOperator::Not => {
                let value = self.condition(value);
                Typed::new(
                    ExpressionKind::Unary(operator, Box::new(value)),
                    Type::Boolean,
                    span,
                )
            }
            UnaryOperator::Negate => {
                let value = self.expression(value);
                if let Some(negated) = negated(&value) {
                    return Typed::new(ExpressionKind::Literal(negated), value.value_type, span);
                }
                let value_type = self.number_operand(&value, "-");
                Typed::new(ExpressionKind::Unary(operator, Box::new(value)), value_type, span)
            }
        }
    }

    fn selection(&mut self, subject: &tree::Expression, arms: &[Arm], span: Span) -> Typed {
        let subject = self.expression(subject);
        let mut read = Vec::new();
        let mut otherwise: Option<Box<Expression>> = None;
        let mut value_type: Option<Type> = None;
        for arm in arms {
            if otherwise.is_some() {
                self.context.report(
                    Diagnostic::error(&flows::TWICE, arm.span, "no row reaches this arm")
                        .with_hint("`else` is the last arm of a `match`"),
                );
            }
            let patterns: Vec<Expression> = arm
                .patterns
                .iter()
                .map(|pattern| {
                    let pattern = self.expression(pattern);
                    self.comparable(&subject, &pattern);
                    pattern
                })
                .collect();
            let value = self.expression(&arm.value);
            value_type = Some(match &value_type {
                Some(former) => unify(former, &value.value_type),
                None => value.value_type.clone(),
            });
            if arm.patterns.is_empty() {
                otherwise.get_or_insert(Box::new(value));
            } else {
                read.push(MatchArm { patterns, value });
            }
        }
        let kind = ExpressionKind::Match {
            subject: Box::new(subject),
            arms: read,
            otherwise,
        };
        Typed::new(kind, value_type.unwrap_or(Type::Any), span)
    }

    fn record(&mut self, entries: &[(Name, tree::Expression)]) -> ExpressionKind {
        let mut known: BTreeMap<&str, Span> = BTreeMap::new();
        let mut read = Vec::new();
        for (name, value) in entries {
            if let Some(former) = known.insert(&name.text, name.span) {
                self.context.report(
                    Diagnostic::error(
                        &names::DUPLICATE,
                        name.span,
                        format!("this record has two of the name `{}`", name.text),
                    )
                    .with_label(former, "here for the first time"),
                );
            }
            read.push((name.text.clone(), self.expression(value)));
        }
        ExpressionKind::Record(read)
    }
}

fn negated(value: &Expression) -> Option<Value> {
    match &value.kind {
        ExpressionKind::Literal(Value::Integer(integer)) => integer.checked_neg().map(Value::Integer),
        ExpressionKind::Literal(Value::Decimal(decimal)) => Some(Value::Decimal(-*decimal)),
        _ => None,
    }
}

/// Names a value's type with its article, and says where Stripe may have null instead.
pub(super) fn shown(value: &Expression) -> String {
    let described = described(&value.value_type);
    match (value.presence, &value.value_type) {
        (_, Type::Any | Type::Null) | (Presence::Always | Presence::Perhaps, _) => described,
        (Presence::Nullable, _) => format!("{described}, or null"),
    }
}

/// Names a type with its article: `a text`, `an integer`.
pub(super) fn described(value_type: &Type) -> String {
    match value_type {
        Type::Any => "any value".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Integer => "an integer".to_owned(),
        Type::Object(resource) => format!("a whole {resource} object"),
        Type::List(_) => "a list".to_owned(),
        Type::Boolean | Type::Decimal | Type::Text | Type::Date | Type::Time | Type::Record => {
            format!("a {value_type}")
        }
    }
}
