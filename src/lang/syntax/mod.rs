//! Text to tree. The grammar is `grammar/flow.pest`; no other place knows pest.
//!
//! Every text has a tree: broken parts are nodes of it, and what is wrong with them stands in
//! [`File::problems`].
#![expect(
    clippy::needless_pass_by_value,
    reason = "a pair is a handle on one rule of the text: whoever gets it is the one who reads it"
)]

mod build;
mod expression;
mod nesting;
mod statement;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

use pest::Parser;

use crate::diag::FileId;

pub use expression::{Argument, Arm, Expression, ExpressionKind, Literal, TextPart};
pub use statement::{
    Choice, Condition, Detail, From, Missing, Removal, Report, ResultLine, Schedule, ScheduleKind, Share,
    Statement, Step, Test, TestLine,
};
pub use tree::{
    Account, Binding, ColumnDeclaration, ColumnType, Comment, Definition, File, Flow, Function, Item,
    Matching, Name, Origin, Path, PathPart, Plugin, Setting, Source,
};

use build::Builder;
use grammar::{FlowParser, Rule};

/// What pest makes of the grammar.
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/flow.pest"]
    pub(super) struct FlowParser;
}

type Pair<'t> = pest::iterators::Pair<'t, Rule>;

/// Reads a file. Never fails: what can't be understood is a broken node of the tree, and a problem.
pub fn parse(file: FileId, text: &str) -> File {
    let bounded = nesting::bound(text);
    let mut builder = Builder::new(file, text, 0);
    if let Some(start) = bounded.too_deep {
        builder.too_deep(start);
    }
    let items = match FlowParser::parse(Rule::file, &bounded.text) {
        Ok(pairs) => builder.file(pairs),
        Err(_) => builder.unreadable(),
    };
    let (comments, problems) = builder.finish();
    File {
        file,
        items,
        comments,
        problems,
    }
}
