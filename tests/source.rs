//! Sheets to rows, over real files.

use std::path::Path;

use expect_test::{Expect, expect};
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

/// Writes `content` to a file, reads it as CSV, and compares what is read.
fn check_csv(content: impl AsRef<[u8]>, expected: Expect) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("a.csv"), content).expect("a file can be written");
    expected.assert_eq(&read(&csv("a.csv"), folder.path()));
}

#[test]
fn csv_rows_know_their_physical_lines() {
    check_csv(
        "Name,Note\r\n\r\nAnn,\"two\r\nlines\"\r\n,\r\nBob,x\r\n",
        expect![[r#"
            1: Name | Note
            3: Text("Ann") | Text("two\r\nlines")
            6: Text("Bob") | Text("x")
        "#]],
    );
}
