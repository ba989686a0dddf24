//! What stands in a flow.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{Choice, Condition, Expression, From, Share, Statement};

/// What a line in a flow can begin with.
const STATEMENTS: &[&str] = &[
    "from", "key", "let", "require", "find", "create", "update", "upsert", "mirror", "delete", "call",
    "request", "each", "if", "refresh", "ensure", "guard", "stop", "every", "at", "cron", "on", "after",
    "paused", "write", "report",
];

impl Builder<'_> {
    pub(super) fn body(&mut self, block: Pair) -> Vec<Statement> {
        let mut statements = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::unclosed => self.unclosed(&block, &part),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => statements.push(self.statement(part)),
            }
        }
        statements
    }

    fn statement(&mut self, pair: Pair) -> Statement {
        match pair.as_rule() {
            Rule::from => self.from(pair),
            Rule::key => self.key(pair),
            Rule::definition => Statement::Let(self.definition(pair)),
            Rule::require => Statement::Require(self.condition(pair, "require")),
            Rule::guard => Statement::Guard(self.condition(pair, "guard")),
            Rule::ensure => Statement::Ensure(self.condition(pair, "ensure")),
            Rule::stop => self.stop(pair),
            Rule::schedule => self.schedule(pair),
            Rule::paused => self.paused(pair),
            Rule::refresh => self.refresh(pair),
            Rule::each => self.each(pair),
            Rule::choice => self.choice(pair),
            Rule::step => Statement::Step(Box::new(self.step(pair))),
            Rule::find => Statement::Step(Box::new(self.find(pair))),
            Rule::delete => Statement::Step(Box::new(self.delete(pair))),
            Rule::call_step => Statement::Step(Box::new(self.call_step(pair))),
            Rule::request => Statement::Step(Box::new(self.request(pair))),
            Rule::write_back => self.write_back(pair),
            Rule::report => self.report_to(pair),
            _ => Statement::Broken(self.unknown_line(&pair, STATEMENTS, "a statement")),
        }
    }

    fn from(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut keyword = self.span(&pair);
        let mut source = None;
        let mut filter = None;
        let mut grouping = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::from_word => keyword = self.span(&part),
                Rule::name | Rule::foreign_name | Rule::missing_name => {
                    source = self.name(&part, "the source")
                }
                Rule::where_clause => {
                    let condition = self.parts(part).find(|inner| inner.as_rule() != Rule::where_word);
                    filter = condition.map(|inner| self.value(inner, "`where` has no condition"));
                }
                Rule::grouping => grouping = Some(self.grouping(part)),
                Rule::rest => {
                    match (&filter, &grouping) {
                        (None, None) => {
                            self.unexpected(&part, "`where`, `group by`, or the end of the line");
                        }
                        _ => self.unexpected_behind_value(&part, "an operator, or the end of the line"),
                    }
                    filter = filter.map(|filter| self.spoiled(filter));
                    grouping = grouping.map(|parts: Vec<Expression>| {
                        parts.into_iter().map(|part| self.spoiled(part)).collect()
                    });
                }
                _ => {}
            }
        }
        Statement::From(From {
            keyword,
            source,
            filter,
            grouping,
            span,
        })
    }

    fn grouping(&mut self, pair: Pair) -> Vec<Expression> {
        let parts: Vec<Pair> = self.parts(pair).collect();
        parts
            .into_iter()
            .filter(|part| !matches!(part.as_rule(), Rule::group_word | Rule::by_word))
            .map(|part| self.value(part, "`group by` does not say what makes a group"))
            .collect()
    }

    fn key(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut keyword = self.span(&pair);
        let mut parts = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::key_word => keyword = self.span(&part),
                Rule::rest => {
                    self.unexpected_behind_value(&part, "a comma, an operator, or the end of the line");
                    let last = parts.pop().map(|last| self.spoiled(last));
                    parts.extend(last);
                }
                _ => parts.push(self.value(part, "`key` does not say what identifies a row")),
            }
        }
        Statement::Key { keyword, parts, span }
    }

    fn condition(&mut self, pair: Pair, word: &str) -> Condition {
        let whole = self.span(&pair);
        let mut values: Vec<Expression> = Vec::new();
        let mut no_else = None;
        let mut rest = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::require_word | Rule::guard_word | Rule::ensure_word | Rule::else_word => {}
                Rule::missing_else => no_else = Some(part),
                Rule::rest => rest = Some(part),
                _ if values.is_empty() => {
                    values.push(self.value(part, &format!("`{word}` has no condition")));
                }
                _ if word == "require" => {
                    values.push(self.value(part, "`else` has no text for the person whose row is rejected"));
                }
                _ => values.push(self.value(part, "`else` has no text for the person who reads it")),
            }
        }
        match (rest, no_else) {
            (Some(rest), _) => {
                self.unexpected_behind_value(&rest, "an operator, `else`, or the end of the line");
                values = values.into_iter().map(|value| self.spoiled(value)).collect();
            }
            (None, Some(missing)) => {
                let place = self.gap(&missing);
                self.report(
                    Diagnostic::error(
                        &codes::MISSING,
                        place,
                        format!("`{word}` does not say what is wrong otherwise"),
                    )
                    .labelled("expected `else \"…\"`")
                    .with_hint("the text is what the person sees: `else \"no e-mail address\"`"),
                );
            }
            (None, None) => {}
        }
        let mut values = values.into_iter();
        let condition = values.next().unwrap_or_else(|| self.broken(whole));
        Condition {
            condition,
            otherwise: values.next(),
            span: whole,
        }
    }

    fn stop(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut share = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::share => share = self.share(part),
                Rule::missing_share => self.missing(&part, "`stop after` does not say after how many errors"),
                Rule::missing_after => self.missing(&part, "`stop` does not say when"),
                Rule::rest => self.unexpected(&part, "a number and `errors`, or a percentage such as `5%`"),
                _ => {}
            }
        }
        Statement::Stop { share, span }
    }

    /// Builds a number or a percentage.
    pub(super) fn share(&mut self, pair: Pair) -> Option<Share> {
        let part = self.parts(pair).next()?;
        Some(match part.as_rule() {
            Rule::percentage => Share::Percent(self.atom(part)),
            _ => Share::Count(self.atom(part)),
        })
    }

    fn refresh(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut name = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::refresh_word => {}
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => name = self.name(&part, "the step"),
            }
        }
        Statement::Refresh { name, span }
    }

    fn each(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut head = span;
        let mut body = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::each_word => head = self.span(&part),
                Rule::row_word => head = head.to(self.span(&part)),
                Rule::missing_row => self.missing(&part, "`each` does not say of what"),
                Rule::head_rest => self.unexpected(&part, "a block in `{ }`"),
                Rule::missing_block => self.missing(&part, "`each row` has no block"),
                _ => body = Some(self.body(part)),
            }
        }
        Statement::Each { body, head, span }
    }

    /// Builds `if … else if … else …`; each `else if` stands alone in the block of the former one.
    fn choice(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let parts: Vec<Pair> = self.parts(pair).collect();
        let levels = parts.len();
        let built = self.deeper(levels, span, |builder| builder.choice_arms(parts, span));
        built.flatten().unwrap_or(Statement::Broken(span))
    }

    fn choice_arms(&mut self, parts: Vec<Pair>, whole: Span) -> Option<Statement> {
        let mut word = whole;
        let mut arms: Vec<Choice> = Vec::new();
        let mut otherwise = None;
        for part in parts {
            match part.as_rule() {
                Rule::if_word => word = self.span(&part),
                Rule::else_word => {}
                Rule::choice_arm => arms.push(self.choice_arm(part, word)),
                Rule::missing_block => self.missing(&part, "`else` has no block"),
                _ => otherwise = Some(self.body(part)),
            }
        }
        arms.into_iter()
            .enumerate()
            .rev()
            .fold(None, |inner: Option<Statement>, (index, arm)| {
                let span = arm.head.to(whole);
                let otherwise = inner.map(|inner| vec![inner]).or_else(|| otherwise.take());
                Some(Statement::If(Choice {
                    otherwise,
                    follows_else: index > 0,
                    span,
                    ..arm
                }))
            })
    }

    fn choice_arm(&mut self, pair: Pair, word: Span) -> Choice {
        let span = word.to(self.span(&pair));
        let mut head = word;
        let mut condition = None;
        let mut then = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::head_rest => {
                    self.unexpected_behind_value(&part, "an operator, or a block in `{ }`");
                    condition = condition.map(|condition| self.spoiled(condition));
                }
                Rule::missing_block => self.missing(&part, "`if` has no block"),
                Rule::arm_body => then = self.body(part),
                _ => {
                    let value = self.value(part, "`if` has no condition");
                    head = head.to(value.span);
                    condition = Some(value);
                }
            }
        }
        Choice {
            condition: condition.unwrap_or_else(|| self.broken(word)),
            then,
            otherwise: None,
            follows_else: false,
            head,
            span,
        }
    }
}
