//! What stands in a flow.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;
use crate::lang::program::StepKind;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{
    Binding, Condition, Detail, Expression, From, Matching, Path, PathPart, Statement, Step,
};

/// What a line in a flow can begin with.
const STATEMENTS: &[&str] = &["from", "key", "let", "require", "create", "update", "upsert"];

impl Builder<'_> {
    pub(super) fn body(&mut self, block: Pair) -> Vec<Statement> {
        let mut statements = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::from => statements.push(self.from(part)),
                Rule::key => statements.push(self.key(part)),
                Rule::definition => statements.push(Statement::Let(self.definition(part))),
                Rule::require => statements.push(Statement::Require(self.condition(part))),
                Rule::step => statements.push(Statement::Step(Box::new(self.step(part)))),
                Rule::unclosed => self.unclosed(&block, &part),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => statements.push(Statement::Broken(self.unknown_line(
                    &part,
                    STATEMENTS,
                    "a statement",
                ))),
            }
        }
        statements
    }

    fn from(&mut self, pair: Pair) -> Statement {
        let span = self.span(&pair);
        let mut keyword = self.span(&pair);
        let mut source = None;
        let mut filter = None;
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
                Rule::rest => {
                    match filter {
                        Some(_) => {
                            self.unexpected_behind_value(&part, "an operator, or the end of the line");
                        }
                        None => self.unexpected(&part, "`where`, or the end of the line"),
                    }
                    filter = filter.map(|filter| self.spoiled(filter));
                }
                _ => {}
            }
        }
        Statement::From(From {
            keyword,
            source,
            filter,
            grouping: None,
            span,
        })
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

    fn condition(&mut self, pair: Pair) -> Condition {
        let whole = self.span(&pair);
        let mut values: Vec<Expression> = Vec::new();
        let mut no_else = None;
        let mut rest = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::require_word | Rule::else_word => {}
                Rule::missing_else => no_else = Some(part),
                Rule::rest => rest = Some(part),
                _ if values.is_empty() => values.push(self.value(part, "`require` has no condition")),
                _ => values.push(self.value(part, "`else` has no text for the person whose row is rejected")),
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
                        "`require` does not say what is wrong otherwise",
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

    fn step(&mut self, pair: Pair) -> Step {
        let span = self.span(&pair);
        let mut step = Step {
            kind: StepKind::Upsert,
            resource: None,
            alias: None,
            matching: None,
            detail: Detail::None,
            bindings: None,
            head: span,
            span,
        };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::verb => {
                    step.kind = verb(part.as_str());
                    step.head = self.span(&part);
                }
                Rule::resource => {
                    step.resource = Some(self.plain_name(&part));
                    step.head = step.head.to(self.span(&part));
                }
                Rule::missing_name => self.missing_resource(&part, step.kind),
                Rule::alias => {
                    step.head = step.head.to(self.span(&part));
                    let parts: Vec<Pair> = self.parts(part).collect();
                    for name in parts.iter().filter(|name| name.as_rule() != Rule::as_word) {
                        step.alias = self.name(name, "the step");
                    }
                }
                Rule::matching => {
                    step.head = step.head.to(self.span(&part));
                    step.matching = Some(self.matching(part));
                }
                Rule::head_rest => self.unexpected(&part, "`as`, `by`, or the step's block"),
                Rule::bindings => step.bindings = Some(self.bindings(part)),
                Rule::missing_block => self.missing(&part, format!("`{}` has no block", step.kind.as_str())),
                _ => {}
            }
        }
        step
    }

    fn missing_resource(&mut self, missing: &Pair, kind: StepKind) {
        let place = self.gap(missing);
        let verb = kind.as_str();
        self.report(
            Diagnostic::error(
                &codes::MISSING,
                place,
                format!("`{verb}` does not say what to {verb}"),
            )
            .labelled("expected a Stripe resource, such as `customer`"),
        );
    }

    fn matching(&mut self, pair: Pair) -> Matching {
        let mut matching = Matching {
            path: None,
            value: None,
            further: Vec::new(),
            several: None,
            span: self.span(&pair),
        };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::by_word => {}
                Rule::path => matching.path = Some(self.path(part)),
                Rule::missing_name => {
                    let place = self.gap(&part);
                    self.report(
                        Diagnostic::error(&codes::MISSING, place, "`by` names no field")
                            .labelled("expected a field, such as `email`, `id = …` or `metadata.crm_id`"),
                    );
                }
                Rule::several => matching.several = Some(self.plain_name(&part)),
                _ => matching.value = Some(self.value(part, "`by` has no value behind `=`")),
            }
        }
        matching
    }

    fn bindings(&mut self, block: Pair) -> Vec<Binding> {
        let mut bindings = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::binding => bindings.extend(self.binding(part)),
                Rule::caught => {
                    self.not_a_binding(&part);
                }
                Rule::unclosed => self.unclosed(&block, &part),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => {}
            }
        }
        bindings
    }

    fn not_a_binding(&mut self, line: &Pair) {
        let (rule, word) = super::trouble::first_token(line.as_str());
        let start = line.as_span().start();
        let span = self.span_of(start, start + word.len());
        if matches!(rule, Rule::broken_text | Rule::broken_raw | Rule::broken_column) {
            self.report_quote(rule, word, span);
            return;
        }
        self.report(
            Diagnostic::error(&codes::UNKNOWN_LINE, span, "this line fills no field")
                .labelled("expected a field's name")
                .with_hint("in a step's block each line is `field = value`, such as `name = Name`"),
        );
    }

    pub(super) fn binding(&mut self, pair: Pair) -> Option<Binding> {
        let span = self.span(&pair);
        let mut parts = self.parts(pair);
        let path = parts.next().map(|part| self.path(part))?;
        let name = self.text_of(path.span).to_owned();
        let value = self.assigned(parts, &name);
        Some(Binding { path, value, span })
    }

    fn text_of(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    fn path(&mut self, pair: Pair) -> Path {
        let span = self.span(&pair);
        let mut parts = Vec::new();
        for part in self.parts(pair) {
            let place = self.span(&part);
            let built = match part.as_rule() {
                Rule::word => PathPart::Member(self.plain_name(&part)),
                Rule::path_broken => {
                    self.report(
                        Diagnostic::error(
                            &codes::UNEXPECTED,
                            place,
                            "this part of the field's path can't be read",
                        )
                        .labelled("expected `.name` or `[0]`"),
                    );
                    PathPart::Broken(place)
                }
                rule => match self.parts(part).next() {
                    Some(inner) if inner.as_rule() == Rule::digits => self.path_index(&inner, place),
                    Some(inner) if rule == Rule::path_index => PathPart::Member(self.plain_name(&inner)),
                    Some(inner) => PathPart::Member(self.plain_name(&inner)),
                    None => PathPart::Broken(place),
                },
            };
            parts.push(built);
        }
        Path { parts, span }
    }

    fn path_index(&mut self, digits: &Pair, place: Span) -> PathPart {
        match digits.as_str().replace('_', "").parse() {
            Ok(index) => PathPart::Index { index, span: place },
            Err(_) => {
                self.report(Diagnostic::error(
                    &codes::LITERAL,
                    place,
                    "this index is too large",
                ));
                PathPart::Broken(place)
            }
        }
    }
}

fn verb(word: &str) -> StepKind {
    match word.trim_end() {
        "create" => StepKind::Create,
        "update" => StepKind::Update,
        _ => StepKind::Upsert,
    }
}
