//! What is said of text that the grammar caught.

use pest::Parser;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;

use super::phrase::phrase;
use super::{Builder, Pair, Rule};
use crate::lang::syntax::grammar::FlowParser;

/// What people write out of habit from spreadsheets and other languages, and what this one has for it.
const HABITS: &[(&str, &str)] = &[
    ("=", "to compare two values, write `==`"),
    ("=>", "`=>` stands in the arms of a `match` only"),
    ("->", "an arm of a `match` is written `\"a\" => 1`"),
    ("<>", "to tell whether two values differ, write `!=`"),
    ("&&", "write `and`"),
    ("||", "write `or`; a pipe is a single `|`"),
    ("|>", "a pipe is written `|`"),
    ("!", "write `not`"),
    ("&", "to join texts, write them into one: `\"{First} {Last}\"`"),
    ("**", "there are no powers; multiply"),
    ("//", "a comment starts with `#`"),
    ("?", "write `if … then … else …`"),
    (
        "if",
        "an `if` inside an expression needs brackets around it: `(if … then … else …)`",
    ),
    (
        "match",
        "a `match` inside an expression needs brackets around it: `(match … { … })`",
    ),
    ("\u{201C}", "texts stand in straight quotes: `\"…\"`"),
    ("\u{201D}", "texts stand in straight quotes: `\"…\"`"),
    ("\u{201E}", "texts stand in straight quotes: `\"…\"`"),
    ("\u{2018}", "texts stand in straight quotes: `\"…\"`"),
    ("\u{2019}", "texts stand in straight quotes: `\"…\"`"),
];

/// What ends a line or a value, so that before it something is missing.
const ENDS: &[&str] = &["", "\n", "\r", ";", ",", ")", "]", "}", "#", "|"];

impl Builder<'_> {
    /// Reports what stands behind a whole name or statement.
    pub(super) fn unexpected(&mut self, rest: &Pair, expected: &str) {
        let problem = self.unexpected_at(rest.as_span().start(), rest.as_str(), expected);
        self.report(problem);
    }

    /// Reports what stands behind a whole value.
    pub(super) fn unexpected_behind_value(&mut self, rest: &Pair, expected: &str) {
        let start = rest.as_span().start();
        let problem = self.unexpected_at(start, rest.as_str(), expected);
        let hint = self
            .neighbour_hint(rest.as_str(), start)
            .filter(|_| problem.hints.is_empty());
        self.report(match hint {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        });
    }

    /// Says that the first thing of `rest`, which stands at `start`, can't stand there.
    fn unexpected_at(&self, start: usize, rest: &str, expected: &str) -> Diagnostic {
        let (rule, word) = first_token(rest);
        let span = self.span_of(start, start + word.len());
        if let Some(problem) = unclosed_quote(rule, word, span) {
            return problem;
        }
        let what = match rule {
            Rule::text | Rule::raw_text => format!("{} can't stand here", phrase(rule)),
            _ => format!("`{word}` can't stand here"),
        };
        let problem =
            Diagnostic::error(&codes::UNEXPECTED, span, what).labelled(format!("expected {expected}"));
        match HABITS.iter().find(|(habit, _)| *habit == word) {
            Some((_, hint)) => problem.with_hint(*hint),
            None => problem,
        }
    }

    /// Reports a text or a name in backticks that its line does not close.
    pub(super) fn report_quote(&mut self, rule: Rule, word: &str, span: Span) {
        if let Some(problem) = unclosed_quote(rule, word, span) {
            self.report(problem);
        }
    }

    /// Says what two neighbours may mean together.
    fn neighbour_hint(&self, rest: &str, start: usize) -> Option<String> {
        let (rule, _) = first_token(rest);
        let before = self.text.get(..self.base() + start)?;
        let touching = before.trim_end_matches([' ', '\t']);
        let last = touching.chars().next_back()?;
        let left: String = {
            let tail = touching.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
            touching[tail.len()..].to_owned()
        };
        match rule {
            Rule::name | Rule::reserved | Rule::foreign_name if !left.is_empty() => {
                let right: String = rest
                    .split(|letter: char| "|=<>{}()[],;#\n".contains(letter))
                    .next()
                    .unwrap_or("")
                    .trim()
                    .to_owned();
                let named = !left.starts_with(|letter: char| letter.is_ascii_digit());
                named.then(|| {
                    format!("if it is the name of one column, put it in backticks: `{left} {right}`")
                })
            }
            Rule::symbol if rest.starts_with(',') && last.is_ascii_digit() => {
                Some("decimals have a point: `12.50`; between lines no comma is needed".to_owned())
            }
            Rule::symbol if rest.starts_with(',') => Some("no comma is needed between lines".to_owned()),
            _ => None,
        }
    }

    /// Reports a part that is not there; when something impossible stands in its place, that.
    pub(super) fn missing(&mut self, missing: &Pair, message: impl Into<String>) {
        let place = self.gap(missing);
        let behind = self.text.get(place.end as usize..).unwrap_or("");
        let here = behind.trim_start_matches([' ', '\t', '\u{A0}']);
        let (rule, word) = first_token(here);
        let habit = HABITS.iter().any(|(habit, _)| *habit == word);
        if habit || rule == Rule::symbol && !ENDS.contains(&word) {
            let start = self.text.len() - here.len() - self.base();
            let problem = self.unexpected_at(start, here, phrase(missing.as_rule()));
            self.report(problem);
            return;
        }
        self.report(
            Diagnostic::error(&codes::MISSING, place, message)
                .labelled(format!("expected {}", phrase(missing.as_rule()))),
        );
    }

    /// Reports a bracket that nothing closes. `holder` begins with it.
    pub(super) fn unclosed(&mut self, holder: &Pair, missing: &Pair) {
        let start = holder.as_span().start();
        let open = self.span_of(start, start + 1);
        let (bracket, partner) = match holder.as_str().chars().next() {
            Some('(') => ("(", ")"),
            Some('[') => ("[", "]"),
            _ => ("{", "}"),
        };
        let place = self.gap(missing);
        self.report(
            Diagnostic::error(&codes::BRACKET, open, format!("this `{bracket}` is never closed"))
                .with_label(place, format!("expected `{partner}` here at the latest")),
        );
    }

    /// Reports a line that no rule knows, in a place where lines begin with one of `known`.
    pub(super) fn unknown_line(&mut self, line: &Pair, known: &[&str], place: &str) -> Span {
        let (rule, word) = first_token(line.as_str());
        let start = line.as_span().start();
        let span = self.span_of(start, start + word.len());
        let whole = self.span(line);
        if let Some(problem) = unclosed_quote(rule, word, span) {
            self.report(problem);
            return whole;
        }
        let is_word = matches!(rule, Rule::name | Rule::reserved | Rule::foreign_name);
        let message = if is_word {
            format!("unknown statement `{word}`")
        } else {
            format!("{place} can't begin with {}", self.named(rule, word))
        };
        let list = known
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let mut problem = Diagnostic::error(&codes::UNKNOWN_LINE, span, message)
            .with_note(format!("here can stand: {list}"));
        if is_word
            && let Some(nearest) = crate::catalog::Catalog::nearest(word, known.iter().copied()).first()
        {
            problem = problem.with_hint(format!("did you mean `{nearest}`?"));
        }
        self.report(problem);
        whole
    }

    fn named(&self, rule: Rule, word: &str) -> String {
        match rule {
            Rule::symbol => format!("`{word}`"),
            _ => phrase(rule).to_owned(),
        }
    }
}

/// Says what is wrong with a text or a name in backticks that its line does not close; `None` for any
/// other word.
fn unclosed_quote(rule: Rule, word: &str, span: Span) -> Option<Diagnostic> {
    let open = Span {
        end: span.start + 1,
        ..span
    };
    let inside = word.get(1..).unwrap_or("");
    Some(match rule {
        Rule::broken_text if inside.contains('{') && inside.contains('"') => {
            Diagnostic::error(&codes::QUOTE, span, "a brace in this text has no partner")
                .with_hint("braces hold values, as in `\"{Name}\"`; the character itself is written `\\{`")
        }
        Rule::broken_text | Rule::broken_raw => {
            Diagnostic::error(&codes::QUOTE, open, "this text is never closed")
                .labelled("expected a second quote on this line")
                .with_hint("a line break in a text is written `\\n`")
        }
        Rule::broken_column => Diagnostic::error(&codes::QUOTE, open, "this backtick is never closed")
            .labelled("expected a second one on this line"),
        _ => return None,
    })
}

/// Gives the first word of a text, with the rule that it follows.
pub(super) fn first_token(text: &str) -> (Rule, &str) {
    let token = FlowParser::parse(Rule::token, text)
        .ok()
        .and_then(|mut pairs| pairs.next())
        .map(|token| {
            let rule = token
                .clone()
                .into_inner()
                .next()
                .map_or(Rule::symbol, |inner| inner.as_rule());
            (rule, token.as_str().len())
        });
    match token {
        Some((rule, length)) => (rule, &text[..length]),
        None => (Rule::symbol, ""),
    }
}
