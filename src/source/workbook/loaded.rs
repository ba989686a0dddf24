use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use calamine::{Data, Ods, Range, Reader, Xls};

use super::cell::read_loaded;
use super::guard::shielded;
use super::{Window, choose_sheet};
use crate::model::{Cell, Value};
use crate::source::SourceError;
use crate::source::grid::GridRow;
use crate::source::place::Place;

/// A sheet that is in memory.
///
/// Formulas are not looked at: Excel 97 stores every result, and in ODS a formula whose result is the
/// empty text looks like one without a result.
pub(in crate::source) struct Loaded {
    range: Range<Data>,
    window: Window,
    row: u32,
}

impl Loaded {
    /// Loads a sheet of an OpenDocument workbook.
    pub(super) fn open_ods(
        place: &Place,
        file: BufReader<File>,
        sheet: Option<&str>,
        window: Window,
    ) -> Result<(Self, Arc<str>), SourceError> {
        let workbook = shielded(|| Ods::new(file)).map_err(|problem| place.damaged(problem))?;
        Loaded::load(place, workbook, sheet, window)
    }

    /// Loads a sheet of a workbook of Excel 97.
    pub(super) fn open_xls(
        place: &Place,
        file: BufReader<File>,
        sheet: Option<&str>,
        window: Window,
    ) -> Result<(Self, Arc<str>), SourceError> {
        let workbook = shielded(|| Xls::new(file)).map_err(|problem| place.damaged(problem))?;
        Loaded::load(place, workbook, sheet, window)
    }

    fn load<Workbook>(
        place: &Place,
        mut workbook: Workbook,
        sheet: Option<&str>,
        window: Window,
    ) -> Result<(Self, Arc<str>), SourceError>
    where
        Workbook: Reader<BufReader<File>>,
        Workbook::Error: std::fmt::Display,
    {
        let name = choose_sheet(place, workbook.sheets_metadata(), sheet)?;
        let range = shielded(|| workbook.worksheet_range(&name)).map_err(|problem| place.damaged(problem))?;
        let loaded = Loaded {
            row: range.start().map_or(0, |(row, _)| row).max(window.first_row),
            range,
            window,
        };
        Ok((loaded, name.into()))
    }

    /// Takes the next row, blank or not.
    pub(in crate::source) fn next_row(&mut self) -> Option<GridRow> {
        let (last_row, last_column) = self.range.end()?;
        let row = self.row;
        if row > last_row.min(self.window.last_row) {
            return None;
        }
        self.row += 1;
        let last_column = last_column.min(self.window.last_column);
        let cells = (0..=last_column).map(|column| self.cell(row, column)).collect();
        Some(GridRow {
            number: row.saturating_add(1),
            cells,
        })
    }

    fn cell(&self, row: u32, column: u32) -> Cell {
        let empty = Cell::Value(Value::Null);
        if !self.window.has_column(column) {
            return empty;
        }
        self.range.get_value((row, column)).map_or(empty, read_loaded)
    }
}
