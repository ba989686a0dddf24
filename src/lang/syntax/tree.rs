use std::sync::Arc;

use crate::diag::{Diagnostic, FileId, Span};

use super::expression::{Argument, Expression};
use super::statement::{Statement, Test};

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
    /// `fn NAME(a, b) = E`
    Function(Function),
    /// `flow NAME { … }`
    Flow(Flow),
    /// `test "…" for FLOW { … }`
    Test(Test),
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
    /// All of it.
    pub span: Span,
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
    /// All of it.
    pub span: Span,
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
    /// Where `wasi_stub` stands, when it does.
    pub wasi_stub: Option<Span>,
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

/// `fn NAME(a, b) = E`
#[derive(Clone, Debug)]
pub struct Function {
    /// The name; `None` when it is missing.
    pub name: Option<Name>,
    /// What it takes.
    pub parameters: Vec<Name>,
    /// What it gives.
    pub value: Expression,
    /// The whole declaration.
    pub span: Span,
}

/// `by path [= E], … [newest | oldest]`
#[derive(Clone, Debug)]
pub struct Matching {
    /// The field; `None` when it is missing.
    pub path: Option<Path>,
    /// The value that is looked for.
    pub value: Option<Expression>,
    /// Further fields with their values.
    pub further: Vec<Binding>,
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
    /// All of it.
    pub span: Span,
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
