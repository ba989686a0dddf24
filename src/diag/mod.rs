//! Diagnostics: source texts, spans, problems with codes and hints, and how they are shown.
//!
//! A [`Diagnostic`] is a value. Terminals, JSON and editors show the same one. This room knows no
//! language: codes are defined by the rooms that raise them.

mod conceal;
mod diagnostic;
mod render;
mod sources;

pub use conceal::conceal;
pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use render::{Style, render_human, render_json};
pub use sources::{FileId, Position, Sources, Span};
