use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::{Cell, Header, SourceSpec, Value};

use super::SourceError;
use super::delimited::Lines;
use super::grid::{Grid, GridRow, is_blank};
use super::header::{Names, name_columns};
use super::place::Place;

/// How many rows are looked at for columns that have data and no name, or for keys of JSON lines.
pub(super) const LOOK_AHEAD: usize = 100;

/// How many bytes of text are looked at for that, however few rows they are.
pub(super) const LOOK_AHEAD_BYTES: usize = 16 * 1024 * 1024;

/// A row in the header's order, its cells as the file has them.
#[derive(Debug)]
pub(super) struct Record {
    /// The row's number, counted from 1.
    pub(super) number: u32,
    /// As many cells as the header has columns.
    pub(super) cells: Vec<Cell>,
    /// Why no cell of the row can be trusted.
    pub(super) rejected: Option<Arc<str>>,
    /// How many cells the file has for the row.
    pub(super) width: usize,
}

/// A grid whose columns have names.
pub(super) struct Table {
    grid: Grid,
    ahead: VecDeque<GridRow>,
    failure: Option<SourceError>,
    header: Arc<Header>,
    names: Names,
    /// The number of fields of the header row, for delimited text: what stands beyond is an error.
    fields: Option<usize>,
}

/// Where a table's header stands.
pub(super) struct HeaderPlace {
    /// The sheet, for workbooks.
    pub(super) sheet: Option<Arc<str>>,
    /// The row that must hold the names; otherwise the first that is not blank.
    pub(super) row: Option<u32>,
}

impl Table {
    /// Reads the header and the first rows.
    pub(super) fn open(place: &Place, mut grid: Grid, wanted: HeaderPlace) -> Result<Self, SourceError> {
        let (row, above) = find_header(place, &mut grid, &wanted)?;
        let mut ahead = Vec::new();
        let mut failure = None;
        let mut bytes = 0;
        while ahead.len() < LOOK_AHEAD && bytes < LOOK_AHEAD_BYTES && failure.is_none() {
            match grid.next_row() {
                None => break,
                Some(Ok(row)) => {
                    bytes += row.text_length();
                    ahead.push(row);
                }
                Some(Err(error)) => failure = Some(error),
            }
        }
        let fields = matches!(grid, Grid::Delimited(_)).then_some(row.cells.len());
        let ragged_apart: Vec<GridRow>;
        let considered = match fields {
            None => &ahead,
            Some(width) => {
                ragged_apart = ahead.iter().map(|row| cut(row, width)).collect();
                &ragged_apart
            }
        };
        let names = name_columns(&row, above.as_ref(), considered);
        let header = Arc::new(Header {
            file: place.name.as_str().into(),
            sheet: wanted.sheet,
            columns: names.columns.clone(),
            positions: names.positions.clone(),
            row: row.number,
        });
        Ok(Table {
            grid,
            ahead: ahead.into(),
            failure,
            header,
            names,
            fields,
        })
    }

    /// Gives the columns.
    pub(super) fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// Gives what is odd about the header.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// Gives the number of fields of the header row of delimited text.
    pub(super) fn fields(&self) -> Option<usize> {
        self.fields
    }

    /// Gives the delimited text behind it, where it is some.
    pub(super) fn delimited(&self) -> Option<&Lines> {
        match &self.grid {
            Grid::Delimited(lines) => Some(lines),
            Grid::Streamed(_) | Grid::Loaded(_) => None,
        }
    }

    /// Reads the next row that is not blank.
    pub(super) fn next_record(&mut self) -> Option<Result<Record, SourceError>> {
        if let Some(row) = self.ahead.pop_front() {
            return Some(Ok(self.arrange(row)));
        }
        if let Some(error) = self.failure.take() {
            return Some(Err(error));
        }
        let row = self.grid.next_row()?;
        Some(row.map(|row| self.arrange(row)))
    }

    fn arrange(&self, row: GridRow) -> Record {
        let width = row.cells.len();
        let rejected = self.fields.and_then(|fields| {
            let beyond = row.cells.get(fields..)?;
            let last = beyond.iter().rposition(|cell| !is_blank(cell))?;
            Some(
                format!(
                    "the row has {} fields, the header has {fields}",
                    fields + last + 1
                )
                .into(),
            )
        });
        Record {
            number: row.number,
            cells: pick(row.cells, &self.header.positions),
            rejected,
            width,
        }
    }
}

/// Takes the cells at the given positions, which ascend. What is not there is empty.
fn pick(mut cells: Vec<Cell>, positions: &[u32]) -> Vec<Cell> {
    let contiguous = positions
        .last()
        .is_none_or(|last| *last as usize + 1 == positions.len());
    if !contiguous {
        for (to, from) in positions.iter().enumerate() {
            // Positions ascend and are at least their index, so nothing is overwritten before it is read.
            if (*from as usize) < cells.len() {
                cells.swap(to, *from as usize);
            } else if let Some(cell) = cells.get_mut(to) {
                *cell = Cell::Value(Value::Null);
            }
        }
    }
    cells.resize(positions.len(), Cell::Value(Value::Null));
    cells
}

fn cut(row: &GridRow, width: usize) -> GridRow {
    GridRow {
        number: row.number,
        cells: row.cells.iter().take(width).cloned().collect(),
    }
}

/// Finds the header row, and the row right above it.
fn find_header(
    place: &Place,
    grid: &mut Grid,
    wanted: &HeaderPlace,
) -> Result<(GridRow, Option<GridRow>), SourceError> {
    let missing = |problem: String| SourceError::NoHeader {
        place: whereabouts(place, wanted.sheet.as_deref()),
        problem,
    };
    let mut above: Option<GridRow> = None;
    while let Some(row) = grid.next_row() {
        let row = row?;
        match wanted.row {
            Some(number) if row.number < number => above = Some(row),
            Some(number) if row.number > number => {
                return Err(missing(format!("row {number} is empty")));
            }
            _ => {
                let above = above.filter(|above| above.number + 1 == row.number);
                return Ok((row, above));
            }
        }
    }
    Err(missing(match wanted.row {
        Some(number) => format!("there is no row {number}"),
        None => "it is empty".to_owned(),
    }))
}

/// Names a table for an error message.
pub(super) fn whereabouts(place: &Place, sheet: Option<&str>) -> String {
    match sheet {
        Some(sheet) => format!("{}, sheet {sheet}", place.name),
        None => place.name.clone(),
    }
}

/// Tells which declared column is not there, as an error.
pub(super) fn check_declared(spec: &SourceSpec, header: &Header) -> Result<(), SourceError> {
    let missing = spec
        .columns
        .iter()
        .find(|declared| header.index_of(&declared.name).is_none());
    let Some(missing) = missing else {
        return Ok(());
    };
    let names = header.columns.iter().map(|name| &**name);
    Err(SourceError::NoColumn {
        place: match &header.sheet {
            Some(sheet) => format!("{}, sheet {sheet}", header.file),
            None => header.file.to_string(),
        },
        column: missing.name.to_string(),
        columns: header.columns.iter().map(ToString::to_string).collect(),
        nearest: super::place::nearest_name(&missing.name, names).map(str::to_owned),
    })
}
