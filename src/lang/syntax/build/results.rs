//! What a run leaves behind: `write back` and `report to`.

use crate::diag::Diagnostic;
use crate::lang::codes::syntax as codes;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{Report, ResultLine, Statement};

impl Builder<'_> {
    pub(super) fn write_back(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut head = span;
        let mut lines = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::write_word => head = self.span(&part),
                Rule::back_word => head = head.to(self.span(&part)),
                Rule::missing_back => self.missing(&part, "`write` does not say where"),
                Rule::head_rest => self.unexpected(&part, "a block in `{ }`"),
                Rule::missing_block => self.missing(&part, "`write back` has no block"),
                _ => lines = self.results(part),
            }
        }
        Statement::WriteBack { lines, head, span }
    }

    pub(super) fn report_to(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut report = Report {
            kind: None,
            arguments: Vec::new(),
            lines: Vec::new(),
            head: span,
            span,
        };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::report_word => report.head = self.span(&part),
                Rule::origin => {
                    report.head = report.head.to(self.span(&part));
                    let origin = self.origin(part);
                    report.kind = Some(origin.kind);
                    report.arguments = origin.arguments;
                }
                Rule::missing_to => self.missing(&part, "`report` does not say where to"),
                Rule::missing_sink => self.missing(&part, "`report to` does not say where to"),
                Rule::head_rest => self.unexpected(&part, "a block in `{ }`"),
                Rule::missing_block => self.missing(&part, "`report to` has no block"),
                Rule::results => report.lines = self.results(part),
                _ => {}
            }
        }
        Statement::Report(report)
    }

    fn results(&mut self, block: Pair) -> Vec<ResultLine> {
        let mut lines = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::result_line => lines.extend(self.result_line(part)),
                Rule::unclosed => self.unclosed(&block, &part),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => {
                    let span = self.span(&part);
                    self.report(
                        Diagnostic::error(&codes::UNKNOWN_LINE, span, "this line fills no column")
                            .labelled("expected a column's name")
                            .with_hint("each line is `Column = value`, such as `Sent = bill.id`"),
                    );
                }
            }
        }
        lines
    }

    fn result_line(&mut self, pair: Pair) -> Option<ResultLine> {
        let span = self.span(&pair);
        let mut parts = self.parts(pair);
        let first = parts.next()?;
        let name = self.name(&first, "the column")?;
        let value = self.assigned(parts, &name.text.clone());
        Some(ResultLine { name, value, span })
    }
}
