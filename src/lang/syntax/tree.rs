use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::diag::{Diagnostic, FileId, Span};
use crate::lang::program::{BinaryOperator, StepKind, UnaryOperator};

/// One `.flow` file as a tree. Broken parts are in it too: nothing of the file is lost.
#[derive(Clone, Debug)]
pub struct File {
    /// The text that the spans point into.
    pub file: FileId,
    /// The declarations in the order written.
    pub items: Vec<Item>,
    /// All comments in the order written, descriptions included.
    pub comments: Vec<Comment>,
    /// What is wrong with the text itself, in the order of places.
    pub problems: Vec<Diagnostic>,
}

/// A declaration at the top of a file.
#[derive(Clone, Debug)]
pub enum Item {
    /// `account NAME { … }`
    Account(Account),
    /// `source NAME = …`
    Source(Source),
    /// `use NAME from "path"`
    Plugin(Plugin),
    /// `let NAME = E`
    Constant(Definition),
    /// `flow NAME { … }`
    Flow(Flow),
    /// A line that no rule knows.
    Broken(Span),
}

/// A comment, from its first `#` to the line's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text behind the hash signs, trimmed.
    pub text: Arc<str>,
    /// Whether it describes a declaration (`##`).
    pub describes: bool,
    /// The whole comment.
    pub span: Span,
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name, without backticks.
    pub text: Arc<str>,
    /// Its place, backticks included.
    pub span: Span,
}

/// `account NAME { settings }`
#[derive(Clone, Debug)]
pub struct Account {
    /// The name; `None` when it is missing.
    pub name: Option<Name>,
    /// The lines in the block.
    pub settings: Vec<Setting>,
    /// The whole declaration.
    pub span: Span,
}

/// `name = value` in an account.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Which setting.
    pub name: Name,
    /// Its value.
    pub value: Expression,
}

/// `source NAME = kind(arguments) { columns }`
#[derive(Clone, Debug)]
pub struct Source {
    /// The name; `None` when it is missing.
    pub name: Option<Name>,
    /// What to read; `None` when it is missing.
    pub origin: Option<Origin>,
    /// The declared columns.
    pub columns: Vec<ColumnDeclaration>,
    /// The whole declaration.
    pub span: Span,
}

/// `csv("a.csv", delimiter: ";")`
#[derive(Clone, Debug)]
pub struct Origin {
    /// `csv`, `xlsx`, …
    pub kind: Name,
    /// The path and the options.
    pub arguments: Vec<Argument>,
    /// All of it.
    pub span: Span,
}

/// `Amount: decimal(comma)`
#[derive(Clone, Debug)]
pub struct ColumnDeclaration {
    /// The column.
    pub name: Name,
    /// How its cells are read; `None` when that is missing.
    pub format: Option<ColumnType>,
}

/// `decimal`, `decimal(comma)`, `date("%d/%m/%Y")`
#[derive(Clone, Debug)]
pub struct ColumnType {
    /// The word.
    pub name: Name,
    /// What stands in the brackets behind it.
    pub arguments: Vec<Argument>,
    /// All of it.
    pub span: Span,
}

/// `use NAME from "path" with { fuel: 1_000 }`
#[derive(Clone, Debug)]
pub struct Plugin {
    /// The name; `None` when it is missing.
    pub name: Option<Name>,
    /// The file or folder; `None` when it is missing.
    pub path: Option<Expression>,
    /// The limits behind `with`.
    pub limits: Vec<(Name, Expression)>,
    /// The whole declaration.
    pub span: Span,
}

/// `let NAME = E`, at the top of a file or in a flow.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The name; `None` when it is missing.
    pub name: Option<Name>,
    /// The value.
    pub value: Expression,
    /// All of it.
    pub span: Span,
}

/// `flow NAME [after A, B] [on ACCOUNT] { … }`
#[derive(Clone, Debug)]
pub struct Flow {
    /// The text of the `##` lines above it.
    pub description: Option<String>,
    /// The name; `None` when it is missing.
    pub name: Option<Name>,
    /// The flows that run before it.
    pub after: Vec<Name>,
    /// The account behind `on`.
    pub account: Option<Name>,
    /// The statements in the order written.
    pub body: Vec<Statement>,
    /// The first line, for what concerns the flow as a whole.
    pub head: Span,
    /// The whole declaration.
    pub span: Span,
}

/// A statement in a flow.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `from SOURCE [where E]`
    From {
        /// The word `from`.
        keyword: Span,
        /// The source; `None` when it is missing.
        source: Option<Name>,
        /// The condition behind `where`.
        filter: Option<Expression>,
    },
    /// `key E, …`
    Key {
        /// The word `key`.
        keyword: Span,
        /// The parts.
        parts: Vec<Expression>,
    },
    /// `let NAME = E`
    Let(Definition),
    /// `require E else "…"`
    Require {
        /// What must be true.
        condition: Expression,
        /// What the person is told; `None` when it is missing.
        otherwise: Option<Expression>,
    },
    /// `create`, `update`, `upsert`
    Step(Step),
    /// A line that no rule knows.
    Broken(Span),
}

/// `create R [as n] [by …] { bindings }`
#[derive(Clone, Debug)]
pub struct Step {
    /// Which verb.
    pub kind: StepKind,
    /// The resource as written; `None` when it is missing.
    pub resource: Option<Name>,
    /// The name behind `as`.
    pub alias: Option<Name>,
    /// What stands behind `by`.
    pub matching: Option<Matching>,
    /// The lines in the block; `None` when there is no block.
    pub bindings: Option<Vec<Binding>>,
    /// From the verb to the block.
    pub head: Span,
    /// The whole statement.
    pub span: Span,
}

/// `by path [= E] [newest | oldest]`
#[derive(Clone, Debug)]
pub struct Matching {
    /// The field; `None` when it is missing.
    pub path: Option<Path>,
    /// The value that is looked for.
    pub value: Option<Expression>,
    /// The word behind it.
    pub several: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// `path = E`
#[derive(Clone, Debug)]
pub struct Binding {
    /// The parameter.
    pub path: Path,
    /// The value.
    pub value: Expression,
}

/// `address.line1`, `items[0].price`, `` metadata.`any name` ``
#[derive(Clone, Debug)]
pub struct Path {
    /// The parts; the first is a member.
    pub parts: Vec<PathPart>,
    /// All of it.
    pub span: Span,
}

/// A part of a path.
#[derive(Clone, Debug)]
pub enum PathPart {
    /// A name.
    Member(Name),
    /// An index, counted from 0.
    Index {
        /// Which item.
        index: u32,
        /// The brackets with it.
        span: Span,
    },
    /// Something that is neither; reported already.
    Broken(Span),
}

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
