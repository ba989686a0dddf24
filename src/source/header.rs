use std::collections::HashSet;
use std::sync::Arc;

use crate::model::{Cell, column_letters};

use super::grid::{GridRow, is_blank};

/// The columns that a header row gives, and what is odd about it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Names {
    /// The columns' names, unique.
    pub(super) columns: Vec<Arc<str>>,
    /// The position of each column: 0 is `A`.
    pub(super) positions: Vec<u32>,
    /// Columns whose name stood there before, with the name as the file has it.
    pub(super) repeated: Vec<(usize, Arc<str>)>,
    /// Columns that have data and no name.
    pub(super) unnamed: Vec<usize>,
}

/// Gives names to the columns of a header row.
///
/// White space around a name is cut, and a run of it inside (a line break, say) becomes one space. A
/// repeated name has ` (2)` behind it. A column without a name is left out, unless one of the rows in
/// `ahead` has something in it: then it is called `Column F`, or, when the cell just `above` the empty
/// one has a text (names merged over two rows look so), as that text says.
pub(super) fn name_columns(row: &GridRow, above: Option<&GridRow>, ahead: &[GridRow]) -> Names {
    let width = ahead.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let mut used = vec![false; width.max(row.cells.len())];
    for row in ahead {
        for (used, cell) in used.iter_mut().zip(&row.cells) {
            *used |= !is_blank(cell);
        }
    }
    let mut names = Names::default();
    let mut taken = HashSet::new();
    for (position, used) in used.into_iter().enumerate() {
        let own = name_in(Some(row), position);
        if own.is_none() && !used {
            continue;
        }
        if own.is_none() {
            names.unnamed.push(names.columns.len());
        }
        let name = own
            .or_else(|| name_in(above, position))
            .unwrap_or_else(|| format!("Column {}", column_letters(position as u32)));
        let unique = make_unique(&name, &taken);
        if unique != name {
            names.repeated.push((names.columns.len(), name.as_str().into()));
        }
        taken.insert(unique.clone());
        names.columns.push(unique.into());
        names.positions.push(position as u32);
    }
    names
}

fn name_in(row: Option<&GridRow>, position: usize) -> Option<String> {
    let Cell::Value(value) = row?.cells.get(position)? else {
        return None;
    };
    let text = value.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn make_unique(name: &str, taken: &HashSet<String>) -> String {
    if !taken.contains(name) {
        return name.to_owned();
    }
    (2..)
        .map(|number: u64| format!("{name} ({number})"))
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::model::{Cell, Value};

    use super::super::grid::GridRow;
    use super::name_columns;

    fn row(number: u32, texts: &[&str]) -> GridRow {
        let cells = texts.iter().map(|text| Cell::Value(Value::text(*text))).collect();
        GridRow { number, cells }
    }

    fn named(header: &[&str], ahead: &[&[&str]]) -> Vec<String> {
        let ahead: Vec<GridRow> = ahead.iter().map(|texts| row(2, texts)).collect();
        let names = name_columns(&row(1, header), None, &ahead);
        names.columns.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_are_trimmed_and_repeated_ones_numbered() {
        assert_eq!(
            named(&[" Name ", "Name", "Name (2)", "Due\ndate"], &[]),
            ["Name", "Name (2)", "Name (2) (2)", "Due date"]
        );
    }

    #[test]
    fn a_column_without_a_name_exists_when_it_has_data() {
        assert_eq!(named(&["A", "", "", ""], &[&["1", "", "x"]]), ["A", "Column C"]);
        assert_eq!(named(&["A"], &[&["1", "note"]]), ["A", "Column B"]);
    }

    #[test]
    fn a_name_merged_over_two_rows_names_the_column() {
        let names = name_columns(
            &row(2, &["", "Net"]),
            Some(&row(1, &["Item", "Price"])),
            &[row(3, &["x", "1"])],
        );
        assert_eq!(names.columns, ["Item".into(), "Net".into()]);
        assert_eq!(names.unnamed, [0]);
    }
}
