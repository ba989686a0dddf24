//! What operators can work on.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::types as codes;
use crate::lang::program::{BinaryOperator, Expression, ExpressionKind};
use crate::lang::syntax as tree;
use crate::model::{Decimal, Type, Value};

use super::expression::{Reader, described, shown};
use super::typed::Typed;

impl Reader<'_, '_> {
    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &tree::Expression,
        right: &tree::Expression,
        span: Span,
    ) -> Typed {
        let condition = matches!(operator, BinaryOperator::And | BinaryOperator::Or);
        let (left, right) = if condition {
            (self.condition(left), self.condition(right))
        } else {
            (self.expression(left), self.expression(right))
        };
        let value_type = match operator {
            BinaryOperator::And | BinaryOperator::Or => Type::Boolean,
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder => {
                let left = self.number_operand(&left, sign(operator));
                let right = self.number_operand(&right, sign(operator));
                arithmetic(operator, &left, &right)
            }
            BinaryOperator::Equal | BinaryOperator::NotEqual => {
                self.comparable(&left, &right);
                Type::Boolean
            }
            BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => {
                self.ordered(&left, sign(operator));
                self.ordered(&right, sign(operator));
                self.comparable(&left, &right);
                Type::Boolean
            }
            BinaryOperator::In | BinaryOperator::NotIn => {
                self.list_operand(&left, &right);
                Type::Boolean
            }
            BinaryOperator::Otherwise => unify(&left.value_type, &right.value_type),
        };
        Typed::new(
            ExpressionKind::Binary(operator, Box::new(left), Box::new(right)),
            value_type,
            span,
        )
    }

    /// Checks an operand of an arithmetic, and gives what is known of its type.
    pub(super) fn number_operand(&mut self, value: &Expression, sign: &str) -> Type {
        let problem = |message: String| Diagnostic::error(&codes::WRONG_OPERAND, value.span, message);
        let problem = match (&value.kind, &value.value_type) {
            (_, Type::Integer | Type::Decimal | Type::Any | Type::Null) => return value.value_type.clone(),
            (ExpressionKind::Literal(Value::Text(text)), _) => {
                if text.trim().parse::<Decimal>().is_ok() {
                    return Type::Any;
                }
                problem(format!("`{sign}` works on numbers, and this text is none"))
                    .with_hint("to join texts, write them into one: `\"{First} {Last}\"`")
            }
            (ExpressionKind::Interpolation(_), _) => {
                problem(format!("`{sign}` works on numbers, and this is a text"))
                    .with_hint("to join texts, write them into one: `\"{First} {Last}\"`")
            }
            (_, Type::Text) => return Type::Any,
            (_, Type::Date | Type::Time) => {
                problem(format!("`{sign}` works on numbers, and this is {}", shown(value)))
                    .with_hint("to move a date, use `add_days(Due, 14)` or `add_months(Due, 1)`")
            }
            _ => problem(format!("`{sign}` works on numbers, and this is {}", shown(value))),
        };
        self.context.report(problem);
        Type::Any
    }

    fn ordered(&mut self, value: &Expression, sign: &str) {
        if matches!(
            value.value_type,
            Type::Boolean | Type::List(_) | Type::Record | Type::Object(_)
        ) {
            self.context.report(Diagnostic::error(
                &codes::WRONG_OPERAND,
                value.span,
                format!(
                    "`{sign}` compares numbers, dates and texts, and this is {}",
                    described(&value.value_type)
                ),
            ));
        }
    }

    /// Reports two values that can never be equal.
    pub(super) fn comparable(&mut self, left: &Expression, right: &Expression) {
        let Some(hint) = never_equal(left, right).or_else(|| never_equal(right, left)) else {
            return;
        };
        let mut problem = Diagnostic::error(
            &codes::WRONG_OPERAND,
            right.span,
            format!(
                "{} is compared with {}",
                described(&left.value_type),
                described(&right.value_type)
            ),
        )
        .with_label(left.span, format!("this is {}", described(&left.value_type)));
        if !hint.is_empty() {
            problem = problem.with_hint(hint);
        }
        self.context.report(problem);
    }

    fn list_operand(&mut self, left: &Expression, right: &Expression) {
        if let ExpressionKind::List(items) = &right.kind {
            for item in items {
                self.comparable(left, item);
            }
            return;
        }
        match &right.value_type {
            Type::List(_) | Type::Any => {}
            other => {
                let problem = Diagnostic::error(
                    &codes::WRONG_OPERAND,
                    right.span,
                    format!("`in` looks into a list, and this is {}", described(other)),
                );
                self.context.report(match other {
                    Type::Text => problem.with_hint("to look into a text, use `contains(text, part)`"),
                    _ => problem.with_hint("lists are written `[\"a\", \"b\"]`"),
                });
            }
        }
    }
}

/// Gives a hint (it may be empty) when a value of the first kind never equals the second.
fn never_equal(one: &Expression, other: &Expression) -> Option<&'static str> {
    let literal = |value: &Expression| match &value.kind {
        ExpressionKind::Literal(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    match (&one.value_type, &other.value_type) {
        (Type::List(_), Type::List(_)) | (_, Type::Any | Type::Null) | (Type::Any | Type::Null, _) => None,
        (Type::List(_), _) => Some("to look into a list, use `in`"),
        (Type::Object(_), _) => Some("compare one of its fields, such as `.id`"),
        (Type::Record, _) => Some(""),
        (Type::Boolean, Type::Text) => Some("a boolean is `true` or `false`, without quotes"),
        (Type::Boolean, Type::Integer | Type::Decimal | Type::Date | Type::Time) => Some(""),
        (Type::Date | Type::Time, Type::Integer | Type::Decimal) => Some("a date is written `2026-01-31`"),
        (Type::Date | Type::Time, Type::Text) => {
            let text = literal(other)?;
            let date = text.parse::<jiff::civil::Date>().is_ok() || text.parse::<jiff::Timestamp>().is_ok();
            (!date).then_some("a date is written `2026-01-31`")
        }
        (Type::Integer | Type::Decimal, Type::Text) => {
            let text = literal(other)?;
            let number = text.trim().parse::<Decimal>().is_ok();
            (!number).then_some("")
        }
        _ => None,
    }
}

pub(super) fn may_be_boolean(value_type: &Type) -> bool {
    matches!(value_type, Type::Boolean | Type::Any | Type::Null)
}

/// Gives the type of a value that is one of two.
pub(super) fn unify(one: &Type, other: &Type) -> Type {
    match (one, other) {
        (Type::Null, known) | (known, Type::Null) => known.clone(),
        (one, other) if one == other => one.clone(),
        (one, other) if one.is_number() && other.is_number() => Type::Decimal,
        (Type::List(one), Type::List(other)) => Type::List(Box::new(unify(one, other))),
        _ => Type::Any,
    }
}

fn arithmetic(operator: BinaryOperator, left: &Type, right: &Type) -> Type {
    match (left, right) {
        (Type::Integer, Type::Integer) if operator != BinaryOperator::Divide => Type::Integer,
        (Type::Integer | Type::Decimal, Type::Integer | Type::Decimal) => Type::Decimal,
        (Type::Decimal, _) | (_, Type::Decimal) => Type::Decimal,
        _ => Type::Any,
    }
}

fn sign(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Remainder => "%",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::And => "and",
        BinaryOperator::Or => "or",
        BinaryOperator::In => "in",
        BinaryOperator::NotIn => "not in",
        BinaryOperator::Otherwise => "??",
    }
}
