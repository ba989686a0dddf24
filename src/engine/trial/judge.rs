//! What a test expects against what came of its rows.

use crate::diag::{Sources, Span};
use crate::engine::evaluation::FlowEvaluation;
use crate::eval::expected_fields;
use crate::lang::program::{Expectation, ExpectedField, Expression, Fragment, RequestMethod, Step};
use crate::model::{Form, FormValue};
use crate::plugin::Measured;

use super::failure::{Failure, FieldFailure, ShownStage};
use super::record::{Tried, TriedStep, Way};
use super::sent::{Sent, sent};
use super::shown::shown_stages;

/// How many facts of one kind are told.
const TOLD: usize = 5;

/// Decides about the expectations of one test.
pub(super) struct Judge<'a> {
    pub(super) texts: &'a Sources,
    pub(super) evaluation: &'a FlowEvaluation,
    pub(super) measured: &'a Measured,
    pub(super) tried: &'a [Tried],
}

/// A field that is wanted, by Stripe's own name; without a text it must not be sent.
struct Wanted {
    name: String,
    text: Option<String>,
}

/// A step that a record gets to.
type Candidate<'a> = (&'a Tried, &'a TriedStep);

impl Judge<'_> {
    /// Gives what is wrong; none when all is as expected.
    pub(super) fn judge(&self, expectation: &Expectation) -> Option<Failure> {
        let judged = match expectation {
            Expectation::Step { step, fields, span } => self.judge_step(*step, fields, *span),
            Expectation::Rejected { message, span } => self.judge_rejected(message.as_ref(), *span),
            Expectation::Request {
                method,
                path,
                fields,
                span,
            } => self.judge_request((*method, path), fields, *span),
            Expectation::Condition {
                condition,
                fuel,
                span,
            } => self.judge_condition(condition, *fuel, *span),
        };
        judged.err()
    }

    fn judge_step(&self, index: usize, fields: &[ExpectedField], span: Span) -> Result<(), Failure> {
        let Some(step) = self.step(index) else {
            return Err(Failure::new(span, "the flow has no such step"));
        };
        let candidates: Vec<Candidate<'_>> = self
            .candidates()
            .filter(|(_, tried)| tried.step == index)
            .collect();
        if candidates.is_empty() {
            let message = format!("no record gets to the step `{}`", step.name);
            return Err(Failure::new(span, message).with_notes(self.circumstances()));
        }
        let message = format!("the step `{}` asks for something else", step.name);
        self.judge_fields(&candidates, fields, Failure::new(span, message))
    }

    /// Looks for a candidate that has all fields. The failure is filled with what is wrong with the nearest one.
    fn judge_fields(
        &self,
        candidates: &[Candidate<'_>],
        fields: &[ExpectedField],
        failure: Failure,
    ) -> Result<(), Failure> {
        let mut nearest: Option<(Candidate<'_>, Vec<FieldFailure>)> = None;
        for candidate in candidates {
            let wrong = self.wrong_fields(candidate, fields)?;
            if wrong.is_empty() {
                return Ok(());
            }
            if nearest
                .as_ref()
                .is_none_or(|(_, least)| wrong.len() < least.len())
            {
                nearest = Some((*candidate, wrong));
            }
        }
        let Some(((tried, step), wrong)) = nearest else {
            return Err(failure);
        };
        let mut notes = Vec::new();
        if candidates.len() > 1 {
            notes.push(format!(
                "none of {} has all of it; the nearest is that of {}",
                candidates.len(),
                self.place(tried, step)
            ));
        }
        notes.extend(self.rejections());
        Err(failure.with_fields(wrong).with_notes(notes))
    }

    /// Gives the place of the record, or of the line that the step is about.
    fn place(&self, tried: &Tried, step: &TriedStep) -> String {
        match step.line.and_then(|line| tried.lines.get(line)) {
            Some(line) => self.evaluation.place(std::slice::from_ref(line)),
            None => tried.place.clone(),
        }
    }

    fn wrong_fields(
        &self,
        (tried, tried_step): &Candidate<'_>,
        fields: &[ExpectedField],
    ) -> Result<Vec<FieldFailure>, Failure> {
        let Some(step) = self.step(tried_step.step) else {
            return Ok(Vec::new());
        };
        let mut wrong = Vec::new();
        for field in fields {
            for wanted in self.wanted(step, field)? {
                if let Some(found) = found_instead(&tried_step.desired.form, &wanted) {
                    wrong.push(FieldFailure {
                        field: Form::flow_path(&wanted.name),
                        span: field.span,
                        expected: match &wanted.text {
                            Some(text) => format!("{text:?}"),
                            None => "nothing".to_owned(),
                        },
                        found,
                        stages: self.stages_of_field(tried, (step, tried_step), &wanted.name),
                    });
                }
            }
        }
        Ok(wrong)
    }

    fn wanted(&self, step: &Step, field: &ExpectedField) -> Result<Vec<Wanted>, Failure> {
        let unwritable = |message| {
            Failure::new(
                field.value.span,
                format!("the expected value can't be computed: {message}"),
            )
        };
        let value = self.evaluation.constant(&field.value).map_err(unwritable)?;
        let fields = expected_fields(step, &field.name, &value).map_err(unwritable)?;
        Ok(fields
            .into_iter()
            .map(|(name, text)| Wanted { name, text })
            .collect())
    }

    /// Gives the stages of what a step binds to a field.
    fn stages_of_field(
        &self,
        tried: &Tried,
        (step, tried_step): (&Step, &TriedStep),
        name: &str,
    ) -> Vec<ShownStage> {
        let holds = |bound: &str| {
            name.strip_prefix(bound)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        let Some(binding) = step.bindings.iter().find(|binding| holds(&binding.name)) else {
            return Vec::new();
        };
        let line = tried_step.line;
        match Way::through(self.evaluation, &tried.lines, Some((step.index, line))) {
            Ok(way) => shown_stages(&way.walk.stages(&binding.value, line, &way.objects), self.texts),
            Err(_) => Vec::new(),
        }
    }

    fn judge_rejected(&self, message: Option<&Expression>, span: Span) -> Result<(), Failure> {
        let mut rejections = self
            .tried
            .iter()
            .filter_map(|tried| tried.outcome.as_ref().err())
            .peekable();
        let Some(first) = rejections.peek().copied() else {
            let places = self
                .tried
                .iter()
                .map(|tried| format!("{} goes through", tried.place));
            let failure = Failure::new(span, "no record is rejected");
            return Err(match self.tried.is_empty() {
                true => failure.with_notes(self.circumstances()),
                false => failure.with_notes(places.take(TOLD).collect()),
            });
        };
        let Some(message) = message else {
            return Ok(());
        };
        let expected = match self.evaluation.constant(message) {
            Ok(value) => value.to_string(),
            Err(why) => {
                return Err(Failure::new(
                    message.span,
                    format!("this text has no value: {why}"),
                ));
            }
        };
        if rejections.any(|rejection| rejection.message.contains(&expected)) {
            return Ok(());
        }
        let field = FieldFailure {
            field: "rejected".to_owned(),
            span: message.span,
            expected: format!("{expected:?}"),
            found: format!("{:?}", first.message),
            stages: Vec::new(),
        };
        Err(Failure::new(span, "no record is rejected with this text")
            .with_fields(vec![field])
            .with_notes(self.rejections()))
    }

    fn judge_request(
        &self,
        (method, path): (RequestMethod, &[Fragment]),
        fields: &[ExpectedField],
        span: Span,
    ) -> Result<(), Failure> {
        let path = self.path(path)?;
        let requests: Vec<(Candidate<'_>, Sent)> = self
            .candidates()
            .filter_map(|candidate| {
                let step = self.step(candidate.1.step)?;
                Some((candidate, sent(step, candidate.1)?))
            })
            .collect();
        let matching: Vec<Candidate<'_>> = requests
            .iter()
            .filter(|(_, sent)| sent.is_known && sent.method == method.as_str() && sent.path == path)
            .map(|(candidate, _)| *candidate)
            .collect();
        let request = format!("{} {path}", method.as_str());
        if matching.is_empty() {
            let failure = Failure::new(span, format!("no record sends `{request}`"));
            return Err(failure.with_notes(self.requests_told(requests.into_iter().map(|(_, sent)| sent))));
        }
        let failure = Failure::new(span, format!("`{request}` is sent with something else"));
        self.judge_fields(&matching, fields, failure)
    }

    fn path(&self, path: &[Fragment]) -> Result<String, Failure> {
        let mut text = String::new();
        for fragment in path {
            match fragment {
                Fragment::Text(part) => text.push_str(part),
                Fragment::Value(value) => {
                    let part = self.evaluation.constant(value).map_err(|message| {
                        Failure::new(
                            value.span,
                            format!("this part of the path has no value: {message}"),
                        )
                    })?;
                    text.push_str(&part.to_string());
                }
            }
        }
        Ok(text)
    }

    fn requests_told(&self, requests: impl Iterator<Item = Sent>) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        for sent in requests {
            let unknown = match sent.is_known {
                true => "",
                false => ", and only Stripe can answer what the path holds",
            };
            let note = format!("sent: `{} {}`{unknown}", sent.method, sent.path);
            if !notes.contains(&note) && notes.len() < TOLD {
                notes.push(note);
            }
        }
        match notes.is_empty() {
            true => self.circumstances(),
            false => notes.into_iter().chain(self.rejections()).collect(),
        }
    }

    fn step(&self, index: usize) -> Option<&Step> {
        self.evaluation.flow.steps().find(|step| step.index == index)
    }

    /// Walks over all steps that records get to.
    fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.tried.iter().flat_map(|tried| {
            let steps = tried.outcome.as_deref().unwrap_or_default();
            steps.iter().map(move |step| (tried, step))
        })
    }

    fn rejections(&self) -> Vec<String> {
        self.tried
            .iter()
            .filter_map(|tried| tried.outcome.as_ref().err())
            .map(|rejection| format!("rejected: {}: {}", rejection.place, rejection.message))
            .take(TOLD)
            .collect()
    }

    /// Says why nothing may have come: nothing was taken, all was rejected, or nobody knows.
    pub(super) fn circumstances(&self) -> Vec<String> {
        let mut notes = self.rejections();
        if self.tried.is_empty() {
            notes.push(format!(
                "the flow `{}` takes none of the rows that are given",
                self.evaluation.flow.name
            ));
        }
        if self.tried.iter().any(|tried| tried.is_open) {
            notes.push(
                "the condition of an `if` depends on what Stripe answers, so its steps are not tried"
                    .to_owned(),
            );
        }
        notes
    }
}

/// Tells what a form has instead of what is wanted; none when it has just that.
fn found_instead(form: &Form, wanted: &Wanted) -> Option<String> {
    let below = format!("{}[", wanted.name);
    match (form.get(&wanted.name), &wanted.text) {
        (Some(FormValue::Text(found)), Some(text)) if found == text => None,
        (Some(FormValue::Text(found)), _) => Some(format!("{found:?}")),
        (Some(FormValue::Unknown), _) => Some("what only Stripe can answer".to_owned()),
        (None, _) if form.iter().any(|(name, _)| name.starts_with(&below)) => {
            Some("several values below that name".to_owned())
        }
        (None, Some(_)) => Some("nothing".to_owned()),
        (None, None) => None,
    }
}
