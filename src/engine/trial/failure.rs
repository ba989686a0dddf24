use crate::diag::{Diagnostic, Span};
use crate::lang::FAILED_TEST;

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The expectation.
    pub span: Span,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// The fields that are not as expected.
    pub fields: Vec<FieldFailure>,
    /// Facts that help, such as the records that are rejected.
    pub notes: Vec<String>,
}

/// A field that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFailure {
    /// The field as a flow writes it, or what a condition compares.
    pub field: String,
    /// Where the test names it.
    pub span: Span,
    /// What was expected, worded to follow "expected".
    pub expected: String,
    /// What was found, worded to follow "found".
    pub found: String,
    /// The value behind each stage of its pipe; empty when it goes through none.
    pub stages: Vec<ShownStage>,
}

/// A value behind one stage of a pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownStage {
    /// The stage as the flow writes it: `Email`, `lower`, `replace("-", "")`.
    pub text: String,
    /// Its value as a flow would write it, or why there is none.
    pub value: String,
}

impl Failure {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Failure {
            span,
            message: message.into(),
            fields: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn with_fields(mut self, fields: Vec<FieldFailure>) -> Self {
        self.fields = fields;
        self
    }

    pub(super) fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    /// Gives the failure as a problem with its place in the test.
    pub fn diagnostic(&self) -> Diagnostic {
        let span = self.fields.first().map_or(self.span, |field| field.span);
        let mut problem = Diagnostic::error(&FAILED_TEST, span, &self.message);
        for (index, field) in self.fields.iter().enumerate() {
            let text = format!("expected {}, found {}", field.expected, field.found);
            problem = match index {
                0 => problem.labelled(text),
                _ => problem.with_label(field.span, text),
            };
        }
        for field in &self.fields {
            if let Some(pipe) = field.pipe() {
                problem = problem.with_note(format!("{}: {pipe}", field.field));
            }
        }
        self.notes.iter().fold(problem, Diagnostic::with_note)
    }
}

impl FieldFailure {
    /// Gives the way of the value through its pipe, in one line: `" Ann " | trim -> "Ann" | lower -> "ann"`; none
    /// when it goes through none.
    pub fn pipe(&self) -> Option<String> {
        let (first, stages) = self.stages.split_first()?;
        let mut pipe = first.value.clone();
        for stage in stages {
            pipe.push_str(&format!(" | {} -> {}", stage.text, stage.value));
        }
        Some(pipe)
    }
}
