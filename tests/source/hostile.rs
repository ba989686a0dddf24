//! Files that are broken or mean harm: nothing panics, nothing hangs, no row is lost in silence.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use expect_test::{Expect, expect};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use sheetflow::model::{Cell, SourceSpec, Value};
use sheetflow::source;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{check, csv, fixtures, folder_with, json_lines, read, workbook};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).expect("the fixture is there")
}

/// Packs a workbook again, with one part changed.
fn with_part(workbook: &[u8], wanted: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).expect("the fixture is a ZIP file");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("the part is there");
        let name = part.name().expect("the name is text").into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("the part is whole");
        if name == wanted {
            content = change(content);
        }
        writer
            .start_file(name, SimpleFileOptions::default())
            .expect("a part can be started");
        writer.write_all(&content).expect("a part can be written");
    }
    writer.finish().expect("an archive can be finished").into_inner()
}

fn replaced(from: &'static str, to: &str) -> impl Fn(Vec<u8>) -> Vec<u8> {
    let to = to.to_owned();
    move |content| {
        let text = String::from_utf8(content).expect("the part is text");
        assert!(text.contains(from), "the part has {from}");
        text.replacen(from, &to, 1).into_bytes()
    }
}

/// Reads to the end, or to the first error, and gives the number of rows.
fn count(spec: &SourceSpec, base: &Path) -> usize {
    match source::open(spec, base) {
        Ok(source) => source.rows().count(),
        Err(_) => 0,
    }
}

fn check_workbook(content: Vec<u8>, expected: &Expect) {
    let folder = folder_with("a.xlsx", content);
    check(&workbook("a.xlsx"), folder.path(), expected);
}

#[test]
fn a_workbook_that_claims_billions_of_texts_is_refused() {
    let content = with_part(
        &fixture("kinds.xlsx"),
        "xl/sharedStrings.xml",
        replaced("uniqueCount=\"", "uniqueCount=\"99999999999"),
    );
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` can't be read: it claims more texts than it can have
    "#]],
    );
}

#[test]
fn a_sheet_that_breaks_off_is_an_error_and_not_its_end() {
    let content = with_part(&fixture("kinds.xlsx"), "xl/worksheets/sheet2.xml", |content| {
        content[..content.len() / 2].to_vec()
    });
    let folder = folder_with("a.xlsx", content);
    let rows = source::open(&workbook("a.xlsx"), folder.path()).map(|source| source.rows().last());
    let problem = match rows {
        Ok(Some(Err(error))) | Err(error) => error.to_string(),
        Ok(_) => "it was read to an end".to_owned(),
    };
    expect!["`a.xlsx` can't be read: sheet Kinds: Xml error: syntax error: tag not closed: `>` not found before end of input"].assert_eq(&problem);
}

#[test]
fn cells_beyond_the_last_column_are_refused() {
    let content = with_part(
        &fixture("kinds.xlsx"),
        "xl/worksheets/sheet2.xml",
        replaced("r=\"C1\"", "r=\"ZZZ1\""),
    );
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` can't be read: it has cells beyond the last row or column that a sheet can have
    "#]],
    );
}

#[test]
fn rows_out_of_order_are_refused() {
    let content = with_part(
        &fixture("kinds.xlsx"),
        "xl/worksheets/sheet2.xml",
        replaced("r=\"A3\"", "r=\"A1\""),
    );
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` can't be read: row 1 stands behind row 2
    "#]],
    );
}

#[test]
fn an_error_value_that_nobody_knows_ends_the_rows_with_its_place() {
    let content = with_part(
        &fixture("kinds.xlsx"),
        "xl/worksheets/sheet2.xml",
        replaced("#N/A", "#NEW!"),
    );
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` can't be read: a cell in row 21 or soon after holds the unknown error `#NEW!`; mend it there
    "#]],
    );
}

#[test]
fn an_open_document_that_breaks_off_is_refused() {
    let content = with_part(&fixture("kinds.ods"), "content.xml", |content| {
        content[..content.len() * 9 / 10].to_vec()
    });
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` can't be read: syntax error: tag not closed: `>` not found before end of input
    "#]],
    );
}

#[test]
fn an_open_document_that_repeats_a_cell_without_end_is_refused() {
    let row = "<table:table-row table:number-rows-repeated=\"1048576\">\
               <table:table-cell table:number-columns-repeated=\"16384\" office:value-type=\"float\" office:value=\"1\"/>\
               </table:table-row></table:table>";
    let content = with_part(
        &fixture("kinds.ods"),
        "content.xml",
        replaced("</table:table>", row),
    );
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` is too large: its sheets have more than 12000000 cells; save it as .xlsx, which is streamed
    "#]],
    );
}

#[test]
fn an_old_workbook_that_claims_too_many_cells_is_refused() {
    let mut content = fixture("kinds.xls");
    let dimensions = [0x00, 0x02, 0x0E, 0x00];
    let at = content
        .windows(4)
        .position(|window| window == dimensions)
        .expect("the sheet says its size");
    content[at + 8..at + 12].fill(0x7F);
    content[at + 14..at + 16].fill(0xFF);
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` can't be read: it claims more cells than a sheet has
    "#]],
    );
}

#[test]
fn an_old_workbook_whose_chain_has_no_end_is_refused() {
    let mut content = fixture("kinds.xls");
    let first_fat = u32::from_le_bytes(content[76..80].try_into().expect("four bytes")) as usize;
    let fat = (first_fat + 1) * 512;
    let directory = u32::from_le_bytes(content[48..52].try_into().expect("four bytes"));
    let entry = fat + directory as usize * 4;
    content[entry..entry + 4].copy_from_slice(&directory.to_le_bytes());
    check_workbook(
        content,
        &expect![[r#"
        `a.xlsx` can't be read: Directory chain includes duplicate sector index 15
    "#]],
    );
}

/// Writes a record with every field in quotes.
fn quoted(fields: &[String]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| format!("\"{}\"", field.replace('"', "\"\"")))
        .collect();
    format!("{}\r\n", fields.join(","))
}

fn texts(cells: &[Cell]) -> Vec<String> {
    cells
        .iter()
        .map(|cell| match cell {
            Cell::Value(Value::Text(text)) => text.to_string(),
            Cell::Value(_) => String::new(),
            Cell::Broken(_) => "\0".to_owned(),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_record_of_a_csv_file_arrives_whole(records in vec(vec("[a-z\",;\r\n \\u{a0}é日]{0,12}", 3), 0..20)) {
        let mut content = "a,b,c\r\n".to_owned();
        for record in &records {
            content.push_str(&quoted(record));
        }
        let folder = folder_with("a.csv", content);
        let mut spec = csv("a.csv");
        if let sheetflow::model::SourceKind::Csv { delimiter, .. } = &mut spec.kind {
            *delimiter = Some(',');
        }
        let wanted: Vec<Vec<String>> = records
            .into_iter()
            .filter(|record| record.iter().any(|field| !field.trim().is_empty()))
            .collect();
        let rows = source::open(&spec, folder.path()).expect("there is a header").rows();
        let found: Vec<Vec<String>> = rows.map(|row| texts(&row.expect("it can be read").cells)).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn every_line_of_a_csv_file_without_quotes_is_a_row(lines in vec("[a-c,;.0-9]{0,12}", 0..150)) {
        let folder = folder_with("a.csv", format!("x,y\n{}", lines.join("\n")));
        let wanted = lines.iter().filter(|line| line.contains(|letter| letter != ',')).count();
        let mut spec = csv("a.csv");
        if let sheetflow::model::SourceKind::Csv { delimiter, .. } = &mut spec.kind {
            *delimiter = Some(',');
        }
        prop_assert_eq!(count(&spec, folder.path()), wanted);
    }

    #[test]
    fn every_line_of_json_is_a_row(lines in vec("(\\{\"a\": [0-9]{1,30}\\}|[a-z\\[\\]{}\", ]{0,12})", 0..150)) {
        let folder = folder_with("a.jsonl", lines.join("\n"));
        let wanted = lines.iter().filter(|line| !line.trim().is_empty()).count();
        prop_assert_eq!(count(&json_lines("a.jsonl"), folder.path()), wanted);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(content in vec(any::<u8>(), 0..400)) {
        let folder = folder_with("a", content);
        for spec in [csv("a"), json_lines("a"), workbook("a")] {
            count(&spec, folder.path());
            drop(source::profile(&spec, folder.path(), 3));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_change_of_a_workbooks_bytes_makes_its_reader_hang(
        changes in vec((any::<u32>(), any::<u8>()), 1..6),
    ) {
        let change = |mut content: Vec<u8>| {
            for (at, byte) in &changes {
                let at = *at as usize % content.len();
                content[at] = *byte;
            }
            content
        };
        let parts = [
            ("kinds.xlsx", "xl/worksheets/sheet2.xml"),
            ("kinds.xlsx", "xl/sharedStrings.xml"),
            ("kinds.xlsx", "xl/workbook.xml"),
            ("kinds.xlsx", "xl/styles.xml"),
            ("kinds.ods", "content.xml"),
        ];
        for (file, part) in parts {
            let folder = folder_with("a", with_part(&fixture(file), part, change));
            count(&workbook("a"), folder.path());
        }
        for file in ["kinds.xlsx", "kinds.ods", "kinds.xls"] {
            let folder = folder_with("a", change(fixture(file)));
            count(&workbook("a"), folder.path());
        }
    }
}

#[test]
fn a_very_long_field_is_an_error_and_not_a_swallowed_file() {
    let content = format!("a,b\n1,2\n\"{}\n", "x,y\n".repeat(5_000_000));
    let folder = folder_with("a.csv", content);
    let found = read(&csv("a.csv"), folder.path());
    expect![[r#"
        `a.csv` is too large: the row that starts in line 3 has more than 16 MB; a quote may be open there
    "#]]
    .assert_eq(&found);
}
