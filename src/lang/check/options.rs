//! Reading what is written out where it stands: texts, numbers, durations.

use std::time::Duration;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::settings as codes;
use crate::lang::syntax::{Argument, Expression, ExpressionKind, Literal};

/// Reads settings and options, and keeps what is wrong with them.
pub(super) struct Options<'d> {
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
}

impl Options<'_> {
    /// Reports a value that `name` can't have. Nothing is said of what is broken already.
    pub(super) fn refuse(&mut self, name: &str, value: &Expression, expected: &str) {
        if matches!(value.kind, ExpressionKind::Broken(_)) {
            return;
        }
        self.refuse_at(name, value.span, expected);
    }

    pub(super) fn refuse_at(&mut self, name: &str, span: Span, expected: &str) {
        self.diagnostics.push(
            Diagnostic::error(
                &codes::BAD_SETTING,
                span,
                format!("the value of `{name}` does not fit"),
            )
            .labelled(format!("expected {expected}")),
        );
    }

    pub(super) fn text(&mut self, name: &str, value: &Expression) -> Option<String> {
        let text = literal_text(value).map(str::to_owned);
        if text.is_none() {
            self.refuse(name, value, "a text in quotes");
        }
        text
    }

    pub(super) fn duration(&mut self, name: &str, value: &Expression) -> Option<Duration> {
        match &value.kind {
            ExpressionKind::Literal(Literal::Duration(duration)) if !duration.is_zero() => Some(*duration),
            _ => {
                self.refuse(name, value, "a duration, such as `30s`");
                None
            }
        }
    }

    pub(super) fn rate(&mut self, name: &str, value: &Expression) -> Option<u32> {
        match &value.kind {
            ExpressionKind::Literal(Literal::Rate(rate)) if *rate > 0 => Some(*rate),
            _ => {
                self.refuse(name, value, "a rate, such as `20/s`");
                None
            }
        }
    }

    /// Reads a whole number from 1.
    pub(super) fn count(&mut self, name: &str, value: &Expression) -> Option<u32> {
        if let ExpressionKind::Literal(Literal::Integer(number)) = &value.kind
            && let Ok(count) = u32::try_from(*number)
            && count > 0
        {
            return Some(count);
        }
        self.refuse(name, value, "a whole number from 1");
        None
    }

    /// Reads a text of one character.
    pub(super) fn character(&mut self, name: &str, value: &Expression) -> Option<char> {
        let mut letters = literal_text(value).unwrap_or("").chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Some(letter),
            _ => {
                self.refuse(name, value, "a text of one character, such as `\";\"`");
                None
            }
        }
    }

    /// Reports a label where none belongs.
    pub(super) fn no_label(&mut self, argument: &Argument) {
        if let Some(label) = &argument.label {
            self.diagnostics.push(Diagnostic::error(
                &codes::UNKNOWN_SETTING,
                label.span,
                format!("`{}` is no option here", label.text),
            ));
        }
    }
}

/// Gives the text of a literal.
pub(super) fn literal_text(value: &Expression) -> Option<&str> {
    match &value.kind {
        ExpressionKind::Literal(Literal::Text(text)) => Some(text),
        _ => None,
    }
}
