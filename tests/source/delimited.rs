use expect_test::{Expect, expect};
use sheetflow::model::{ColumnFormat, SourceKind, TextEncoding};

use super::{check, csv, declare, fixtures, folder_with, read};

fn check_csv(content: impl AsRef<[u8]>, expected: &Expect) {
    let folder = folder_with("a.csv", content);
    check(&csv("a.csv"), folder.path(), expected);
}

#[test]
fn rows_know_their_physical_lines() {
    check_csv(
        "Name,Note\r\n\r\nAnn,\"two\r\nlines\"\r\n,\r\nBob,x\r\n",
        &expect![[r#"
            1: Name | Note
            3: Text("Ann") | Text("two\r\nlines")
            6: Text("Bob") | Text("x")
        "#]],
    );
    check_csv(
        "Name\rAnn\r\rBob",
        &expect![[r#"
        1: Name
        2: Text("Ann")
        4: Text("Bob")
    "#]],
    );
}

#[test]
fn short_rows_have_empty_cells_and_long_rows_are_rejected_whole() {
    check_csv(
        "a,b,c\n1\n1,2,3,,\n1,2,3,4\n5,6,7\n",
        &expect![[r#"
        1: a | b | c
        2: Text("1") | Null | Null
        3: Text("1") | Text("2") | Text("3")
        4: !! the row has 4 fields, the header has 3 | !! the row has 4 fields, the header has 3 | !! the row has 4 fields, the header has 3
        5: Text("5") | Text("6") | Text("7")
    "#]],
    );
}

#[test]
fn a_quote_that_is_never_closed_ends_the_rows_with_its_line() {
    check_csv(
        "a,b\n1,2\n\"3,4\n5,6\n",
        &expect![[r#"
        `a.csv`, line 3: a quote opens in this row and is never closed
    "#]],
    );
}

#[test]
fn quotes_follow_the_rules_of_the_format() {
    check_csv(
        "a,b\n\"say \"\"hi\"\"\",5\" pipe\n",
        &expect![[r#"
        1: a | b
        2: Text("say \"hi\"") | Text("5\" pipe")
    "#]],
    );
}

#[test]
fn an_empty_file_has_no_columns() {
    check_csv(
        "",
        &expect![[r#"
        `a.csv` has no row with column names: it is empty
    "#]],
    );
    check_csv(
        "\n\n , \n",
        &expect![[r#"
        `a.csv` has no row with column names: it is empty
    "#]],
    );
}

#[test]
fn a_header_alone_has_no_rows() {
    check_csv(
        "Name,Email",
        &expect![[r#"
        1: Name | Email
    "#]],
    );
}

#[test]
fn names_are_trimmed_unique_and_made_up_where_there_is_data() {
    check_csv(
        " Name ,Name,,\nAnn,B,,x\n",
        &expect![[r#"
        1: Name | Name (2) | Column D
        2: Text("Ann") | Text("B") | Text("x")
    "#]],
    );
}

#[test]
fn the_header_may_stand_on_a_later_line() {
    let folder = folder_with("a.csv", "Export of \"May\nby Ann\n\nName,Due\nx,1\n");
    for line in [4, 3, 9] {
        let mut spec = csv("a.csv");
        if let SourceKind::Csv { header, .. } = &mut spec.kind {
            *header = Some(line);
        }
        match line {
            4 => check(
                &spec,
                folder.path(),
                &expect![[r#"
                4: Name | Due
                5: Text("x") | Text("1")
            "#]],
            ),
            3 => check(
                &spec,
                folder.path(),
                &expect![[r#"
                `a.csv` has no row with column names: row 3 is empty
            "#]],
            ),
            _ => check(
                &spec,
                folder.path(),
                &expect![[r#"
                    `a.csv` has no row with column names: there is no row 9
                "#]],
            ),
        }
    }
}

#[test]
fn zero_bytes_break_their_cell_only() {
    check_csv(
        "a,b\nx\0y,2\n",
        &expect![[r#"
        1: a | b
        2: !! the text holds a NUL character | Text("2")
    "#]],
    );
}

#[test]
fn bytes_that_are_not_utf_8_break_their_cell_when_the_file_is_utf_8_else() {
    check_csv(
        b"a,b\nM\xC3\xBCller,1\nM\xFCller,2\n",
        &expect![[r#"
        1: a | b
        2: Text("Müller") | Text("1")
        3: !! `M�ller` is not valid UTF-8 | Text("2")
    "#]],
    );
}

#[test]
fn every_encoding_gives_the_same_rows() {
    let wanted = read(&csv("windows-1252.csv"), &fixtures());
    expect![[r#"
        1: Name | City | Amount
        2: Text("Jürgen") | Text("Zürich") | Text("1.234,50")
        3: Text("Zoë") | Text("Tromsø") | Text("0,99")
    "#]]
    .assert_eq(&wanted);
    for file in ["utf-16.csv", "utf-16-no-mark.csv", "utf-8-mark.csv"] {
        assert_eq!(read(&csv(file), &fixtures()), wanted, "{file}");
    }
}

#[test]
fn an_encoding_that_is_given_is_obeyed() {
    let mut spec = csv("windows-1252.csv");
    if let SourceKind::Csv { encoding, .. } = &mut spec.kind {
        *encoding = Some(TextEncoding::Utf8);
    }
    check(
        &spec,
        &fixtures(),
        &expect![[r#"
        1: Name | City | Amount
        2: !! `J�rgen` is not valid UTF-8 | !! `Z�rich` is not valid UTF-8 | Text("1.234,50")
        3: !! `Zo�` is not valid UTF-8 | !! `Troms�` is not valid UTF-8 | Text("0,99")
    "#]],
    );
}

#[test]
fn declared_columns_are_read_as_declared() {
    let folder = folder_with(
        "a.csv",
        "Code;Amount;Due;Active\n007;1.234,56;31/01/2026;ja\n8;12.50;2026-01-31;no\n; ;;\n9;12,x; ;NEIN\n",
    );
    let active = ColumnFormat::Boolean {
        yes: "ja".to_owned(),
        no: "nein".to_owned(),
    };
    let spec = declare(
        csv("a.csv"),
        &[
            ("Code", ColumnFormat::Text),
            ("Amount", ColumnFormat::DecimalComma),
            ("Due", ColumnFormat::Date(Some("%d/%m/%Y".to_owned()))),
            ("Active", active),
        ],
    );
    check(
        &spec,
        folder.path(),
        &expect![[r#"
        1: Code | Amount | Due | Active
        2: Text("007") | Decimal(1234.56) | Date(2026-01-31) | Boolean(true)
        3: Text("8") | !! `12.50` is not a decimal; declare the column as decimal | !! `2026-01-31` is not a date of the format `%d/%m/%Y` | !! `no` is neither `ja` nor `nein`
        5: Text("9") | !! `12,x` is not a decimal | Null | Boolean(false)
    "#]],
    );
}

#[test]
fn a_declared_column_that_is_not_there_is_an_error() {
    let folder = folder_with("a.csv", "Name,Amount\nx,1\n");
    let spec = declare(csv("a.csv"), &[("Amuont", ColumnFormat::Decimal)]);
    check(
        &spec,
        folder.path(),
        &expect![[r#"
        `a.csv` has no column `Amuont`; it has `Name`, `Amount`; did you mean `Amount`?
    "#]],
    );
}

#[test]
fn a_missing_file_is_an_error_with_the_nearest_name() {
    let folder = folder_with("customers.csv", "a\n");
    check(
        &csv("custmers.csv"),
        folder.path(),
        &expect![[r#"
        there is no file `custmers.csv`; did you mean `customers.csv`?
    "#]],
    );
    check(
        &csv("no/such/folder.csv"),
        folder.path(),
        &expect![[r#"
        there is no file `no/such/folder.csv`
    "#]],
    );
}

#[test]
fn a_folder_is_no_file() {
    let folder = folder_with("a.csv", "a\n");
    check(
        &csv("."),
        folder.path(),
        &expect![[r#"
            `.` can't be read: is a directory
        "#]],
    );
}
