use std::path::Path;

use expect_test::{Expect, expect};
use sheetflow::model::SourceSpec;
use sheetflow::source::profile;

use super::{csv, examples, fixtures, folder_with, json_lines, workbook};

/// Writes a profile as a person may read it.
fn show(spec: &SourceSpec, base: &Path) -> String {
    let profile = profile(spec, base, 0).expect("the file opens");
    let mut text = format!("{} rows\n", profile.rows);
    for column in profile.columns {
        let seen: Vec<String> = column
            .seen
            .iter()
            .map(|seen| format!("{:?} {}", seen.seen, seen.count))
            .collect();
        let suggestion = column
            .suggestion
            .map_or_else(String::new, |text| format!(" -> {text}"));
        text.push_str(&format!(
            "{} {}: {}; {} empty{suggestion}\n",
            column.letters,
            column.name,
            seen.join(", "),
            column.empty
        ));
    }
    for finding in profile.findings {
        text.push_str(&format!(
            "{:?} x{} [{}]: {}\n",
            finding.kind,
            finding.count,
            finding.cells.join("; "),
            finding.message
        ));
    }
    text
}

fn check_csv(content: &str, expected: &Expect) {
    let folder = folder_with("a.csv", content);
    expected.assert_eq(&show(&csv("a.csv"), folder.path()));
}

#[test]
fn the_messy_csv_shows_its_mess() {
    expect![[r#"
        10 rows
        A Customer no: Text 8; 1 empty
        B Name: Text 9; 0 empty
        C Email: Text 7; 2 empty
        D ZIP: Integer 8; 1 empty
        E Amount: DecimalComma 6, Decimal 1, Text 1; 1 empty
        F Due: Date 7; 2 empty
        G Active: Text 7; 2 empty
        H Column H: Text 1; 8 empty
        GuessedEncoding x1 [messy/messy.csv]: the file is not UTF-8 and is read as Windows-1252; say encoding: "windows-1252" if that is right
        UnnamedColumn x1 [messy/messy.csv, line 1, column Column H]: the column has data and no name; it is called `Column H`
        RaggedRow x1 [messy/messy.csv, line 11]: the row has 9 fields, the header has 8
        ShortRow x1 [messy/messy.csv, line 12]: the row has 4 fields, the header has 8; the missing ones are empty
        TotalsRow x1 [messy/messy.csv, line 13]: the row sums up the others; leave it out with where, or it is billed too
        MixedTypes x1 [messy/messy.csv, line 8, column Amount]: `Amount` holds numbers, and 1 cell of another type
        LostZeros x1 [messy/messy.csv, line 3, column ZIP]: most of `ZIP` have 5 digits, this has fewer: a zero in front may be lost
        MixedDates x4 [messy/messy.csv, line 5, column Due; messy/messy.csv, line 2, column Due; messy/messy.csv, line 3, column Due; messy/messy.csv, line 10, column Due]: `Due` has dates of several forms: `2026-02-15`, `31.01.2026`, `01.02.2026`, `02/29/2026`
        DecimalComma x6 [messy/messy.csv, line 2, column Amount; messy/messy.csv, line 3, column Amount; messy/messy.csv, line 5, column Amount; messy/messy.csv, line 7, column Amount; messy/messy.csv, line 9, column Amount]: `1.234,50` is a decimal with a comma; declare `Amount`: decimal(comma), and mend 1 cell with a point
        OuterSpaces x1 [messy/messy.csv, line 2, column Email]: ` anna@example.de ` has spaces around it; `Email` needs | trim
        OddSpaces x1 [messy/messy.csv, line 8, column Name]: `Emil Graf` has a space that is none, or a character that nobody sees
        RepeatedValue x1 [messy/messy.csv, line 9, column Customer no]: row 9 has the same `Customer no` as row 3
        RepeatedValue x1 [messy/messy.csv, line 9, column Email]: row 9 has the same `Email` as row 3
        EmptyKey x1 [messy/messy.csv, line 13, column Customer no]: `Customer no` is empty in 1 row
        EmptyKey x2 [messy/messy.csv, line 7, column Email; messy/messy.csv, line 13, column Email]: `Email` is empty in 2 rows
    "#]].assert_eq(&show(&csv("messy/messy.csv"), &examples()));
}

#[test]
fn the_messy_workbook_shows_its_mess() {
    expect![[r#"
        7 rows
        A Order no: Text 6; 1 empty
        B Customer: Text 7; 0 empty
        C Email: Text 5; 2 empty
        D ZIP: Integer 6; 1 empty
        E Price: Decimal 3, Integer 2, DecimalComma 1, Text 1; 0 empty
        F Price (2): Decimal 4, Broken 2, Integer 1; 0 empty
        G Ordered: Date 5, Time 1; 1 empty
        H Tracking no: Text 5, Broken 1; 1 empty
        I Column I: Text 1; 6 empty
        RepeatedHeader x1 [messy/messy.xlsx, sheet Orders, cell F1]: `Price` names a column before; this one is called `Price (2)`
        UnnamedColumn x1 [messy/messy.xlsx, sheet Orders, cell I1]: the column has data and no name; it is called `Column I`
        TotalsRow x1 [messy/messy.xlsx, sheet Orders, row 9]: the row sums up the others; leave it out with where, or it is billed too
        ErrorCell x2 [messy/messy.xlsx, sheet Orders, cell F5; messy/messy.xlsx, sheet Orders, cell F6]: the cell holds the error `#DIV/0!`
        MixedTypes x1 [messy/messy.xlsx, sheet Orders, cell E8]: `Price` holds numbers, and 1 cell of another type
        NumbersAsText x2 [messy/messy.xlsx, sheet Orders, cell E4; messy/messy.xlsx, sheet Orders, cell E5]: `Price` holds numbers, and 2 cells of text that looks like one
        LostZeros x1 [messy/messy.xlsx, sheet Orders, cell D3]: most of `ZIP` have 5 digits, this has fewer: a zero in front may be lost
        LostDigits x1 [messy/messy.xlsx, sheet Orders, cell H3]: `1.9E18` has lost digits: a workbook's numbers keep 15; format the column as text
        MixedDates x3 [messy/messy.xlsx, sheet Orders, cell G2; messy/messy.xlsx, sheet Orders, cell G5; messy/messy.xlsx, sheet Orders, cell G4]: `Ordered` has dates of several forms: `2026-01-05`, `13.01.2026`, `07/01/2026`
        DecimalComma x1 [messy/messy.xlsx, sheet Orders, cell E4]: `14,90` is a decimal with a comma; declare `Price`: decimal(comma), and mend 1 cell with a point
        OuterSpaces x1 [messy/messy.xlsx, sheet Orders, cell B2]: `Ann Baker ` has spaces around it; `Customer` needs | trim
        OuterSpaces x1 [messy/messy.xlsx, sheet Orders, cell C8]: ` EMIL@example.com` has spaces around it; `Email` needs | trim
        OddSpaces x1 [messy/messy.xlsx, sheet Orders, cell B8]: `Emil Graf` has a space that is none, or a character that nobody sees
        RepeatedValue x1 [messy/messy.xlsx, sheet Orders, cell A6]: row 6 has the same `Order no` as row 3
        RepeatedValue x1 [messy/messy.xlsx, sheet Orders, cell C6]: row 6 has the same `Email` as row 3
        EmptyKey x1 [messy/messy.xlsx, sheet Orders, cell A9]: `Order no` is empty in 1 row
        EmptyKey x2 [messy/messy.xlsx, sheet Orders, cell C4; messy/messy.xlsx, sheet Orders, cell C9]: `Email` is empty in 2 rows
        EmptyKey x1 [messy/messy.xlsx, sheet Orders, cell H9]: `Tracking no` is empty in 1 row
    "#]].assert_eq(&show(&workbook("messy/messy.xlsx"), &examples()));
}

#[test]
fn the_tidy_examples_give_no_false_alarm() {
    expect![[r#"
        5 rows
        A Customer no: Text 5; 0 empty
        B Company: Text 5; 0 empty
        C Email: Text 5; 0 empty
        D Country: Text 5; 0 empty
        E Currency: Text 5; 0 empty
    "#]]
    .assert_eq(&show(&csv("billing/customers.csv"), &examples()));
    expect![[r#"
        4 rows
        A SKU: Text 4; 0 empty
        B Name: Text 4; 0 empty
        C Description: Text 4; 0 empty
    "#]]
    .assert_eq(&show(&workbook("billing/prices.xlsx"), &examples()));
    expect![[r#"
        12 rows
        A Customer no: Text 12; 0 empty
        B Name: Text 12; 0 empty
        C Email: Text 11; 1 empty
        D Phone: Text 12; 0 empty
        E Street: Text 12; 0 empty
        F City: Text 12; 0 empty
        G Country: Text 12; 0 empty
        H Status: Text 12; 0 empty
        OuterSpaces x2 [quickstart/customers.xlsx, sheet Customers, cell C2; quickstart/customers.xlsx, sheet Customers, cell C11]: ` Ann@Example.COM ` has spaces around it; `Email` needs | trim
        EmptyKey x1 [quickstart/customers.xlsx, sheet Customers, cell C10]: `Email` is empty in 1 row
    "#]].assert_eq(&show(&workbook("quickstart/customers.xlsx"), &examples()));
}

#[test]
fn amounts_of_different_length_are_no_lost_zeros() {
    check_csv(
        "Amount\n100\n250\n99\n175\n",
        &expect![[r#"
        4 rows
        A Amount: Integer 4; 0 empty
    "#]],
    );
    check_csv(
        "PLZ\n10115\n1067\n80331\n",
        &expect![[r#"
        3 rows
        A PLZ: Integer 3; 0 empty
        LostZeros x1 [a.csv, line 3, column PLZ]: most of `PLZ` have 5 digits, this has fewer: a zero in front may be lost
    "#]],
    );
}

#[test]
fn dates_of_one_order_are_not_mixed() {
    check_csv(
        "Due\n03/04/2026\n31/01/2026\n",
        &expect![[r#"
        2 rows
        A Due: Date 2; 0 empty -> date("%d/%m/%Y")
    "#]],
    );
    check_csv(
        "Due\n01/31/2026\n31/01/2026\n",
        &expect![[r#"
        2 rows
        A Due: Date 2; 0 empty
        MixedDates x2 [a.csv, line 3, column Due; a.csv, line 2, column Due]: `Due` has dates of several forms: `31/01/2026`, `01/31/2026`
    "#]],
    );
    check_csv(
        "Due\n03/04/2026\n05/06/2026\n",
        &expect![[r#"
        2 rows
        A Due: Date 2; 0 empty
    "#]],
    );
}

#[test]
fn a_last_row_whose_numbers_are_sums_is_a_totals_row() {
    check_csv(
        "Item,Amount\na,1.50\nb,2.25\n,3.75\n",
        &expect![[r#"
            3 rows
            A Item: Text 2; 1 empty
            B Amount: Decimal 3; 0 empty -> decimal
            TotalsRow x1 [a.csv, line 4]: the row sums up the others; leave it out with where, or it is billed too
            EmptyKey x1 [a.csv, line 4, column Item]: `Item` is empty in 1 row
        "#]],
    );
}

#[test]
fn rounded_numbers_and_broken_files_are_told() {
    check_csv(
        "Card,Note\n1.9E+18,x\n4111111111111111,y\n",
        &expect![[r#"
            2 rows
            A Card: Integer 1, Decimal 1; 0 empty
            B Note: Text 2; 0 empty
            LostDigits x1 [a.csv, line 2, column Card]: `1.9E+18` may have lost digits: a spreadsheet's numbers keep 15
        "#]],
    );
    let folder = folder_with("a.jsonl", "{\"a\": 1}\nnonsense\n");
    expect![[r#"
        2 rows
        A a: Integer 1; 0 empty
        UnreadableRow x1 [a.jsonl, line 2]: the line is no JSON: expected ident, at character 2
    "#]]
    .assert_eq(&show(&json_lines("a.jsonl"), folder.path()));
    expect![[r#"
        2 rows
        A Item: Text 2; 0 empty
        B Amount: Integer 1, Broken 1; 0 empty
        UncomputedFormula x1 [uncomputed.xlsx, sheet Lines, cell B2]: the formula has no stored result; open the workbook in a spreadsheet program and save it
    "#]].assert_eq(&show(&workbook("uncomputed.xlsx"), &fixtures()));
}

#[test]
fn the_profile_is_plain_data() {
    let folder = folder_with("a.csv", "Name,Amount\n Ann,\"1,5\"\n");
    let profile = profile(&csv("a.csv"), folder.path(), 5).expect("the file opens");
    let json = serde_json::to_string_pretty(&profile).expect("it is data");
    expect![[r#"
        {
          "source": "lines",
          "file": "a.csv",
          "sheet": null,
          "encoding": "UTF-8",
          "delimiter": ",",
          "header_row": 1,
          "rows": 1,
          "columns": [
            {
              "name": "Name",
              "letters": "A",
              "declared": null,
              "seen": [
                {
                  "type": "text",
                  "count": 1
                }
              ],
              "empty": 0,
              "suggestion": null
            },
            {
              "name": "Amount",
              "letters": "B",
              "declared": null,
              "seen": [
                {
                  "type": "decimal_comma",
                  "count": 1
                }
              ],
              "empty": 0,
              "suggestion": "decimal(comma)"
            }
          ],
          "first_rows": [
            {
              "number": 2,
              "cells": [
                " Ann",
                "1,5"
              ]
            }
          ],
          "findings": [
            {
              "kind": "decimal_comma",
              "cells": [
                "a.csv, line 2, column Amount"
              ],
              "count": 1,
              "message": "`1,5` is a decimal with a comma; declare `Amount`: decimal(comma)"
            },
            {
              "kind": "outer_spaces",
              "cells": [
                "a.csv, line 2, column Name"
              ],
              "count": 1,
              "message": "` Ann` has spaces around it; `Name` needs | trim"
            }
          ]
        }"#]]
    .assert_eq(&json);
}

#[test]
fn gaps_are_counted_in_the_first_rows_alone() {
    let folder = folder_with("a.csv", "No,Name\n1,Ann\n,Bob\n  ,Cy\n4,\n,Eve\n");
    let source = sheetflow::source::open(&csv("a.csv"), folder.path()).expect("it opens");
    let (rows, gaps) = sheetflow::source::gaps(source, 4).expect("it can be read");
    assert_eq!(rows, 4);
    let found: Vec<(u64, &[u32])> = gaps.iter().map(|gap| (gap.empty, &*gap.rows)).collect();
    assert_eq!(found, [(2, &[3, 4][..]), (1, &[5])]);
}
