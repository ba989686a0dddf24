use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use crate::diag::Span;
use crate::lang::program::{BinaryOperator, UnaryOperator};

use super::tree::Name;

/// A value, with a label when it stands between brackets of a call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// `sheet` in `sheet: "Customers"`.
    pub label: Option<Name>,
    /// The value.
    pub value: Expression,
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// A literal, text without interpolation included.
    Literal(Literal),
    /// Text with values in it.
    Interpolation(Vec<TextPart>),
    /// A column, a constant, a local or a step.
    Name(Arc<str>),
    /// A column in backticks.
    Column(Arc<str>),
    /// `E.name`
    Member(Box<Expression>, Name),
    /// `E[E]`
    Index(Box<Expression>, Box<Expression>),
    /// `name(arguments)`
    Call {
        /// The function's name, dots included.
        function: Name,
        /// The arguments.
        arguments: Vec<Argument>,
    },
    /// `E | name(arguments)`
    Pipe {
        /// What stands before the bar.
        value: Box<Expression>,
        /// The function's name, dots included.
        function: Name,
        /// The further arguments.
        arguments: Vec<Argument>,
    },
    /// `- E`, `not E`
    Unary(UnaryOperator, Box<Expression>),
    /// An operator between two values.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `E is [not] empty`
    IsEmpty {
        /// What is looked at.
        value: Box<Expression>,
        /// Whether `not` stood there.
        negated: bool,
    },
    /// `if C then A else B`
    If {
        /// The condition.
        condition: Box<Expression>,
        /// The value when it holds.
        then: Box<Expression>,
        /// The value otherwise.
        otherwise: Box<Expression>,
    },
    /// `match E { … }`
    Match {
        /// What is compared.
        subject: Box<Expression>,
        /// The arms in order.
        arms: Vec<Arm>,
    },
    /// `[a, b]`
    List(Vec<Expression>),
    /// `{ a: 1 }`
    Record(Vec<(Name, Expression)>),
    /// Missing or not understood, and reported already. What could be understood of it is inside.
    Broken(Vec<Expression>),
}

/// `"a", "b" => E` or `else => E`
#[derive(Clone, Debug)]
pub struct Arm {
    /// The values that lead here; none for `else`.
    pub patterns: Vec<Expression>,
    /// What they give.
    pub value: Expression,
    /// All of it.
    pub span: Span,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub enum TextPart {
    /// Text as it is, escapes resolved.
    Text(Arc<str>),
    /// `{E}`
    Value(Expression),
}

/// A value that stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// A number without a point.
    Integer(i64),
    /// A number with a point, or one too large for 64 bits.
    Decimal(Decimal),
    /// Text, escapes resolved.
    Text(Arc<str>),
    /// `2026-01-31`
    Date(Date),
    /// `2026-01-31T12:10:00Z`
    Moment(Timestamp),
    /// `12:10`
    Clock(Time),
    /// `5%`: 5, not 0.05.
    Percentage(Decimal),
    /// `30s`
    Duration(Duration),
    /// `20/s`: how many in a second.
    Rate(u32),
}

impl Expression {
    /// Gives the expressions right inside this one, in the order written.
    pub fn children(&self) -> Vec<&Expression> {
        match &self.kind {
            ExpressionKind::Literal(_) | ExpressionKind::Name(_) | ExpressionKind::Column(_) => Vec::new(),
            ExpressionKind::Broken(inside) => inside.iter().collect(),
            ExpressionKind::Interpolation(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    TextPart::Text(_) => None,
                    TextPart::Value(value) => Some(value),
                })
                .collect(),
            ExpressionKind::Member(value, _)
            | ExpressionKind::Unary(_, value)
            | ExpressionKind::IsEmpty { value, .. } => vec![value],
            ExpressionKind::Index(left, right) | ExpressionKind::Binary(_, left, right) => vec![left, right],
            ExpressionKind::Call { arguments, .. } => {
                arguments.iter().map(|argument| &argument.value).collect()
            }
            ExpressionKind::Pipe { value, arguments, .. } => {
                let further = arguments.iter().map(|argument| &argument.value);
                [&**value].into_iter().chain(further).collect()
            }
            ExpressionKind::If {
                condition,
                then,
                otherwise,
            } => vec![condition, then, otherwise],
            ExpressionKind::Match { subject, arms } => {
                let arms = arms
                    .iter()
                    .flat_map(|arm| arm.patterns.iter().chain([&arm.value]));
                [&**subject].into_iter().chain(arms).collect()
            }
            ExpressionKind::List(items) => items.iter().collect(),
            ExpressionKind::Record(entries) => entries.iter().map(|(_, value)| value).collect(),
        }
    }
}
