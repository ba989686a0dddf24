//! The lines of a step's block, and the paths of fields.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{Binding, Path, PathPart};

impl Builder<'_> {
    pub(super) fn bindings(&mut self, block: Pair) -> Vec<Binding> {
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

    pub(super) fn path(&mut self, pair: Pair) -> Path {
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
