use std::sync::Arc;

use crate::diag::Span;
use crate::model::{Type, Value};

/// An expression with its place and what is known of its type.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it computes.
    pub kind: ExpressionKind,
    /// Its type before any row is read.
    pub value_type: Type,
    /// Whether it may be empty.
    pub presence: Presence,
    /// Whether computing it may reject the row: a cell that is not of its column's type, a text that is no
    /// number, an amount that would need rounding.
    pub may_fail: bool,
    /// Where it stands.
    pub span: Span,
}

impl Expression {
    /// Gives the expressions right inside this one.
    pub fn children(&self) -> Vec<&Expression> {
        self.kind.children()
    }
}

/// What is known of a value's emptiness before any row is read, from the surest to the least sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It is never empty.
    Always,
    /// A cell, or what is computed from cells: only the row shows.
    Perhaps,
    /// By its own description Stripe may answer with null here, or leave it out.
    Nullable,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// A literal, or a constant that was computed at check time.
    Literal(Value),
    /// Text with values in it.
    Interpolation(Vec<Fragment>),
    /// A cell of the row: of the line inside `each row` and [`ExpressionKind::Lines`]. Elsewhere in a flow with
    /// `group by`, a column of the group's keys, read from the group's first line.
    Column {
        /// The index into the header.
        index: usize,
        /// The name, for messages.
        name: Arc<str>,
    },
    /// A value bound by `let` in the flow.
    Local(usize),
    /// A value that an earlier step's object has at this path; the whole object when the path is empty.
    StepField {
        /// The step.
        step: usize,
        /// Member names from the object inwards.
        path: Vec<Arc<str>>,
    },
    /// `rows.Amount`: a value for each line of the group, in the order of the sheet; a list. Inside it columns
    /// mean the line. No other `Lines` stands inside it.
    Lines(Box<Expression>),
    /// `sum(rows, E)` and `sum(rows.Amount)`: the function over a value for each line. In a guard the lines are
    /// all those that the flow takes from its source.
    Aggregate {
        /// Which function; it does what the function of the table with this name does with a list.
        function: AggregateFunction,
        /// What is computed for each line; columns mean the line.
        value: Box<Expression>,
    },
    /// `lookup(source, column, value, column)`: the cell in the first row of another source whose cell equals a
    /// value; null when there is no such row, and when the value is empty.
    Lookup {
        /// The other source.
        source: Arc<str>,
        /// The column that is compared, as an index into that source's header.
        wanted: usize,
        /// The value that is looked for.
        value: Box<Expression>,
        /// The column that is given, as an index into that source's header.
        given: usize,
    },
    /// `plan.creates`, in a guard alone.
    PlanCount(PlanCount),
    /// `status` and `error`, in `write back` and `report to` alone.
    Outcome(Outcome),
    /// A member of a record value.
    Member(Box<Expression>, Arc<str>),
    /// An item of a list value; counted from 0.
    Item(Box<Expression>, Box<Expression>),
    /// A call of a built-in function. A pipe is a call whose first argument stands before the bar.
    Call {
        /// The function's name; it exists in the table that the check was given.
        function: &'static str,
        /// The arguments in order.
        arguments: Vec<Expression>,
    },
    /// A call of a plugin's function.
    PluginCall {
        /// The plugin's name.
        plugin: Arc<str>,
        /// The function's name.
        function: Arc<str>,
        /// The function's index among those that the plugin gives to flows.
        index: usize,
        /// The arguments in order; optional ones at the end may be missing.
        arguments: Vec<Expression>,
    },
    /// `- E` or `not E`.
    Unary(UnaryOperator, Box<Expression>),
    /// An operator between two values.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `E is empty`; with `negated`, `E is not empty`.
    IsEmpty {
        /// What is looked at.
        value: Box<Expression>,
        /// Whether `not` stood there.
        negated: bool,
    },
    /// `if C then A else B`.
    If {
        /// The condition.
        condition: Box<Expression>,
        /// The value when it holds.
        then: Box<Expression>,
        /// The value otherwise.
        otherwise: Box<Expression>,
    },
    /// `match E { … }`.
    Match {
        /// What is compared.
        subject: Box<Expression>,
        /// The arms in order.
        arms: Vec<MatchArm>,
        /// The value of `else`; without it a row that meets no arm is rejected.
        otherwise: Option<Box<Expression>>,
    },
    /// `[a, b]`.
    List(Vec<Expression>),
    /// `{ a: 1 }`.
    Record(Vec<(Arc<str>, Expression)>),
}

impl ExpressionKind {
    /// Gives the expressions right inside.
    pub fn children(&self) -> Vec<&Expression> {
        match self {
            ExpressionKind::Literal(_)
            | ExpressionKind::Column { .. }
            | ExpressionKind::Local(_)
            | ExpressionKind::StepField { .. }
            | ExpressionKind::PlanCount(_)
            | ExpressionKind::Outcome(_) => Vec::new(),
            ExpressionKind::Interpolation(fragments) => fragments
                .iter()
                .filter_map(|fragment| match fragment {
                    Fragment::Text(_) => None,
                    Fragment::Value(value) => Some(value),
                })
                .collect(),
            ExpressionKind::Member(value, _)
            | ExpressionKind::Unary(_, value)
            | ExpressionKind::Lines(value)
            | ExpressionKind::Aggregate { value, .. }
            | ExpressionKind::Lookup { value, .. }
            | ExpressionKind::IsEmpty { value, .. } => vec![value],
            ExpressionKind::Item(left, right) | ExpressionKind::Binary(_, left, right) => vec![left, right],
            ExpressionKind::Call { arguments, .. } | ExpressionKind::PluginCall { arguments, .. } => {
                arguments.iter().collect()
            }
            ExpressionKind::If {
                condition,
                then,
                otherwise,
            } => vec![condition, then, otherwise],
            ExpressionKind::Match {
                subject,
                arms,
                otherwise,
            } => {
                let arms = arms
                    .iter()
                    .flat_map(|arm| arm.patterns.iter().chain([&arm.value]));
                [&**subject]
                    .into_iter()
                    .chain(arms)
                    .chain(otherwise.as_deref())
                    .collect()
            }
            ExpressionKind::List(items) => items.iter().collect(),
            ExpressionKind::Record(entries) => entries.iter().map(|(_, value)| value).collect(),
        }
    }
}

/// A part of an interpolation.
#[derive(Clone, Debug)]
pub enum Fragment {
    /// Text as it is.
    Text(Arc<str>),
    /// `{E}`.
    Value(Expression),
}

/// `"a", "b" => E`.
#[derive(Clone, Debug)]
pub struct MatchArm {
    /// The values that lead here.
    pub patterns: Vec<Expression>,
    /// What they give.
    pub value: Expression,
}

/// Operators before one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `not`
    Not,
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `+`, on numbers.
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, exact to 28 digits.
    Divide,
    /// `%`
    Remainder,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `and`
    And,
    /// `or`
    Or,
    /// `in`, with a list on the right.
    In,
    /// `not in`
    NotIn,
    /// `??`: the left value unless it is empty.
    Otherwise,
}

/// What may be computed over the lines of a group, or, in a guard, over all lines of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateFunction {
    /// `sum`
    Sum,
    /// `count`: with a value, the lines where it is not empty; `count(rows)` counts all of them.
    Count,
    /// `average`
    Average,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `first`
    First,
    /// `last`
    Last,
}

impl AggregateFunction {
    /// All of them.
    pub const ALL: [AggregateFunction; 7] = [
        AggregateFunction::Sum,
        AggregateFunction::Count,
        AggregateFunction::Average,
        AggregateFunction::Min,
        AggregateFunction::Max,
        AggregateFunction::First,
        AggregateFunction::Last,
    ];

    /// Gives the function's name in the language and in the table of functions.
    pub fn as_str(self) -> &'static str {
        match self {
            AggregateFunction::Sum => "sum",
            AggregateFunction::Count => "count",
            AggregateFunction::Average => "average",
            AggregateFunction::Min => "min",
            AggregateFunction::Max => "max",
            AggregateFunction::First => "first",
            AggregateFunction::Last => "last",
        }
    }
}

/// What a guard can ask of the plan; each is a count of records or of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanCount {
    /// Objects that would be made.
    Creates,
    /// Objects that would be changed.
    Updates,
    /// Objects that would be removed.
    Deletes,
    /// Other operations and requests that would be sent.
    Calls,
    /// Records that are rejected.
    Rejected,
    /// Rows that the flow takes from its source.
    Rows,
}

impl PlanCount {
    /// All of them.
    pub const ALL: [PlanCount; 6] = [
        PlanCount::Creates,
        PlanCount::Updates,
        PlanCount::Deletes,
        PlanCount::Calls,
        PlanCount::Rejected,
        PlanCount::Rows,
    ];

    /// Gives the word behind `plan.`.
    pub fn as_str(self) -> &'static str {
        match self {
            PlanCount::Creates => "creates",
            PlanCount::Updates => "updates",
            PlanCount::Deletes => "deletes",
            PlanCount::Calls => "calls",
            PlanCount::Rejected => "rejected",
            PlanCount::Rows => "rows",
        }
    }
}

/// What is known of a record when its steps are through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `created`, `updated`, `deleted`, `called`, `unchanged`, `rejected` or `failed`; text.
    Status,
    /// Why it was rejected or failed; text or null.
    Error,
}

impl Outcome {
    /// Gives the word of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Status => "status",
            Outcome::Error => "error",
        }
    }
}
