//! The statements that find or send something.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;
use crate::lang::program::{RemovalVerb, RequestMethod, StepKind};

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{Detail, Expression, Matching, Missing, Name, Removal, Step};

impl Builder<'_> {
    pub(super) fn step(&mut self, pair: Pair) -> Step {
        let span = self.span(&pair);
        let mut step = blank(StepKind::Upsert, span);
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
                Rule::alias => self.alias(part, &mut step),
                Rule::matching => {
                    step.head = step.head.to(self.span(&part));
                    step.matching = Some(self.matching(part));
                }
                Rule::removal => {
                    step.head = step.head.to(self.span(&part));
                    step.detail = Detail::Removal(self.removal(part));
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
                Rule::further => matching.further.extend(self.binding(part)),
                Rule::several => matching.several = Some(self.plain_name(&part)),
                _ => matching.value = Some(self.value(part, "`by` has no value behind `=`")),
            }
        }
        matching
    }

    fn alias(&mut self, pair: Pair, step: &mut Step) {
        step.head = step.head.to(self.span(&pair));
        let parts: Vec<Pair> = self.parts(pair).collect();
        for name in parts.iter().filter(|name| name.as_rule() != Rule::as_word) {
            step.alias = self.name(name, "the step");
        }
    }

    fn removal(&mut self, pair: Pair) -> Removal {
        let mut removal = Removal {
            verb: None,
            limit: None,
            span: self.span(&pair),
        };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::word => {
                    let name = self.plain_name(&part);
                    removal.verb = self.removal_verb(&name).map(|verb| (verb, name.span));
                }
                Rule::missing_by => self.missing(&part, "`removing` does not say how"),
                Rule::missing_removal => {
                    self.missing(
                        &part,
                        "`removing by` does not say what happens to an object whose row is gone",
                    );
                }
                Rule::at_most => {
                    let parts: Vec<Pair> = self.parts(part).collect();
                    for part in parts {
                        match part.as_rule() {
                            Rule::share => removal.limit = self.share(part),
                            Rule::missing_share => self.missing(&part, "`at most` does not say how many"),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        removal
    }

    fn removal_verb(&mut self, name: &Name) -> Option<RemovalVerb> {
        let found = RemovalVerb::ALL
            .into_iter()
            .find(|verb| verb.as_str() == &*name.text);
        if found.is_none() {
            let known = RemovalVerb::ALL.map(RemovalVerb::as_str);
            let problem = Diagnostic::error(
                &codes::UNEXPECTED,
                name.span,
                format!("nothing is removed by `{}`", name.text),
            )
            .with_note(format!("objects are removed by: {}", words(known)));
            self.report(near(problem, &name.text, known));
        }
        found
    }

    pub(super) fn find(&mut self, pair: Pair) -> Step {
        let mut step = blank(StepKind::Find, self.span(&pair));
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::find_word => step.head = self.span(&part),
                Rule::fallback => step.detail = Detail::Missing(self.fallback(part)),
                Rule::rest => {
                    self.unexpected_behind_value(&part, "`as`, `by`, `else`, or the end of the line")
                }
                _ => self.head_part(part, &mut step),
            }
        }
        step
    }

    pub(super) fn delete(&mut self, pair: Pair) -> Step {
        let mut step = blank(StepKind::Delete, self.span(&pair));
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::delete_word => step.head = self.span(&part),
                Rule::rest => self.unexpected_behind_value(&part, "`by`, or the end of the line"),
                _ => self.head_part(part, &mut step),
            }
        }
        step
    }

    /// Builds a resource, `as …` or `by …`.
    fn head_part(&mut self, part: Pair, step: &mut Step) {
        match part.as_rule() {
            Rule::resource => {
                step.resource = Some(self.plain_name(&part));
                step.head = step.head.to(self.span(&part));
            }
            Rule::missing_name => self.missing_resource(&part, step.kind),
            Rule::alias => self.alias(part, step),
            Rule::matching => {
                step.head = step.head.to(self.span(&part));
                step.matching = Some(self.matching(part));
            }
            _ => {}
        }
    }

    fn fallback(&mut self, pair: Pair) -> Missing {
        let mut missing = Missing::Broken;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::else_word => {}
                Rule::skip_word => missing = Missing::Skip,
                Rule::null => missing = Missing::Null,
                Rule::reject_word => missing = Missing::Reject(None),
                Rule::missing_fallback => self.missing(&part, "`else` does not say what happens to the row"),
                _ => missing = Missing::Reject(Some(self.value(part, "`reject` has no text"))),
            }
        }
        missing
    }

    pub(super) fn call_step(&mut self, pair: Pair) -> Step {
        let mut step = blank(StepKind::Call, self.span(&pair));
        let mut name = None;
        let mut given = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::call_word => step.head = self.span(&part),
                Rule::operation => {
                    step.head = step.head.to(self.span(&part));
                    (step.resource, name) = self.operation(&part);
                }
                Rule::missing_operation => self.missing(&part, "`call` does not say what"),
                Rule::arguments => {
                    step.head = step.head.to(self.span(&part));
                    given = Some(self.arguments(part));
                }
                Rule::alias => self.alias(part, &mut step),
                Rule::head_rest => self.unexpected(&part, "`as`, a block, or the end of the line"),
                Rule::bindings => step.bindings = Some(self.bindings(part)),
                _ => {}
            }
        }
        step.detail = Detail::Operation {
            name,
            arguments: given,
        };
        step
    }

    /// Takes `invoice.finalize_invoice` apart at its last point.
    fn operation(&mut self, pair: &Pair) -> (Option<Name>, Option<Name>) {
        let whole = self.plain_name(pair);
        let Some((resource, operation)) = whole.text.rsplit_once('.') else {
            self.report(
                Diagnostic::error(&codes::MISSING, whole.span, "`call` does not say which operation")
                    .labelled("expected a resource and its operation, such as `invoice.pay(bill)`"),
            );
            return (Some(whole), None);
        };
        let start = pair.as_span().start();
        let name = |text: &str, at: usize| Name {
            text: text.into(),
            span: self.span_of(start + at, start + at + text.len()),
        };
        (Some(name(resource, 0)), Some(name(operation, resource.len() + 1)))
    }

    pub(super) fn request(&mut self, pair: Pair) -> Step {
        let mut step = blank(StepKind::Request, self.span(&pair));
        let mut method = None;
        let mut path: Option<Expression> = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::request_word => step.head = self.span(&part),
                Rule::method => method = self.method(&part),
                Rule::missing_method => self.missing(&part, "`request` names no method"),
                Rule::alias => self.alias(part, &mut step),
                Rule::head_rest => self.unexpected(&part, "`as`, a block, or the end of the line"),
                Rule::bindings => step.bindings = Some(self.bindings(part)),
                _ => {
                    let value = self.value(part, "`request` names no path");
                    step.head = step.head.to(value.span);
                    path = Some(value);
                }
            }
        }
        step.detail = Detail::Request { method, path };
        step
    }

    pub(super) fn method(&mut self, pair: &Pair) -> Option<(RequestMethod, Span)> {
        let name = self.plain_name(pair);
        let found = RequestMethod::ALL
            .into_iter()
            .find(|method| method.as_str() == &*name.text);
        if found.is_none() {
            let known = RequestMethod::ALL.map(RequestMethod::as_str);
            let problem = Diagnostic::error(
                &codes::UNEXPECTED,
                name.span,
                format!("`{}` is no method", name.text),
            )
            .labelled("expected `GET`, `POST` or `DELETE`");
            let upper = name.text.to_uppercase();
            self.report(match &*upper {
                "PUT" | "PATCH" => problem.with_hint("Stripe changes objects by `POST`"),
                _ => near(problem, &upper, known),
            });
        }
        found.map(|method| (method, name.span))
    }
}

fn blank(kind: StepKind, span: Span) -> Step {
    Step {
        kind,
        resource: None,
        alias: None,
        matching: None,
        detail: Detail::None,
        bindings: None,
        head: span,
        span,
    }
}

fn words<'w>(known: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<String> = known.into_iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn near<'w>(problem: Diagnostic, word: &str, known: impl IntoIterator<Item = &'w str>) -> Diagnostic {
    match crate::catalog::Catalog::nearest(word, known).first() {
        Some(nearest) => problem.with_hint(format!("did you mean `{nearest}`?")),
        None => problem,
    }
}

fn verb(word: &str) -> StepKind {
    match word.trim_end() {
        "create" => StepKind::Create,
        "update" => StepKind::Update,
        "mirror" => StepKind::Mirror,
        _ => StepKind::Upsert,
    }
}
