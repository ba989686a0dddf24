//! The checked program: what `check` gives, and all that evaluation needs.
//!
//! Every name in it is resolved: columns and steps are indexes, operations exist in the catalogue,
//! field paths are Stripe's own form names. Spans are kept, so that trouble with a row can point at
//! the binding.

use std::sync::Arc;

use crate::catalog::ApiType;
use crate::diag::Span;
use crate::model::{AccountSpec, Fingerprint, SourceSpec, Type, Value};

/// A whole project without problems.
#[derive(Clone, Debug)]
pub struct Program {
    /// The accounts, in the order of files and lines.
    pub accounts: Vec<AccountSpec>,
    /// The sources.
    pub sources: Vec<SourceSpec>,
    /// The flows, in the order in which they run: `after` is obeyed, else as written.
    pub flows: Vec<Arc<Flow>>,
}

/// A checked flow.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its name.
    pub name: Arc<str>,
    /// The text of the `##` lines above it.
    pub description: Option<String>,
    /// The account that it writes to; `None` when the project declares none.
    pub account: Option<Arc<str>>,
    /// The source that it reads.
    pub source: Arc<str>,
    /// `where`: rows for which this is not true are passed over.
    pub filter: Option<Expression>,
    /// The key's parts. Empty when no step creates anything.
    pub key: Vec<Expression>,
    /// Statements in the order written.
    pub body: Vec<Statement>,
    /// How many values `let` binds; [`ExpressionKind::Local`] indexes them.
    pub locals: usize,
    /// The plugins that it calls, each with the hash of its file and limits, sorted by name.
    pub plugins: Vec<(Arc<str>, Fingerprint)>,
    /// A hash of everything that decides what the flow sends, constants and plugins included; changes when the flow
    /// does, not when comments or spaces do.
    pub hash: String,
    /// The whole declaration.
    pub span: Span,
}

impl Flow {
    /// Gives the steps in order; [`ExpressionKind::StepField`] indexes them.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.body.iter().filter_map(|statement| match statement {
            Statement::Step(step) => Some(step),
            _ => None,
        })
    }
}

/// A statement inside a flow.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let NAME = E`.
    Let {
        /// The local that it binds.
        local: usize,
        /// Its value.
        value: Expression,
    },
    /// `require E else "…"`.
    Require {
        /// What must be true.
        condition: Expression,
        /// What the person is told; text.
        otherwise: Expression,
    },
    /// Something to send.
    Step(Step),
}

/// A create, update or upsert.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its position among the flow's steps.
    pub index: usize,
    /// What the ledger calls it: the name after `as`, else the resource, else resource and number
    /// (`customer`, `customer_2`). Stable when other steps are added with names.
    pub name: Arc<str>,
    /// What it does.
    pub kind: StepKind,
    /// Stripe's `object` value.
    pub resource: &'static str,
    /// How an object that already exists is recognised. Always there for updates.
    pub matching: Option<Matching>,
    /// The bindings in the order written.
    pub bindings: Vec<Binding>,
    /// The statement's first line.
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Once per key, ever.
    Create,
    /// Existing objects only.
    Update,
    /// The object that this key made, else the match, else a new one.
    Upsert,
}

impl StepKind {
    /// Gives the word of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            StepKind::Create => "create",
            StepKind::Update => "update",
            StepKind::Upsert => "upsert",
        }
    }
}

/// `by …`: how an object that already exists is recognised.
#[derive(Clone, Debug)]
pub struct Matching {
    /// The field, and so the way to look it up.
    pub field: MatchField,
    /// The wanted value: the binding's own expression for `by email`, else the one after `=`.
    pub value: Expression,
    /// Which of several matches is taken.
    pub several: Several,
    /// Where `by` stands.
    pub span: Span,
}

/// The field that recognises an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchField {
    /// `by id`: one retrieve.
    Id,
    /// A field that the list operation filters by, such as `email` of customers.
    Filter(&'static str),
    /// `by metadata.NAME`: the collection is listed.
    Metadata(String),
    /// A field of the object at this path that no filter knows; the collection is listed.
    Field(Vec<String>),
}

/// What happens when several objects match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// The row is rejected, with the ids.
    Reject,
    /// The newest is taken.
    Newest,
    /// The oldest is taken.
    Oldest,
}

/// `path = expression`.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Stripe's own name, such as `address[line1]`.
    pub name: String,
    /// What the create operation takes there; `None` for a step that never creates.
    pub create_type: Option<ApiType>,
    /// What the update operation takes there; `None` when it can't be updated (or the step never does).
    pub update_type: Option<ApiType>,
    /// The longest text that Stripe takes, when it is known.
    pub max_length: Option<u64>,
    /// The value.
    pub value: Expression,
    /// The path as written.
    pub span: Span,
}

/// An expression with its place and what is known of its type.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it computes.
    pub kind: ExpressionKind,
    /// Its type before any row is read.
    pub value_type: Type,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// A literal, or a constant that was computed at check time.
    Literal(Value),
    /// Text with values in it.
    Interpolation(Vec<Fragment>),
    /// A cell of the row.
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
