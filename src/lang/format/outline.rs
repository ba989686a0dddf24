//! What the layout takes from the tree: where lines begin, and what is left as it is.

use std::collections::BTreeMap;

use crate::diag::Span;
use crate::lang::syntax::{Binding, File, Flow, Item, ResultLine, Statement, TestLine};

/// What begins a line of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A declaration, a statement, a line of a test.
    Plain,
    /// `name = E`: the signs of one block stand in one column.
    Assignment,
    /// `Column: type`: the types of one block stand in one column.
    Column,
}

/// Where lines begin, and what is left as it is.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) starts: BTreeMap<usize, Start>,
    /// The ends of the pieces that are left as they are, by their starts. Each has its lines to itself.
    pub(super) kept: BTreeMap<usize, usize>,
}

pub(super) fn of(file: &File, text: &str) -> Outline {
    let mut outline = Outline::default();
    let labels = file.problems.iter().flat_map(|problem| &problem.labels);
    let mut places: Vec<u32> = labels.map(|label| label.span.start).collect();
    places.sort_unstable();
    for item in &file.items {
        outline.item(item, &places, text);
    }
    outline
}

/// Counts the problems that lie in a piece, its end included.
fn problems_in(span: Span, places: &[u32]) -> usize {
    let before = places.partition_point(|place| *place < span.start);
    places.partition_point(|place| *place <= span.end) - before
}

/// Gives the start of the line and the end of the line that a piece begins and ends on.
fn lines_of(span: Span, text: &str) -> (usize, usize) {
    let (start, end) = (span.start as usize, span.end as usize);
    let first = text
        .get(..start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let rest = text.get(end..).unwrap_or("");
    (first, end + rest.find('\n').unwrap_or(rest.len()))
}

/// Tells whether nothing but a piece, and a comment behind it, stands on its lines.
fn has_its_lines(span: Span, text: &str) -> bool {
    let (first, last) = lines_of(span, text);
    let before = text.get(first..span.start as usize).unwrap_or("");
    let behind = text.get(span.end as usize..last).unwrap_or("").trim();
    before.trim().is_empty() && (behind.is_empty() || behind.starts_with('#'))
}

impl Outline {
    fn item(&mut self, item: &Item, places: &[u32], text: &str) {
        let span = span_of(item);
        let statements: &[Statement] = match item {
            Item::Flow(flow) => &flow.body,
            _ => &[],
        };
        let broken: Vec<Span> = statements
            .iter()
            .map(Statement::span)
            .filter(|span| problems_in(*span, places) > 0)
            .collect();
        let explained: usize = broken.iter().map(|span| problems_in(*span, places)).sum();
        let is_small =
            explained >= problems_in(span, places) && broken.iter().all(|span| has_its_lines(*span, text));
        if !is_small || matches!(item, Item::Broken(_)) {
            self.keep(span, text);
            return;
        }
        for span in broken {
            self.keep(span, text);
        }
        self.start(span, Start::Plain);
        match item {
            Item::Account(account) => {
                for setting in &account.settings {
                    self.start(setting.span, Start::Assignment);
                }
            }
            Item::Source(source) => {
                for column in &source.columns {
                    self.start(column.span, Start::Column);
                }
            }
            Item::Flow(flow) => self.flow(flow),
            Item::Test(test) => test.lines.iter().for_each(|line| self.test_line(line)),
            Item::Plugin(_) | Item::Constant(_) | Item::Function(_) | Item::Broken(_) => {}
        }
    }

    /// Leaves a piece as it is, with the rest of its last line. A piece that shares its first line with others
    /// has its line to itself afterwards.
    fn keep(&mut self, span: Span, text: &str) {
        let (_, last) = lines_of(span, text);
        self.kept.insert(span.start as usize, last);
        self.start(span, Start::Plain);
    }

    fn start(&mut self, span: Span, start: Start) {
        self.starts.insert(span.start as usize, start);
    }

    fn flow(&mut self, flow: &Flow) {
        self.statements(&flow.body);
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            let span = statement.span();
            if self.kept.contains_key(&(span.start as usize)) {
                continue;
            }
            // `else if` goes on behind the bracket before it.
            if !matches!(statement, Statement::If(choice) if choice.follows_else) {
                self.start(span, Start::Plain);
            }
            match statement {
                Statement::Step(step) => self.bindings(step.bindings.as_deref().unwrap_or_default()),
                Statement::WriteBack { lines, .. } => self.results(lines),
                Statement::Report(report) => self.results(&report.lines),
                _ => statement
                    .blocks()
                    .into_iter()
                    .for_each(|block| self.statements(block)),
            }
        }
    }

    fn bindings(&mut self, lines: &[Binding]) {
        for line in lines {
            self.start(line.span, Start::Assignment);
        }
    }

    fn results(&mut self, lines: &[ResultLine]) {
        for line in lines {
            self.start(line.span, Start::Assignment);
        }
    }

    fn test_line(&mut self, line: &TestLine) {
        let (span, fields): (Span, &[Binding]) = match line {
            TestLine::Request { span, fields, .. } | TestLine::Step { span, fields, .. } => (*span, fields),
            TestLine::Given { span, .. }
            | TestLine::Rejected { span, .. }
            | TestLine::Condition { span, .. } => (*span, &[]),
            TestLine::Broken(span) => (*span, &[]),
        };
        self.start(span, Start::Plain);
        self.bindings(fields);
    }
}

fn span_of(item: &Item) -> Span {
    match item {
        Item::Account(account) => account.span,
        Item::Source(source) => source.span,
        Item::Plugin(plugin) => plugin.span,
        Item::Constant(constant) => constant.span,
        Item::Function(function) => function.span,
        Item::Flow(flow) => flow.span,
        Item::Test(test) => test.span,
        Item::Broken(span) => *span,
    }
}
