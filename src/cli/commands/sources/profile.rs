//! What is in a sheet and what looks wrong in it, as people read it.

use crate::cli::output::{Cell, Role, Table, View};
use crate::source::{ColumnProfile, Finding, Profile, Seen};

/// Shows a source: where it is, its columns, its first rows, and what looks wrong.
pub(super) fn render(profile: &Profile, view: View) -> String {
    let mut sections = vec![
        render_head(profile, view),
        section("columns", &columns(profile), view),
    ];
    if !profile.first_rows.is_empty() {
        sections.push(section("first rows", &first_rows(profile), view));
    }
    sections.push(match profile.findings.as_slice() {
        [] => format!("{}\n", view.paint(Role::Good, "nothing looks wrong")),
        findings => section("what looks wrong", &table_of(findings), view),
    });
    sections.join("\n")
}

fn section(title: &str, table: &Table, view: View) -> String {
    format!("{}\n{}", view.paint(Role::Heading, title), table.render(view))
}

fn render_head(profile: &Profile, view: View) -> String {
    let sheet = profile.sheet.iter().map(|sheet| format!("sheet {sheet}"));
    let file: Vec<String> = std::iter::once(profile.file.clone()).chain(sheet).collect();
    let mut facts = vec![match profile.rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }];
    if profile.header_row > 0 {
        facts.push(format!("column names in row {}", profile.header_row));
    }
    facts.extend(profile.encoding.map(|encoding| format!("read as {encoding}")));
    facts.extend(profile.delimiter.map(|delimiter| match delimiter {
        '\t' => "tabs between fields".to_owned(),
        delimiter => format!("`{delimiter}` between fields"),
    }));
    let mut table = Table::new().indented(2);
    table.row([file.join(", ").into()]);
    table.row([facts.join(", ").into()]);
    format!(
        "{}\n{}",
        view.paint(Role::Heading, &profile.source),
        table.render(view)
    )
}

fn columns(profile: &Profile) -> Table {
    let mut table = Table::new().indented(2);
    for column in &profile.columns {
        table.row([
            Cell::new(Role::Faint, &column.letters),
            Cell::new(Role::Name, &column.name),
            held(column).into(),
            declaration(column).into(),
        ]);
    }
    table
}

/// Says what the cells look like: `38 date, 2 text, 2 empty`; the number is left out where all agree.
fn held(column: &ColumnProfile) -> String {
    let seen: Vec<(u64, &str)> = column
        .seen
        .iter()
        .map(|seen| (seen.count, seen_word(seen.seen)))
        .chain((column.empty > 0).then_some((column.empty, "empty")))
        .collect();
    match seen.as_slice() {
        [] => "no cells".to_owned(),
        [(_, word)] => (*word).to_owned(),
        several => several
            .iter()
            .map(|(count, word)| format!("{count} {word}"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn declaration(column: &ColumnProfile) -> String {
    match (&column.declared, &column.suggestion) {
        (Some(declared), _) => format!("declared {declared}"),
        (None, Some(suggestion)) => format!("could be declared {suggestion}"),
        (None, None) => String::new(),
    }
}

fn seen_word(seen: Seen) -> &'static str {
    match seen {
        Seen::Integer => "integer",
        Seen::Decimal => "decimal",
        Seen::DecimalComma => "decimal with a comma",
        Seen::Date => "date",
        Seen::Time => "time",
        Seen::Boolean => "boolean",
        Seen::Text => "text",
        Seen::List => "list",
        Seen::Record => "record",
        Seen::Broken => "broken",
    }
}

fn first_rows(profile: &Profile) -> Table {
    let mut table = Table::new().indented(2);
    let names = profile
        .columns
        .iter()
        .map(|column| Cell::new(Role::Faint, &column.name));
    table.row_of(
        std::iter::once(Cell::new(Role::Faint, "row"))
            .chain(names)
            .collect(),
    );
    for row in &profile.first_rows {
        let cells = row
            .cells
            .iter()
            .map(|cell| cell.as_deref().unwrap_or_default().into());
        table.row_of(
            std::iter::once(Cell::right(row.number.to_string()))
                .chain(cells)
                .collect(),
        );
    }
    table
}

fn table_of(findings: &[Finding]) -> Table {
    let mut table = Table::new().indented(2);
    for finding in findings {
        let times = Cell::right(format!("{}×", finding.count));
        table.row([times, Cell::new(Role::Warning, &finding.message)]);
        let more = finding.count.saturating_sub(finding.cells.len() as u64);
        let mut places = finding.cells.join("; ");
        if more > 0 && !finding.cells.is_empty() {
            places.push_str(&format!("; and {more} more"));
        }
        if !places.is_empty() {
            table.row(["".into(), Cell::new(Role::Faint, places)]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::cli::output::View;
    use crate::diag::Style;
    use crate::model::{SourceKind, SourceSpec};
    use crate::source::profile;
    use expect_test::{Expect, expect};

    /// Shows a CSV file with this text, and its first two rows.
    fn check(text: &str, expected: &Expect) {
        let folder = tempfile::tempdir().expect("a temporary directory can be made");
        std::fs::write(folder.path().join("a.csv"), text).expect("it can be written");
        let spec = SourceSpec {
            name: "customers".into(),
            kind: SourceKind::Csv {
                path: "a.csv".to_owned(),
                delimiter: None,
                quote: None,
                encoding: None,
                header: None,
            },
            columns: Vec::new(),
        };
        let profile = profile(&spec, folder.path(), 2).expect("the file can be read");
        let view = View {
            style: Style::Plain,
            width: None,
        };
        expected.assert_eq(&render(&profile, view));
    }

    #[test]
    fn a_good_sheet_shows_its_columns_and_first_rows() {
        check(
            "No,Name\n1,Ann\n2,Bo\n3,\n",
            &expect![[r#"
            customers
              a.csv
              3 rows, column names in row 1, read as UTF-8, `,` between fields

            columns
              A  No    integer
              B  Name  2 text, 1 empty

            first rows
              row  No  Name
                2  1   Ann
                3  2   Bo

            nothing looks wrong
        "#]],
        );
    }

    #[test]
    fn what_looks_wrong_is_told_with_its_cells() {
        check(
            "No;Price\n1;12,50\n2;x\n3;7,00 \n",
            &expect![[r#"
                customers
                  a.csv
                  3 rows, column names in row 1, read as UTF-8, `;` between fields

                columns
                  A  No     integer
                  B  Price  2 decimal with a comma, 1 text

                first rows
                  row  No  Price
                    2  1   12,50
                    3  2   x

                what looks wrong
                  1×  `Price` holds numbers, and 1 cell of another type
                      a.csv, line 3, column Price
                  2×  `12,50` is a decimal with a comma; declare `Price`: decimal(comma)
                      a.csv, line 2, column Price; a.csv, line 4, column Price
                  1×  `7,00 ` has spaces around it; `Price` needs | trim
                      a.csv, line 4, column Price
            "#]],
        );
    }
}
