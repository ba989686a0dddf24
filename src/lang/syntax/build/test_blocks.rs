//! `test "…" for FLOW { … }`

use crate::diag::Span;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{Expression, Test, TestLine};

impl Builder<'_> {
    pub(super) fn test(&mut self, pair: Pair) -> Test {
        let span = self.span(&pair);
        let mut test = Test {
            name: None,
            flow: None,
            lines: Vec::new(),
            head: span,
            span,
        };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::test_word => test.head = self.span(&part),
                Rule::text | Rule::raw_text => {
                    test.head = test.head.to(self.span(&part));
                    test.name = Some(self.atom(part));
                }
                Rule::missing_text => self.missing(&part, "the test does not say what it shows"),
                Rule::missing_for => self.missing(&part, "the test does not say which flow it is for"),
                Rule::name | Rule::foreign_name | Rule::missing_name => {
                    test.flow = self.name(&part, "the flow");
                    test.head = test.head.to(self.span(&part));
                }
                Rule::head_rest => self.unexpected(&part, "the test's block"),
                Rule::missing_block => self.missing(&part, "the test has no block"),
                Rule::test_body => test.lines = self.test_lines(part),
                _ => {}
            }
        }
        test
    }

    fn test_lines(&mut self, block: Pair) -> Vec<TestLine> {
        let mut lines = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::given => lines.push(self.given(part)),
                Rule::expect => lines.push(self.expect(part)),
                Rule::unclosed => self.unclosed(&block, &part),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => lines.push(TestLine::Broken(self.unknown_line(
                    &part,
                    &["given", "expect"],
                    "a line of a test",
                ))),
            }
        }
        lines
    }

    fn given(&mut self, pair: Pair) -> TestLine {
        let span = self.span(&pair);
        let mut source = None;
        let mut cells = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::name => source = self.name(&part, "the source"),
                Rule::record => cells = self.entries(part),
                Rule::missing_record => self.missing(&part, "`given` has no cells"),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => {}
            }
        }
        TestLine::Given { source, cells, span }
    }

    fn expect(&mut self, pair: Pair) -> TestLine {
        let span = self.span(&pair);
        let mut line = TestLine::Broken(span);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::expect_word => {}
                Rule::expect_rejected => line = self.expect_rejected(part, span),
                Rule::expect_request => line = self.expect_request(part, span),
                Rule::expect_step => line = self.expect_step(part, span),
                Rule::expect_condition => line = self.expect_condition(part, span),
                _ => {
                    self.unexpected_behind_value(&part, "an operator, `within fuel`, or the end of the line")
                }
            }
        }
        line
    }

    fn expect_rejected(&mut self, pair: Pair, span: Span) -> TestLine {
        let message = self
            .parts(pair)
            .find(|part| part.as_rule() != Rule::rejected_word);
        TestLine::Rejected {
            message: message.map(|message| self.value(message, "`rejected` has no text")),
            span,
        }
    }

    fn expect_request(&mut self, pair: Pair, span: Span) -> TestLine {
        let mut method = None;
        let mut path = None;
        let mut fields = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::request_word => {}
                Rule::method => method = self.method(&part),
                Rule::bindings => fields = self.bindings(part),
                _ => path = Some(self.value(part, "`request` names no path")),
            }
        }
        TestLine::Request {
            method,
            path,
            fields,
            span,
        }
    }

    fn expect_step(&mut self, pair: Pair, span: Span) -> TestLine {
        let mut name = None;
        let mut fields = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::bindings => fields = self.bindings(part),
                _ => name = Some(self.plain_name(&part)),
            }
        }
        match name {
            Some(name) => TestLine::Step { name, fields, span },
            None => TestLine::Broken(span),
        }
    }

    fn expect_condition(&mut self, pair: Pair, span: Span) -> TestLine {
        let mut condition = None;
        let mut fuel = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::within => fuel = self.within_fuel(part),
                _ => condition = Some(self.value(part, "`expect` does not say what")),
            }
        }
        TestLine::Condition {
            condition: condition.unwrap_or_else(|| self.broken(span)),
            fuel,
            span,
        }
    }

    fn within_fuel(&mut self, pair: Pair) -> Option<Expression> {
        let mut fuel = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::within_word | Rule::fuel_word => {}
                Rule::missing_fuel => self.missing(&part, "`within` does not say what"),
                _ => fuel = Some(self.value(part, "`within fuel` does not say how much")),
            }
        }
        fuel
    }
}
