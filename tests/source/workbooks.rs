use expect_test::expect;
use sheetflow::model::{CellRange, SourceKind, SourceSpec};
use sheetflow::source;

use super::{check, examples, fixtures, folder_with, read, workbook};

fn with(mut spec: SourceSpec, name: &str, cells: Option<CellRange>, row: Option<u32>) -> SourceSpec {
    if let SourceKind::Workbook {
        sheet, range, header, ..
    } = &mut spec.kind
    {
        *sheet = Some(name.to_owned());
        *range = cells;
        *header = row;
    }
    spec
}

#[test]
fn every_kind_of_cell_is_read_from_xlsx() {
    check(
        &workbook("kinds.xlsx"),
        &fixtures(),
        &expect![[r#"
        1: What | Value | Note
        2: Text("text") | Text("Ann") | Null
        3: Text("text of digits") | Text("007") | Null
        4: Text("text of spaces") | Text("   ") | Null
        5: Text("whole number") | Integer(42) | Null
        6: Text("negative") | Integer(-7) | Null
        7: Text("decimal") | Decimal(19.99) | Null
        8: Text("sum of floats") | Decimal(0.3) | Null
        9: Text("nearly a price") | Decimal(19.99) | Null
        10: Text("percent") | Decimal(0.05) | Null
        11: Text("currency") | Decimal(1234.5) | Null
        12: Text("large") | Integer(123456789012345) | Null
        13: Text("too large") | !! `1.9E18` has lost digits: a workbook's numbers keep 15; format the column as text | Null
        14: Text("day") | Date(2026-01-31) | Null
        15: Text("moment") | Time(2026-01-31T12:10:00Z) | Null
        16: Text("time of day") | Text("08:30:00") | Null
        17: Text("span") | Text("36:30:00") | Null
        18: Text("true") | Boolean(true) | Null
        19: Text("error") | !! the cell holds the error `#DIV/0!` | Null
        20: Text("reference") | !! the cell holds the error `#REF!` | Null
        21: Text("not available") | !! the cell holds the error `#N/A` | Null
        22: Text("formula of text") | Text("ab") | Null
        23: Text("formula of nothing") | Null | Null
        24: Text("empty") | Null | Text("last")
    "#]],
    );
}

#[test]
fn xls_and_ods_give_what_xlsx_gives() {
    expect![[r#""#]].assert_eq(&differences("kinds.xls"));
    expect![[r#"
        -18: Text("true") | Boolean(true) | Null
        +18: Text("true") | Integer(1) | Null
    "#]]
    .assert_eq(&differences("kinds.ods"));
}

/// Gives the lines in which a workbook differs from the same one as XLSX.
fn differences(file: &str) -> String {
    let wanted = read(&workbook("kinds.xlsx"), &fixtures());
    let found = read(&workbook(file), &fixtures());
    assert_eq!(wanted.lines().count(), found.lines().count());
    let pairs = wanted.lines().zip(found.lines());
    pairs
        .filter(|(wanted, found)| wanted != found)
        .map(|(wanted, found)| format!("-{wanted}\n+{found}\n"))
        .collect()
}

#[test]
fn a_table_may_stand_anywhere_in_a_sheet() {
    let below_title = with(workbook("kinds.xlsx"), "Offset", None, Some(6));
    check(
        &below_title,
        &fixtures(),
        &expect![[r#"
        6: Item | net | gross
        7: Text("Bike") | Integer(100) | Integer(119)
        8: Text("Bell") | Integer(5) | Decimal(5.95)
        9: Text("Sum") | Integer(105) | Decimal(124.95)
    "#]],
    );
    let range = CellRange {
        first_row: 4,
        first_column: 2,
        last_row: Some(7),
        last_column: Some(3),
    };
    let mut found = String::new();
    for file in ["kinds.xlsx", "kinds.ods", "kinds.xls"] {
        let ranged = with(workbook(file), "Offset", Some(range), None);
        found.push_str(&read(&ranged, &fixtures()));
    }
    expect![[r#"
        5: Item | Price
        6: Null | Text("net")
        7: Text("Bike") | Integer(100)
        8: Text("Bell") | Integer(5)
        5: Item | Price
        6: Null | Text("net")
        7: Text("Bike") | Integer(100)
        8: Text("Bell") | Integer(5)
        5: Item | Price
        6: Null | Text("net")
        7: Text("Bike") | Integer(100)
        8: Text("Bell") | Integer(5)
    "#]]
    .assert_eq(&found);
}

#[test]
fn addresses_name_the_sheets_own_cells() {
    let spec = with(workbook("kinds.xlsx"), "Offset", None, Some(6));
    let source = source::open(&spec, &fixtures()).expect("the fixture opens");
    let address = source.header().address(7, 1).to_string();
    expect!["kinds.xlsx, sheet Offset, cell D7"].assert_eq(&address);
}

#[test]
fn an_unknown_sheet_is_an_error_that_lists_the_sheets() {
    for file in ["kinds.xlsx", "kinds.xls", "kinds.ods"] {
        let spec = with(workbook(file), "Kind", None, None);
        let error = read(&spec, &fixtures());
        let expected = format!(
            "`{file}` has no sheet `Kind`; it has `Hidden`, `Kinds`, `Offset`; did you mean `Kinds`?\n"
        );
        assert_eq!(error, expected);
    }
}

#[test]
fn a_header_row_that_is_not_there_is_an_error() {
    let spec = with(workbook("kinds.xlsx"), "Offset", None, Some(2));
    check(
        &spec,
        &fixtures(),
        &expect![[r#"
        `kinds.xlsx, sheet Offset` has no row with column names: row 2 is empty
    "#]],
    );
    let spec = with(workbook("kinds.xlsx"), "Offset", None, Some(99));
    check(
        &spec,
        &fixtures(),
        &expect![[r#"
        `kinds.xlsx, sheet Offset` has no row with column names: there is no row 99
    "#]],
    );
}

#[test]
fn the_calendar_of_1904_is_known() {
    check(
        &workbook("calendar-1904.xlsx"),
        &fixtures(),
        &expect![[r#"
        1: Due
        2: Date(2026-01-31)
    "#]],
    );
}

#[test]
fn a_formula_without_a_result_is_not_taken_as_empty() {
    check(
        &workbook("uncomputed.xlsx"),
        &fixtures(),
        &expect![[r#"
        1: Item | Amount
        2: Text("Bike") | !! the formula has no stored result; open the workbook in a spreadsheet program and save it
        3: Text("Bell") | Integer(5)
    "#]],
    );
}

#[test]
fn what_is_no_workbook_is_said() {
    for (content, expected) in [
        (
            b"Name,Email\n".as_slice(),
            expect![[r#"
            `a.xlsx` can't be read: it is no workbook; read delimited text with csv(…)
        "#]],
        ),
        (
            b"",
            expect![[r#"
            `a.xlsx` can't be read: it is empty
        "#]],
        ),
        (
            b"PK\x03\x04 and no more",
            expect![[r#"
            `a.xlsx` can't be read: invalid Zip archive: Could not find EOCD
        "#]],
        ),
        (
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and no more",
            expect![[r#"
                `a.xlsx` can't be read: Invalid CFB file (20 bytes is too small)
            "#]],
        ),
    ] {
        let folder = folder_with("a.xlsx", content);
        check(&workbook("a.xlsx"), folder.path(), &expected);
    }
}

#[test]
fn the_quickstart_has_twelve_customers() {
    check(
        &workbook("quickstart/customers.xlsx"),
        &examples(),
        &expect![[r#"
        1: Customer no | Name | Email | Phone | Street | City | Country | Status
        2: Text("C-1001") | Text("Ann Baker") | Text(" Ann@Example.COM ") | Text("+1 202 555 0101") | Text("12 Elm Street") | Text("Springfield") | Text("us") | Text("active")
        3: Text("C-1002") | Text("Bob Clark") | Text("bob.clark@example.com") | Text("+1 202 555 0102") | Text("98 Oak Avenue") | Text("Portland") | Text("US") | Text("active")
        4: Text("C-1003") | Text("Chloé Dubois") | Text("chloe@example.fr") | Text("+33 1 99 00 01 03") | Text("5 rue des Lilas") | Text("Lyon") | Text("FR") | Text("active")
        5: Text("C-1004") | Text("Dmytro Koval") | Text("d.koval@example.ua") | Text("+380 44 555 0104") | Text("Khreshchatyk 22") | Text("Kyiv") | Text("UA") | Text("active")
        6: Text("C-1005") | Text("Eva Müller") | Text("Eva.Mueller@example.de") | Text("+49 30 5550105") | Text("Lindenstraße 7") | Text("Berlin") | Text("de") | Text("active")
        7: Text("C-1006") | Text("Frank Osei") | Text("frank@example.org") | Text("+1 202 555 0106") | Text("4 Harbor Road") | Text("Boston") | Text("US") | Text("closed")
        8: Text("C-1007") | Text("Grace Lee") | Text("grace.lee@example.com") | Text("+1 202 555 0107") | Text("77 Pine Street") | Text("Seattle") | Text("US") | Text("active")
        9: Text("C-1008") | Text("Hiro Tanaka") | Text("hiro@example.jp") | Text("+81 3 5550 0108") | Text("1-2-3 Shibuya") | Text("Tokyo") | Text("JP") | Text("active")
        10: Text("C-1009") | Text("Ines García") | Null | Text("+34 91 555 01 09") | Text("Calle Mayor 3") | Text("Madrid") | Text("ES") | Text("active")
        11: Text("C-1010") | Text("Jonas Berg") | Text("jonas.berg@example.se ") | Text("+46 8 555 010 10") | Text("Storgatan 14") | Text("Uppsala") | Text("SE") | Text("active")
        12: Text("C-1011") | Text("Kate O'Neill") | Text("KATE@example.ie") | Text("+353 1 555 0111") | Text("9 Quay Street") | Text("Galway") | Text("IE") | Text("active")
        13: Text("C-1012") | Text("Liam Walsh") | Text("liam@example.ie") | Text("+353 1 555 0112") | Text("30 Main Street") | Text("Cork") | Text("IE") | Text("closed")
    "#]],
    );
}

#[test]
fn the_prices_of_the_billing_example_are_exact() {
    let spec = with(workbook("billing/prices.xlsx"), "Prices", None, None);
    check(
        &spec,
        &examples(),
        &expect![[r#"
        1: SKU | Price | Currency | Interval
        2: Text("BASIC") | Decimal(19.99) | Text("USD") | Text("month")
        3: Text("BASIC") | Integer(199) | Text("USD") | Text("year")
        4: Text("BASIC") | Decimal(18.5) | Text("EUR") | Text("month")
        5: Text("TEAM") | Decimal(79.9) | Text("USD") | Text("month")
        6: Text("TEAM") | Integer(75) | Text("EUR") | Text("month")
        7: Text("TEAM") | Integer(11000) | Text("JPY") | Text("month")
        8: Text("SEAT") | Decimal(7.99) | Text("USD") | Text("month")
        9: Text("SETUP") | Integer(240) | Text("USD") | Null
        10: Text("SETUP") | Integer(225) | Text("EUR") | Null
    "#]],
    );
}

#[test]
fn dropping_the_rows_early_ends_their_reader() {
    let source = source::open(&workbook("kinds.xlsx"), &fixtures()).expect("the fixture opens");
    assert!(source.rows().next().is_some());
}
