use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Role, View};

/// Columns that are cut get no narrower than this.
const NARROWEST: usize = 8;
/// What stands between two columns.
const GAP: usize = 2;

/// One cell: text and what it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    text: String,
    role: Role,
    is_right: bool,
}

impl Cell {
    /// Makes a cell. Control characters, which could command the terminal, become visible.
    pub(crate) fn new(role: Role, text: impl AsRef<str>) -> Self {
        Cell {
            text: printable(text.as_ref()),
            role,
            is_right: false,
        }
    }

    /// Makes a cell that stands at the right of its column, as numbers do.
    pub(crate) fn right(text: impl AsRef<str>) -> Self {
        Cell {
            is_right: true,
            ..Cell::new(Role::Plain, text)
        }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Cell::new(Role::Plain, text)
    }
}

/// Rows with aligned columns. On a narrow terminal the widest columns are cut, but the last one goes on
/// in further lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

impl Table {
    /// Makes a table without headings.
    pub(crate) fn new() -> Self {
        Table::default()
    }

    /// Makes a table with headings.
    pub(crate) fn with_headings<const N: usize>(headings: [&str; N]) -> Self {
        let mut table = Table::default();
        table.row(headings.map(|heading| Cell::new(Role::Faint, heading)));
        table
    }

    /// Sets how far the table stands from the left.
    #[must_use]
    pub(crate) fn indented(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// Adds a row of as many cells as there are.
    pub(crate) fn row_of(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Gives the table as lines, each with its end.
    pub(crate) fn render(&self, view: View) -> String {
        let widths = self.widths(view.width);
        self.rows
            .iter()
            .map(|row| render_row(row, &widths, self.indent, view))
            .collect()
    }

    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths = vec![0; columns];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        if let Some(limit) = limit {
            let gaps = self.indent + GAP * columns.saturating_sub(1);
            narrow(&mut widths, limit.saturating_sub(gaps));
        }
        widths
    }
}

/// Takes from the widest column, again and again, until all fit or none can give more.
fn narrow(widths: &mut [usize], limit: usize) {
    let mut excess = widths.iter().sum::<usize>().saturating_sub(limit);
    while excess > 0 {
        let Some(widest) = widths.iter_mut().max_by_key(|width| **width) else {
            return;
        };
        if *widest <= NARROWEST {
            return;
        }
        *widest -= 1;
        excess -= 1;
    }
}

fn render_row(row: &[Cell], widths: &[usize], indent: usize, view: View) -> String {
    let last = row.len().saturating_sub(1);
    let mut line = " ".repeat(indent);
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        if index == last {
            line.push_str(&render_last(cell, *width, indent, &widths[..index], view));
            break;
        }
        let text = cut(&cell.text, *width);
        let space = " ".repeat(width.saturating_sub(text.width()));
        let painted = view.paint(cell.role, &text);
        let (before, behind) = if cell.is_right {
            (space, String::new())
        } else {
            (String::new(), space)
        };
        line.push_str(&format!("{before}{painted}{behind}{}", " ".repeat(GAP)));
    }
    format!("{}\n", line.trim_end())
}

fn render_last(cell: &Cell, width: usize, indent: usize, before: &[usize], view: View) -> String {
    if cell.is_right {
        let space = " ".repeat(width.saturating_sub(cell.text.width()));
        return format!("{space}{}", view.paint(cell.role, &cell.text));
    }
    let margin = indent + before.iter().map(|width| width + GAP).sum::<usize>();
    wrapped(&cell.text, width)
        .iter()
        .map(|line| view.paint(cell.role, line))
        .collect::<Vec<_>>()
        .join(&format!("\n{}", " ".repeat(margin)))
}

/// Cuts a text to a width, with `…` at its end.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let mut kept = String::new();
    for letter in text.chars() {
        used += letter.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// Breaks a text at spaces. Words that are wider than a line stay whole.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Makes control characters visible, and takes away those that turn the direction of writing.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + letter as u32).unwrap_or('\u{fffd}'),
            '\u{7f}' => '␡',
            '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            letter => letter,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Role, Table};
    use crate::cli::output::View;
    use crate::diag::Style;
    use expect_test::{Expect, expect};
    use proptest::prelude::{prop_assert, proptest};
    use unicode_width::UnicodeWidthStr;

    fn check(table: &Table, width: Option<usize>, expected: &Expect) {
        let style = Style::Plain;
        expected.assert_eq(&table.render(View { style, width }));
    }

    fn example() -> Table {
        let mut table = Table::with_headings(["NAME", "ROWS", "NOTES"]);
        table.row([
            "customers".into(),
            Cell::right("12"),
            "read from the first sheet of a workbook".into(),
        ]);
        table.row(["顧客".into(), Cell::right("3"), "".into()]);
        table
    }

    #[test]
    fn columns_are_aligned_by_the_width_that_letters_have_on_screen() {
        check(
            &example(),
            None,
            &expect![[r#"
                NAME       ROWS  NOTES
                customers    12  read from the first sheet of a workbook
                顧客          3
            "#]],
        );
    }

    #[test]
    fn on_a_narrow_terminal_the_last_column_goes_on_below() {
        check(
            &example(),
            Some(38),
            &expect![[r#"
                NAME       ROWS  NOTES
                customers    12  read from the first
                                 sheet of a workbook
                顧客          3
            "#]],
        );
    }

    #[test]
    fn an_indented_table_keeps_its_distance_in_further_lines() {
        let view = View {
            style: Style::Plain,
            width: Some(14),
        };
        let mut table = Table::new().indented(2);
        table.row(["a".into(), "words that go on".into()]);
        assert_eq!(table.render(view), "  a  words\n     that go\n     on\n");
    }

    #[test]
    fn what_would_command_the_terminal_is_shown_instead() {
        let mut table = Table::new();
        table.row(["a\u{1b}[31mred".into(), "line\nbreak\u{202e}".into()]);
        check(
            &table,
            None,
            &expect![[r#"
                a␛[31mred  line␊break�
            "#]],
        );
    }

    #[test]
    fn colours_do_not_disturb_the_columns() {
        let mut table = Table::new();
        table.row([Cell::new(Role::Name, "a"), "x".into()]);
        table.row(["bbb".into(), "y".into()]);
        let view = View {
            style: Style::Colour,
            width: None,
        };
        assert_eq!(table.render(view), "\u{1b}[36ma\u{1b}[0m    x\nbbb  y\n");
    }

    proptest! {
        #[test]
        fn cut_columns_never_exceed_the_terminal(
            cells in proptest::collection::vec("\\PC{0,60}", 1..5),
            width in 60usize..120,
        ) {
            let mut table = Table::new();
            let mut row: Vec<Cell> = cells.iter().map(Cell::from).collect();
            row.push("end".into());
            table.row_of(row);
            let text = table.render(View { style: Style::Plain, width: Some(width) });
            prop_assert!(text.lines().all(|line| line.width() <= width), "{text}");
        }
    }
}
