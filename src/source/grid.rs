use crate::model::{Cell, Value};

use super::SourceError;
use super::{delimited, workbook};

/// One row as the file has it: the cell at index 0 stands in column `A`. Never blank.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GridRow {
    /// The row's number in the sheet, or the line it starts in, counted from 1.
    pub(super) number: u32,
    /// The cells up to the last one that the file has for this row.
    pub(super) cells: Vec<Cell>,
}

impl GridRow {
    /// Tells whether every cell is empty, or text of white space alone.
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(is_blank)
    }

    /// Gives the length of its texts, in bytes.
    pub(super) fn text_length(&self) -> usize {
        let length = |cell: &Cell| match cell {
            Cell::Value(Value::Text(text)) => text.len(),
            _ => 0,
        };
        self.cells.iter().map(length).sum()
    }
}

/// Tells whether a cell holds nothing, or white space alone.
pub(super) fn is_blank(cell: &Cell) -> bool {
    match cell {
        Cell::Value(value) => value.is_empty(),
        Cell::Broken(_) => false,
    }
}

/// A file that is read as a grid of cells, row after row. Blank rows are left out.
pub(super) enum Grid {
    /// Delimited text.
    Delimited(Box<delimited::Lines>),
    /// XLSX, read while it is walked over.
    Streamed(workbook::Stream),
    /// XLS and ODS, which are loaded.
    Loaded(workbook::Loaded),
}

impl Grid {
    /// Reads the next row that is not blank. After an error there is nothing more.
    pub(super) fn next_row(&mut self) -> Option<Result<GridRow, SourceError>> {
        loop {
            let row = match self {
                Grid::Delimited(lines) => lines.next_row(),
                Grid::Streamed(stream) => stream.next_row(),
                Grid::Loaded(loaded) => loaded.next_row().map(Ok),
            };
            match row {
                Some(Ok(row)) if row.is_blank() => {}
                other => return other,
            }
        }
    }
}
