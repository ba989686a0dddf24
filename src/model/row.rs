use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Value;

/// The columns of a source, and where its cells stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The file as the flow names it, such as `books/billing.xlsx`.
    pub file: Arc<str>,
    /// The sheet, for workbooks.
    pub sheet: Option<Arc<str>>,
    /// Column names in the order of the sheet, trimmed. Names are unique: a repeated one has
    /// ` (2)`, ` (3)` behind it.
    pub columns: Vec<Arc<str>>,
    /// The position in the sheet of each column: 0 is `A`. Same length as `columns`.
    pub positions: Vec<u32>,
    /// The row that holds the names, counted from 1.
    pub row: u32,
}

impl Header {
    /// Finds a column by its exact name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &**column == name)
    }

    /// Gives the address of a cell. `column` is an index into [`Header::columns`].
    pub fn address(&self, row: u32, column: usize) -> CellAddress {
        CellAddress {
            file: Arc::clone(&self.file),
            sheet: self.sheet.clone(),
            row,
            column: self.columns.get(column).map(|name| {
                let position = self.positions.get(column).copied().unwrap_or(column as u32);
                (position, Arc::clone(name))
            }),
        }
    }

    /// Gives the address of a whole row.
    pub fn row_address(&self, row: u32) -> CellAddress {
        CellAddress {
            file: Arc::clone(&self.file),
            sheet: self.sheet.clone(),
            row,
            column: None,
        }
    }
}

/// One row of a source. `cells` is as long as [`Header::columns`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The row's number in the sheet, or the line in a text file, counted from 1.
    pub number: u32,
    /// The cells, in the header's order.
    pub cells: Vec<Cell>,
}

/// What stands in one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// A value of the column's type.
    Value(Value),
    /// Something that can't be used, such as `#REF!` or text in a column declared as decimal. A row
    /// is rejected when a flow uses the cell, and only then.
    Broken(Arc<str>),
}

/// Where a cell or a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellAddress {
    /// The file as the flow names it.
    pub file: Arc<str>,
    /// The sheet, for workbooks.
    pub sheet: Option<Arc<str>>,
    /// The row or line, counted from 1.
    pub row: u32,
    /// The position (0 is `A`) and the name of the column; `None` means the whole row.
    pub column: Option<(u32, Arc<str>)>,
}

/// `billing.xlsx, sheet Lines, cell D14` for workbooks, `lines.csv, line 14, column Amount` for text.
impl fmt::Display for CellAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match (&self.sheet, &self.column) {
            (Some(sheet), Some((position, _))) => {
                write!(
                    f,
                    ", sheet {sheet}, cell {}{}",
                    column_letters(*position),
                    self.row
                )
            }
            (Some(sheet), None) => write!(f, ", sheet {sheet}, row {}", self.row),
            (None, Some((_, name))) => write!(f, ", line {}, column {name}", self.row),
            (None, None) => write!(f, ", line {}", self.row),
        }
    }
}

/// Gives the letters of a column of a sheet: 0 is `A`, 26 is `AA`.
pub fn column_letters(position: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(position) + 1;
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from(b'A' + digit as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{Header, column_letters};

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(
            [0, 25, 26, 701, 702].map(column_letters),
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
    }

    #[test]
    fn an_address_names_file_sheet_and_cell() {
        let header = Header {
            file: "billing.xlsx".into(),
            sheet: Some("Lines".into()),
            columns: vec!["Amount".into()],
            positions: vec![3],
            row: 1,
        };
        assert_eq!(
            header.address(14, 0).to_string(),
            "billing.xlsx, sheet Lines, cell D14"
        );
    }
}
