//! The rooms of the language, compiled without the rest of the program: its compiler for WebAssembly, its
//! database and its HTTP would take minutes, and nothing of them is run here.

#![allow(dead_code, unused_imports)]

#[path = "../../src/model/mod.rs"]
pub mod model;

#[path = "../../src/diag/mod.rs"]
pub mod diag;

#[path = "../../src/catalog/mod.rs"]
pub mod catalog;

#[path = "../../src/lang/mod.rs"]
pub mod lang;

#[path = "../../src/eval/mod.rs"]
pub mod eval;

use diag::{Diagnostic, Sources};

/// Panics when a problem points outside of its file, or into the middle of a letter.
pub fn check_places(problems: &[Diagnostic], texts: &Sources) {
    for label in problems.iter().flat_map(|problem| &problem.labels) {
        let (start, end) = (label.span.start as usize, label.span.end as usize);
        let text = texts.text(label.span.file);
        assert!(start <= end && text.get(start..end).is_some(), "{label:?}");
    }
}
