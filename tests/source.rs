//! Sheets to rows, over real files.

mod delimited;
mod hostile;
mod json_lines;
mod profiles;
mod workbooks;

use std::path::{Path, PathBuf};

use expect_test::Expect;
use sheetflow::model::{Cell, ColumnDeclaration, ColumnFormat, SourceKind, SourceSpec};
use sheetflow::source::{self, SourceError};

fn csv(path: &str) -> SourceSpec {
    spec(SourceKind::Csv {
        path: path.to_owned(),
        delimiter: None,
        quote: None,
        encoding: None,
        header: None,
    })
}

fn workbook(path: &str) -> SourceSpec {
    spec(SourceKind::Workbook {
        path: path.to_owned(),
        sheet: None,
        range: None,
        header: None,
    })
}

fn json_lines(path: &str) -> SourceSpec {
    spec(SourceKind::JsonLines {
        path: path.to_owned(),
    })
}

fn spec(kind: SourceKind) -> SourceSpec {
    SourceSpec {
        name: "lines".into(),
        kind,
        columns: Vec::new(),
    }
}

fn declare(mut spec: SourceSpec, columns: &[(&str, ColumnFormat)]) -> SourceSpec {
    for (name, format) in columns {
        spec.columns.push(ColumnDeclaration {
            name: (*name).into(),
            format: format.clone(),
        });
    }
    spec
}

/// Reads a source and writes one line for its header and one for each row.
fn read(spec: &SourceSpec, base: &Path) -> String {
    match try_read(spec, base) {
        Ok(text) => text,
        Err(error) => format!("{error}\n"),
    }
}

fn try_read(spec: &SourceSpec, base: &Path) -> Result<String, SourceError> {
    let source = source::open(spec, base)?;
    let header = source.header();
    let mut text = format!("{}: {}\n", header.row, header.columns.join(" | "));
    for row in source.rows() {
        let row = row?;
        let cells: Vec<String> = row.cells.iter().map(show).collect();
        text.push_str(&format!("{}: {}\n", row.number, cells.join(" | ")));
    }
    Ok(text)
}

fn show(cell: &Cell) -> String {
    match cell {
        Cell::Value(value) => format!("{value:?}"),
        Cell::Broken(problem) => format!("!! {problem}"),
    }
}

/// Reads a source and compares what is read.
#[track_caller]
fn check(spec: &SourceSpec, base: &Path, expected: &Expect) {
    expected.assert_eq(&read(spec, base));
}

/// Makes a folder with one file in it.
fn folder_with(name: &str, content: impl AsRef<[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join(name), content).expect("a file can be written");
    folder
}

/// The folder of the sheets that real programs wrote.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sheets")
}

/// The folder of the examples.
fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

#[test]
fn the_fingerprint_is_that_of_the_content() {
    let folder = folder_with("a.csv", "Name\nAnn\n");
    let fingerprint = || source::fingerprint(&csv("a.csv"), folder.path()).expect("the file is there");
    let before = fingerprint();
    std::fs::write(folder.path().join("a.csv"), "Name\nAnn\n").expect("a file can be written");
    assert_eq!(fingerprint(), before);
    std::fs::write(folder.path().join("a.csv"), "Name\nBob\n").expect("a file can be written");
    assert_ne!(fingerprint(), before);
    assert!(source::fingerprint(&csv("b.csv"), folder.path()).is_err());
}
