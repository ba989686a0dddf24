//! `test "…" for FLOW { … }`

use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{names, settings, syntax};
use crate::lang::program::{Expectation, ExpectedField, Expression, Flow, Given, Test};
use crate::lang::syntax as tree;
use crate::lang::syntax::{File, Item, Literal, Name, TestLine};

use super::expression::Reader;
use super::flow::CheckedFlow;
use super::scope::{Place, Scope};
use super::{Context, SourceColumns, listed, request, with_nearest};

/// Checks the tests of all files.
pub(super) fn check<'a>(files: &[File], flows: &[CheckedFlow<'a>], context: &mut Context<'a>) -> Vec<Test> {
    let declared: Vec<Arc<str>> = files
        .iter()
        .flat_map(|file| &file.items)
        .filter_map(|item| match item {
            Item::Flow(flow) => flow.name.as_ref().map(|name| name.text.clone()),
            _ => None,
        })
        .collect();
    let mut tests = Vec::new();
    for item in files.iter().flat_map(|file| &file.items) {
        let Item::Test(test) = item else { continue };
        let Some(wanted) = &test.flow else { continue };
        match flows.iter().find(|checked| checked.flow.name == wanted.text) {
            Some(checked) => tests.extend(read(test, checked, context)),
            // A flow with problems of its own is not a reason to say more.
            None if declared.contains(&wanted.text) => {}
            None => unknown_flow(wanted, &declared, context),
        }
    }
    tests
}

fn unknown_flow(wanted: &Name, declared: &[Arc<str>], context: &mut Context) {
    let known = || declared.iter().map(|name| &**name);
    let problem = Diagnostic::error(
        &names::UNKNOWN_DECLARATION,
        wanted.span,
        format!("there is no flow `{}`", wanted.text),
    )
    .with_note(format!("flows: {}", listed(known())));
    context.report(with_nearest(problem, &wanted.text, known()));
}

fn read<'a>(tree: &tree::Test, checked: &CheckedFlow<'a>, context: &mut Context<'a>) -> Option<Test> {
    let mut checker = Checker {
        values: Scope::of_constants(),
        checked,
        context,
        given: Vec::new(),
        expectations: Vec::new(),
    };
    checker.values.place = Place::Test;
    for line in &tree.lines {
        checker.line(line);
    }
    let Checker {
        given, expectations, ..
    } = checker;
    if tree.lines.is_empty() {
        context.report(
            Diagnostic::error(&syntax::MISSING, tree.head, "this test tries nothing")
                .with_hint("`given { … }` is a row, and `expect …` what must come of it"),
        );
    }
    let name = match &tree.name.as_ref()?.kind {
        tree::ExpressionKind::Literal(Literal::Text(name)) => name.clone(),
        _ => {
            context.report(Diagnostic::error(
                &settings::BAD_SETTING,
                tree.head,
                "the name of a test has no values in it",
            ));
            return None;
        }
    };
    Some(Test {
        name,
        flow: checked.flow.name.clone(),
        given,
        expectations,
        span: tree.span,
    })
}

struct Checker<'c, 'a> {
    /// What the values of a test may use.
    values: Scope<'a>,
    checked: &'c CheckedFlow<'a>,
    context: &'c mut Context<'a>,
    given: Vec<Given>,
    expectations: Vec<Expectation>,
}

impl<'a> Checker<'_, 'a> {
    fn flow(&self) -> &Flow {
        &self.checked.flow
    }

    fn value(&mut self, tree: &tree::Expression) -> Expression {
        Reader::new(&self.values, self.context).expression(tree)
    }

    fn line(&mut self, line: &TestLine) {
        match line {
            TestLine::Given { source, cells, span } => self.given(source.as_ref(), cells, *span),
            TestLine::Rejected { message, span } => {
                let message = message.as_ref().map(|message| self.value(message));
                self.expectations
                    .push(Expectation::Rejected { message, span: *span });
            }
            TestLine::Request {
                method,
                path,
                fields,
                span,
            } => {
                let fields = self.fields(fields);
                let mut reader = Reader::new(&self.values, self.context);
                let path = path
                    .as_ref()
                    .and_then(|path| request::read_path(path, &mut reader));
                if let (Some((method, _)), Some((path, _))) = (*method, path) {
                    self.expectations.push(Expectation::Request {
                        method,
                        path,
                        fields,
                        span: *span,
                    });
                }
            }
            TestLine::Step { name, fields, span } => self.step(name, fields, *span),
            TestLine::Condition {
                condition,
                fuel,
                span,
            } => {
                let condition = Reader::new(&self.checked.scope, self.context).condition(condition);
                let fuel = fuel.as_ref().and_then(|fuel| self.fuel(fuel));
                self.expectations.push(Expectation::Condition {
                    condition,
                    fuel,
                    span: *span,
                });
            }
            TestLine::Broken(_) => {}
        }
    }

    fn given(&mut self, source: Option<&Name>, cells: &[(Name, tree::Expression)], span: Span) {
        let values: Vec<(&Name, Expression)> = cells
            .iter()
            .map(|(name, value)| (name, self.value(value)))
            .collect();
        let used = [&self.flow().source]
            .into_iter()
            .chain(&self.flow().lookups)
            .cloned()
            .collect::<Vec<Arc<str>>>();
        let source = match source {
            None => self.flow().source.clone(),
            Some(name) if used.contains(&name.text) => name.text.clone(),
            Some(name) => {
                let known = || used.iter().map(|name| &**name);
                let problem = Diagnostic::error(
                    &names::UNKNOWN_DECLARATION,
                    name.span,
                    format!("the flow reads no source `{}`", name.text),
                )
                .with_note(format!("it reads: {}", listed(known())));
                self.context.report(with_nearest(problem, &name.text, known()));
                return;
            }
        };
        let Some(SourceColumns::Known { header, .. }) = self.context.columns(&source) else {
            return;
        };
        let mut filled = Vec::new();
        for (name, value) in values {
            match header.index_of(&name.text) {
                Some(index) if filled.iter().any(|(other, _)| *other == index) => {
                    self.context.report(Diagnostic::error(
                        &names::DUPLICATE,
                        name.span,
                        format!("the row has two cells `{}`", name.text),
                    ));
                }
                Some(index) => filled.push((index, value)),
                None => {
                    let problem = Diagnostic::error(
                        &names::UNKNOWN_NAME,
                        name.span,
                        format!("there is no column `{}` in `{source}`", name.text),
                    )
                    .with_note(super::sources::columns_note(header));
                    let known = header.columns.iter().map(|column| &**column);
                    self.context.report(with_nearest(problem, &name.text, known));
                }
            }
        }
        self.given.push(Given {
            source,
            cells: filled,
            span,
        });
    }

    fn fields(&mut self, lines: &[tree::Binding]) -> Vec<ExpectedField> {
        lines
            .iter()
            .filter_map(|line| {
                let value = self.value(&line.value);
                Some(ExpectedField {
                    name: request::form_name(&line.path)?,
                    value,
                    span: line.path.span,
                })
            })
            .collect()
    }

    fn step(&mut self, name: &Name, fields: &[tree::Binding], span: Span) {
        let fields = self.fields(fields);
        let steps: Vec<(usize, Arc<str>, &'static str, Vec<String>)> = self
            .flow()
            .steps()
            .map(|step| {
                let bound = step.bindings.iter().map(|binding| binding.name.clone()).collect();
                (step.index, step.name.clone(), step.resource, bound)
            })
            .collect();
        let by_name = steps.iter().find(|(_, step, ..)| *step == name.text);
        let mut of_resource = steps
            .iter()
            .filter(|(_, _, resource, _)| *resource == &*name.text);
        let found = match (by_name, of_resource.next(), of_resource.next()) {
            (Some(step), ..) | (None, Some(step), None) => step,
            (None, Some(_), Some(_)) => {
                self.context.report(
                    Diagnostic::error(
                        &names::UNKNOWN_NAME,
                        name.span,
                        format!("several steps of the flow are about `{}`", name.text),
                    )
                    .with_hint("name the step with `as`, and expect it by that name"),
                );
                return;
            }
            (None, None, _) => {
                let known = || steps.iter().map(|(_, step, ..)| &**step);
                let problem = Diagnostic::error(
                    &names::UNKNOWN_NAME,
                    name.span,
                    format!("the flow has no step `{}`", name.text),
                )
                .with_note(format!("steps: {}", listed(known())));
                self.context.report(with_nearest(problem, &name.text, known()));
                return;
            }
        };
        for field in &fields {
            self.check_field(field, &found.3);
        }
        self.expectations.push(Expectation::Step {
            step: found.0,
            fields,
            span,
        });
    }

    /// Reports a field that the step never binds, so that no record could meet the test.
    fn check_field(&mut self, field: &ExpectedField, bound: &[String]) {
        let holds = |one: &str, other: &str| {
            one == other || one.strip_prefix(other).is_some_and(|rest| rest.starts_with('['))
        };
        let is_bound = bound
            .iter()
            .any(|name| holds(name, &field.name) || holds(&field.name, name));
        let is_null = field.value.value_type == crate::model::Type::Null;
        if is_bound || is_null {
            return;
        }
        let known: Vec<String> = bound
            .iter()
            .map(|name| crate::model::Form::flow_path(name))
            .collect();
        let path = crate::model::Form::flow_path(&field.name);
        let problem = Diagnostic::error(
            &names::UNKNOWN_FIELD,
            field.span,
            format!("the step does not bind `{path}`"),
        );
        self.context
            .report(with_nearest(problem, &path, known.iter().map(String::as_str)));
    }

    fn fuel(&mut self, tree: &tree::Expression) -> Option<u64> {
        let fuel = match &tree.kind {
            tree::ExpressionKind::Literal(Literal::Integer(fuel)) => {
                u64::try_from(*fuel).ok().filter(|fuel| *fuel > 0)
            }
            tree::ExpressionKind::Broken(_) => return None,
            _ => None,
        };
        if fuel.is_none() {
            self.context.report(
                Diagnostic::error(&settings::BAD_SETTING, tree.span, "this is no amount of fuel")
                    .labelled("expected a whole number from 1"),
            );
        }
        fuel
    }
}
