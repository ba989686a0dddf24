//! When a flow runs by itself.

use crate::diag::Diagnostic;
use crate::lang::codes::syntax as codes;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{Expression, ExpressionKind, Literal, Schedule, ScheduleKind, Statement};

impl Builder<'_> {
    pub(super) fn schedule(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut kind = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::every => kind = self.every(part),
                Rule::cron => kind = self.cron(part),
                Rule::at => kind = Some(self.at(part)),
                Rule::on_change => {
                    let missing = self
                        .parts(part)
                        .find(|inner| inner.as_rule() == Rule::missing_change);
                    if let Some(missing) = missing {
                        self.missing(&missing, "`on` does not say what a run waits for");
                    }
                    kind = Some(ScheduleKind::OnChange);
                }
                Rule::run_after => {
                    let parts: Vec<Pair> = self.parts(part).collect();
                    let names = parts.iter().filter(|name| name.as_rule() != Rule::after_word);
                    kind = Some(ScheduleKind::After(
                        names.filter_map(|name| self.name(name, "a flow")).collect(),
                    ));
                }
                _ => self.unexpected(&part, "the end of the line"),
            }
        }
        match kind {
            Some(kind) => Statement::Schedule(Schedule { kind, span }),
            None => Statement::Broken(span),
        }
    }

    fn every(&mut self, pair: Pair) -> Option<ScheduleKind> {
        let value = self.parts(pair).find(|part| part.as_rule() != Rule::every_word)?;
        Some(ScheduleKind::Every(
            self.value(value, "`every` does not say how often"),
        ))
    }

    fn cron(&mut self, pair: Pair) -> Option<ScheduleKind> {
        let mut fields = None;
        let mut zone = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::cron_word | Rule::in_word => {}
                Rule::text | Rule::raw_text => fields = Some(self.atom(part)),
                _ if fields.is_none() => fields = Some(self.value(part, "`cron` does not say when")),
                _ => zone = Some(self.value(part, "`in` names no time zone")),
            }
        }
        Some(ScheduleKind::Cron {
            fields: fields?,
            zone,
        })
    }

    fn at(&mut self, pair: Pair) -> ScheduleKind {
        let mut times = Vec::new();
        let mut zone = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::at_word | Rule::in_word => {}
                Rule::clock => times.push(self.clock(&part)),
                Rule::missing_clock => self.missing(&part, "`at` does not say when"),
                _ => zone = Some(self.value(part, "`in` names no time zone")),
            }
        }
        ScheduleKind::At { times, zone }
    }

    fn clock(&mut self, pair: &Pair) -> Expression {
        let span = self.span(pair);
        let text = pair.as_str().trim_end();
        let padded = match text.find(':') {
            Some(1) => format!("0{text}"),
            _ => text.to_owned(),
        };
        let kind = match padded.parse() {
            Ok(time) => ExpressionKind::Literal(Literal::Clock(time)),
            Err(_) => {
                self.report(
                    Diagnostic::error(
                        &codes::LITERAL,
                        span,
                        format!("there is no time of the day `{text}`"),
                    )
                    .with_hint("times go from `00:00` to `23:59`"),
                );
                ExpressionKind::Broken(Vec::new())
            }
        };
        Expression { kind, span }
    }

    pub(super) fn paused(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        for part in self.parts(pair) {
            if part.as_rule() == Rule::rest {
                self.unexpected(&part, "the end of the line");
            }
        }
        Statement::Paused(span)
    }
}
