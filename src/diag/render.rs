use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, FileId, Label, Severity, Sources, conceal};

/// Whether terminal colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// ANSI colours.
    Colour,
    /// Plain text.
    Plain,
}

/// Shows diagnostics to a person, one paragraph each, in the order of files and places. Secret keys are
/// covered, in the lines of the flow too.
pub fn render_human(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Colour => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    let texts: BTreeMap<FileId, Cow<str>> = diagnostics
        .iter()
        .flat_map(|diagnostic| &diagnostic.labels)
        .map(|label| label.span.file)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|file| (file, conceal(sources.text(file))))
        .collect();
    let mut text = String::new();
    for diagnostic in diagnostics {
        let diagnostic = concealed(diagnostic);
        text.push_str(&renderer.render(&[group(&diagnostic, sources, &texts)]));
        text.push_str("\n\n");
    }
    text
}

/// Covers secrets in everything that is said.
fn concealed(diagnostic: &Diagnostic) -> Diagnostic {
    let cover = |text: &String| conceal(text).into_owned();
    Diagnostic {
        severity: diagnostic.severity,
        code: diagnostic.code,
        message: cover(&diagnostic.message),
        labels: diagnostic
            .labels
            .iter()
            .map(|label| Label {
                span: label.span,
                text: cover(&label.text),
            })
            .collect(),
        data: diagnostic.data.as_ref().map(cover),
        notes: diagnostic.notes.iter().map(cover).collect(),
        hints: diagnostic.hints.iter().map(cover).collect(),
    }
}

fn group<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
    texts: &'a BTreeMap<FileId, Cow<'a, str>>,
) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.id);
    let mut group = Group::with_title(title);
    for (file, labels) in labels_by_file(diagnostic) {
        let text = texts.get(&file).map_or("", |text| text);
        group = group.element(snippet(text, &labels).path(sources.path(file)));
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
    group
}

/// Makes a snippet of the lines that the labels touch; the rest of the file is not looked at again.
fn snippet<'a>(text: &'a str, labels: &[(usize, &'a Label)]) -> Snippet<'a, Annotation<'a>> {
    let clamp = |offset: u32| (offset as usize).min(text.len());
    let first = labels
        .iter()
        .map(|(_, label)| clamp(label.span.start))
        .min()
        .unwrap_or(0);
    let last = labels
        .iter()
        .map(|(_, label)| clamp(label.span.end))
        .max()
        .unwrap_or(0);
    let start = text
        .get(..first)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let end = text
        .get(last..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |newline| last + newline);
    let window = text.get(start..end).unwrap_or("");
    let line = text.get(..start).map_or(0, |before| before.matches('\n').count()) + 1;
    let annotations = labels.iter().map(|(index, label)| {
        let kind = if *index == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let place = |offset: u32| clamp(offset).saturating_sub(start).min(window.len());
        let annotation = kind.span(place(label.span.start)..place(label.span.end));
        if label.text.is_empty() {
            annotation
        } else {
            annotation.label(label.text.as_str())
        }
    });
    Snippet::source(window)
        .line_start(line)
        .fold(true)
        .annotations(annotations)
}

/// Groups labels by file, the primary label's file first; each label keeps its index.
fn labels_by_file(diagnostic: &Diagnostic) -> Vec<(FileId, Vec<(usize, &Label)>)> {
    let mut files: Vec<(FileId, Vec<(usize, &Label)>)> = Vec::new();
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
            .map(|diagnostic| diagnostic_json(&concealed(diagnostic), sources))
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
    fn nobody_sees_a_secret_key() {
        let mut sources = Sources::default();
        let file = sources.add("a.flow", "\n\nkey = \"sk_live_51HxAb\"\n");
        let diagnostic = Diagnostic::error(
            &CODE,
            Span {
                file,
                start: 2,
                end: 5,
            },
            "`sk_live_51HxAb` is a key",
        )
        .labelled("rk_test_abc");
        let text = render_human(std::slice::from_ref(&diagnostic), &sources, Style::Plain);
        expect_test::expect![[r#"
            error[E9999]: `sk_live_******` is a key
             --> a.flow:3:1
              |
            3 | key = "sk_live_******"
              | ^^^ rk_test_***

        "#]]
        .assert_eq(&text);
        let json = render_json(&[diagnostic], &sources).to_string();
        assert!(!json.contains("51HxAb") && !json.contains("abc"), "{json}");
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
