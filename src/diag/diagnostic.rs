use serde::Serialize;

use super::Span;

/// A stable code and the page that `sheetflow explain` shows for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `E0101` for errors, `W0101` for warnings.
    pub id: &'static str,
    /// What went wrong, in a few words, the same for every case.
    pub title: &'static str,
    /// Why it is a problem and how to mend it, with an example, in Markdown.
    pub explanation: &'static str,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// Worth a look; everything runs.
    Warning,
}

/// One problem: where, what is wrong, what was expected, and how it may be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code.
    pub code: &'static Code,
    /// What is wrong, in lower case and without a full stop; the user's text in backticks.
    pub message: String,
    /// Where. The first label is the place itself; the others explain it. Empty for trouble in data.
    pub labels: Vec<Label>,
    /// The file, sheet and cell, when the trouble is in data.
    pub data: Option<String>,
    /// Facts that help, such as the columns that are there.
    pub notes: Vec<String>,
    /// What to do next, such as "did you mean `email`?".
    pub hints: Vec<String>,
}

/// A stretch of a flow and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The stretch.
    pub span: Span,
    /// A few words, or nothing.
    pub text: String,
}

impl Diagnostic {
    /// Makes an error at a place of a flow.
    pub fn error(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            labels: vec![Label {
                span,
                text: String::new(),
            }],
            data: None,
            notes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Makes a warning at a place of a flow.
    pub fn warning(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, span, message)
        }
    }

    /// Makes an error about data, at `place`: a file, or a file with sheet and cell.
    pub fn data_error(code: &'static Code, place: impl Into<String>, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            labels: Vec::new(),
            data: Some(place.into()),
            notes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Says a few words beside the place itself.
    #[must_use]
    pub fn labelled(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.text = text.into();
        }
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
