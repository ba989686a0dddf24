use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, FileId, Severity, Sources};

/// Whether terminal colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// ANSI colours.
    Colour,
    /// Plain text.
    Plain,
}

/// Shows diagnostics to a person, one paragraph each, in the order of files and places.
pub fn render_human(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Colour => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&groups(diagnostic, sources)));
        text.push_str("\n\n");
    }
    text
}

fn groups<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.id);
    let mut group = Group::with_title(title);
    for (file, labels) in labels_by_file(diagnostic) {
        let annotations = labels.into_iter().map(|(index, label)| {
            let kind = if index == 0 {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let range = label.span.start as usize..label.span.end as usize;
            let annotation = kind.span(range);
            if label.text.is_empty() {
                annotation
            } else {
                annotation.label(label.text.as_str())
            }
        });
        group = group.element(
            Snippet::source(sources.text(file))
                .path(sources.path(file))
                .fold(true)
                .annotations(annotations),
        );
    }
    if let Some(place) = &diagnostic.data {
        group = group.element(annotate_snippets::Origin::path(place.as_str()));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    vec![group]
}

/// Groups labels by file, the primary label's file first; each label keeps its index.
fn labels_by_file(diagnostic: &Diagnostic) -> Vec<(FileId, Vec<(usize, &super::Label)>)> {
    let mut files: Vec<(FileId, Vec<(usize, &super::Label)>)> = Vec::new();
    for (index, label) in diagnostic.labels.iter().enumerate() {
        match files.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, labels)) => labels.push((index, label)),
            None => files.push((label.span.file, vec![(index, label)])),
        }
    }
    files
}

/// Shows diagnostics to a program: a JSON list with 1-based lines and columns and byte offsets.
pub fn render_json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    Value::Array(
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic_json(diagnostic, sources))
            .collect(),
    )
}

fn diagnostic_json(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let span = label.span;
            json!({
                "file": sources.path(span.file),
                "start": sources.position(span.file, span.start),
                "end": sources.position(span.file, span.end),
                "bytes": [span.start, span.end],
                "text": label.text,
            })
        })
        .collect();
    json!({
        "severity": diagnostic.severity,
        "code": diagnostic.code.id,
        "title": diagnostic.code.title,
        "message": diagnostic.message,
        "labels": labels,
        "data": diagnostic.data,
        "notes": diagnostic.notes,
        "hints": diagnostic.hints,
    })
}

#[cfg(test)]
mod tests {
    use super::{Style, render_human, render_json};
    use crate::diag::{Code, Diagnostic, Sources, Span};

    static CODE: Code = Code {
        id: "E9999",
        title: "unknown column",
        explanation: "",
    };

    fn example() -> (Sources, Diagnostic) {
        let mut sources = Sources::default();
        let file = sources.add("a.flow", "email = Emial\n");
        let diagnostic = Diagnostic::error(
            &CODE,
            Span {
                file,
                start: 8,
                end: 13,
            },
            "no column `Emial`",
        )
        .labelled("not in the sheet")
        .with_hint("did you mean `Email`?");
        (sources, diagnostic)
    }

    #[test]
    fn people_see_the_place_the_problem_and_the_mend() {
        let (sources, diagnostic) = example();
        let text = render_human(&[diagnostic], &sources, Style::Plain);
        expect_test::expect![[r#"
            error[E9999]: no column `Emial`
             --> a.flow:1:9
              |
            1 | email = Emial
              |         ^^^^^ not in the sheet
              |
              = help: did you mean `Email`?

        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn programs_see_lines_and_columns() {
        let (sources, diagnostic) = example();
        let json = render_json(&[diagnostic], &sources);
        assert_eq!(
            json[0]["labels"][0]["start"],
            serde_json::json!({"line": 1, "column": 9})
        );
        assert_eq!(json[0]["code"], "E9999");
    }
}
