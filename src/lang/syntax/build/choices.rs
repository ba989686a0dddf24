//! `if` and `match`.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;
use crate::lang::syntax::{Arm, Expression, ExpressionKind};

use super::{Builder, Pair, Rule};

impl Builder<'_> {
    pub(super) fn conditional(&mut self, pair: Pair) -> Expression {
        let span = self.span(&pair);
        let parts: Vec<Pair> = self.parts(pair).collect();
        let levels = parts.len();
        let built = self.deeper(levels, span, |builder| builder.branches(parts, span));
        built.unwrap_or_else(|| self.broken(span))
    }

    fn branches(&mut self, parts: Vec<Pair>, span: Span) -> Expression {
        let mut arms = Vec::new();
        let mut otherwise = None;
        for part in parts {
            match part.as_rule() {
                Rule::if_word | Rule::else_word => {}
                Rule::if_arm => arms.push(self.if_arm(part)),
                Rule::missing_else => {
                    let place = self.gap(&part);
                    self.report(
                        Diagnostic::error(
                            &codes::MISSING,
                            place,
                            "`if` does not say what the value is otherwise",
                        )
                        .labelled("expected `else` and a value")
                        .with_hint("for nothing at all: `else null`"),
                    );
                }
                _ => otherwise = Some(self.value(part, "`else` has no value")),
            }
        }
        let last = otherwise.unwrap_or_else(|| self.broken(span));
        arms.into_iter()
            .rev()
            .fold(last, |otherwise, (condition, then)| Expression {
                span: condition.span.to(otherwise.span),
                kind: ExpressionKind::If {
                    condition: Box::new(condition),
                    then: Box::new(then),
                    otherwise: Box::new(otherwise),
                },
            })
    }

    fn if_arm(&mut self, pair: Pair) -> (Expression, Expression) {
        let span = self.span(&pair);
        let mut condition = None;
        let mut then = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::then_word => {}
                Rule::missing_then => self.missing(&part, "`if` has no `then`"),
                _ if condition.is_none() => condition = Some(self.value(part, "`if` has no condition")),
                _ => then = Some(self.value(part, "`then` has no value")),
            }
        }
        let broken = self.broken(span);
        (
            condition.unwrap_or_else(|| broken.clone()),
            then.unwrap_or(broken),
        )
    }

    pub(super) fn selection(&mut self, pair: Pair) -> Expression {
        let span = self.span(&pair);
        let parts: Vec<Pair> = self.parts(pair).collect();
        let levels = parts.len();
        let built = self.deeper(levels, span, |builder| builder.choices(parts, span));
        built.unwrap_or_else(|| self.broken(span))
    }

    fn choices(&mut self, parts: Vec<Pair>, span: Span) -> Expression {
        let mut subject = None;
        let mut arms = Vec::new();
        let mut pipes = Vec::new();
        for part in parts {
            match part.as_rule() {
                Rule::match_word => {}
                Rule::arms => arms = self.arms(part),
                Rule::missing_block => self.missing(&part, "`match` has no arms"),
                Rule::pipe => pipes.push(part),
                _ => subject = Some(self.value(part, "`match` has no value to look at")),
            }
        }
        let subject = subject.unwrap_or_else(|| self.broken(span));
        let matched = Expression {
            kind: ExpressionKind::Match {
                subject: Box::new(subject),
                arms,
            },
            span,
        };
        pipes
            .into_iter()
            .fold(matched, |value, pipe| match self.pipe_is_broken(&pipe) {
                true => self.broken(span),
                false => self.pipe(value, pipe),
            })
    }

    fn arms(&mut self, block: Pair) -> Vec<Arm> {
        let mut arms = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::arm => arms.push(self.arm(part)),
                Rule::scrap => self.unexpected(&part, "an arm, such as `\"a\" => 1`"),
                Rule::unclosed => self.unclosed(&block, &part),
                _ => {}
            }
        }
        arms
    }

    fn arm(&mut self, pair: Pair) -> Arm {
        let span = self.span(&pair);
        let mut patterns = Vec::new();
        let mut value = None;
        let mut no_arrow = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::else_word => {}
                Rule::patterns => {
                    let chains: Vec<Pair> = self.parts(part).collect();
                    patterns = chains
                        .into_iter()
                        .map(|chain| self.value(chain, "a value is missing"))
                        .collect();
                }
                Rule::missing_arrow => no_arrow = Some(part),
                Rule::junk => match no_arrow.take() {
                    Some(_) => self.unexpected(&part, "`=>` and a value"),
                    None => self.unexpected_behind_value(&part, "a comma, or the end of the line"),
                },
                _ => value = Some(self.value(part, "the arm has no value")),
            }
        }
        if let Some(missing) = no_arrow {
            self.missing(&missing, "the arm has no value");
        }
        let value = value.unwrap_or_else(|| self.broken(span));
        Arm {
            patterns,
            value,
            span,
        }
    }
}
