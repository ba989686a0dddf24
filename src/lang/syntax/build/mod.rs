//! The tree from pest's pairs: one function for each rule that a person knows.

mod bindings;
mod choices;
mod declarations;
mod expressions;
mod literals;
mod phrase;
mod plugins;
mod results;
mod schedules;
mod statements;
mod steps;
mod test_blocks;
mod trouble;

use crate::diag::{Diagnostic, FileId, Severity, Span};
use crate::lang::codes::syntax as codes;

use super::Pair;
use super::grammar::Rule;
use super::tree::{Comment, Item, Name};

/// How deep expressions may stand in each other, an operator counting as one level.
const DEEPEST_EXPRESSION: usize = 200;

/// Turns pest's pairs into the tree, and collects what is wrong on the way.
pub(super) struct Builder<'t> {
    file: FileId,
    /// The whole text.
    pub(super) text: &'t str,
    /// Where in the text the pairs begin; not 0 for what stands in the braces of a text.
    base: usize,
    depth: usize,
    problems: Vec<Diagnostic>,
    comments: Vec<Comment>,
}

impl<'t> Builder<'t> {
    pub(super) fn new(file: FileId, text: &'t str, base: usize) -> Self {
        Builder {
            file,
            text,
            base,
            depth: 0,
            problems: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// Gives the comments, and the problems in the order of places.
    ///
    /// One line gives one problem: what follows in it is most often its consequence.
    pub(super) fn finish(mut self) -> (Vec<Comment>, Vec<Diagnostic>) {
        let text = self.text;
        let start = |problem: &Diagnostic| {
            problem
                .labels
                .first()
                .map_or(0, |label| label.span.start as usize)
        };
        let importance = |problem: &Diagnostic| usize::from(problem.code != &codes::DEPTH);
        self.problems.sort_by_key(start);
        let mut kept: Vec<Diagnostic> = Vec::new();
        let mut line_end = 0;
        for problem in self.problems {
            let at = start(&problem);
            match kept.last_mut() {
                Some(last) if at < line_end => {
                    if importance(&problem) < importance(last) {
                        *last = problem;
                    }
                }
                _ => {
                    let rest = text.get(at..).unwrap_or("");
                    line_end = at + rest.find('\n').map_or(rest.len() + 1, |newline| newline + 1);
                    kept.push(problem);
                }
            }
        }
        (self.comments, kept)
    }

    /// Builds what stands in the braces of a text, which begins at `base` of the whole text.
    pub(super) fn within<Built>(&mut self, base: usize, build: impl FnOnce(&mut Self) -> Built) -> Built {
        let outer = std::mem::replace(&mut self.base, base);
        let built = build(self);
        self.base = outer;
        built
    }

    /// Builds something `levels` deeper; `None`, with a problem, when that is too deep.
    pub(super) fn deeper<Built>(
        &mut self,
        levels: usize,
        span: Span,
        build: impl FnOnce(&mut Self) -> Built,
    ) -> Option<Built> {
        if self.depth + levels > DEEPEST_EXPRESSION {
            self.report(
                Diagnostic::error(&codes::DEPTH, span, "this expression is too long to follow")
                    .with_hint("name its parts with `let`"),
            );
            return None;
        }
        self.depth += levels;
        let built = build(self);
        self.depth -= levels;
        Some(built)
    }

    pub(super) fn report(&mut self, problem: Diagnostic) {
        debug_assert_eq!(problem.severity, Severity::Error);
        self.problems.push(problem);
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Gives the place of a node, without the blanks behind it.
    pub(super) fn span(&self, pair: &Pair) -> Span {
        let span = pair.as_span();
        let length = pair.as_str().trim_end().len();
        self.span_of(span.start(), span.start() + length)
    }

    /// Gives a place by its bytes in the text that is being built.
    pub(super) fn span_of(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: offset(self.base + start),
            end: offset(self.base + end),
        }
    }

    /// Gives the place behind the last thing before a node that is missing.
    pub(super) fn gap(&self, missing: &Pair) -> Span {
        let at = self.base + missing.as_span().start();
        let before = self.text.get(..at).unwrap_or("");
        let end = offset(
            before
                .trim_end_matches([' ', '\t', '\r', '\u{A0}', '\u{FEFF}'])
                .len(),
        );
        Span {
            file: self.file,
            start: end,
            end,
        }
    }

    pub(super) fn keep_comment(&mut self, pair: &Pair) {
        let comment = self.comment(pair);
        self.comments.push(comment);
    }

    pub(super) fn comment(&self, pair: &Pair) -> Comment {
        let text = pair.as_str();
        Comment {
            text: text.trim_start_matches('#').trim().into(),
            describes: text.starts_with("##"),
            span: self.span(pair),
        }
    }

    /// Gives the parts of a node, comments left out.
    pub(super) fn parts<'p>(&self, pair: Pair<'p>) -> impl Iterator<Item = Pair<'p>> + use<'p> {
        pair.into_inner().filter(|part| part.as_rule() != Rule::comment)
    }

    /// Gives a name from `name`, `word`, `column`, `foreign_name`, … ; `None` when it is missing.
    pub(super) fn name(&mut self, pair: &Pair, of_what: &str) -> Option<Name> {
        let span = self.span(pair);
        match pair.as_rule() {
            Rule::missing_name => {
                let place = self.gap(pair);
                self.report(
                    Diagnostic::error(
                        &codes::MISSING,
                        place,
                        format!("the name of {of_what} is missing"),
                    )
                    .labelled("expected a name"),
                );
                None
            }
            Rule::foreign_name => {
                self.report(
                    Diagnostic::error(&codes::NAME, span, format!("`{}` is no name here", pair.as_str()))
                        .labelled("names have the letters A to Z, digits and `_`"),
                );
                Some(self.plain_name(pair))
            }
            _ => Some(self.plain_name(pair)),
        }
    }

    /// Gives a name that is there, without its backticks or quotes.
    pub(super) fn plain_name(&self, pair: &Pair) -> Name {
        let text = pair.as_str().trim_end();
        Name {
            text: text.trim_matches(['`', '"', '\'']).into(),
            span: self.span(pair),
        }
    }

    /// Gives the tree of a text that pest could not follow; only a stack that is nearly full leads here.
    pub(super) fn unreadable(&mut self) -> Vec<Item> {
        let span = self.span_of(0, self.text.len());
        self.too_deep(0);
        vec![Item::Broken(span)]
    }

    pub(super) fn too_deep(&mut self, start: usize) {
        let end = self.text[start..]
            .chars()
            .next()
            .map_or(start, |letter| start + letter.len_utf8());
        let span = self.span_of(start, end);
        self.report(
            Diagnostic::error(&codes::DEPTH, span, "brackets stand too deep in each other")
                .labelled("the 33rd bracket that is open here")
                .with_hint("name the parts with `let`"),
        );
    }
}

fn offset(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}
