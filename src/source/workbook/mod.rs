//! Workbooks, through calamine: XLSX and XLSM as a stream of cells, XLS and ODS loaded whole.

mod cell;
mod guard;
mod loaded;
mod stream;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use calamine::{Sheet, SheetType, SheetVisible};

use crate::model::CellRange;

use super::SourceError;
use super::grid::Grid;
use super::place::{Place, nearest_name};

pub(super) use loaded::Loaded;
pub(super) use stream::Stream;

/// The most columns that a sheet has.
const MOST_COLUMNS: u32 = 16_384;

/// The most rows that a sheet has.
const MOST_ROWS: u32 = 1_048_576;

/// What a file is, by its content; its name may lie.
enum Kind {
    Xlsx,
    Ods,
    Xls,
}

/// Opens one sheet of a workbook. Gives its name, since the flow may not say it.
pub(super) fn open(
    place: &Place,
    sheet: Option<&str>,
    range: Option<CellRange>,
) -> Result<(Grid, Arc<str>), SourceError> {
    let window = Window::new(range);
    let mut file = place.open()?;
    let kind = find_kind(place, &mut file)?;
    file.seek(SeekFrom::Start(0)).map_err(|error| place.io(error))?;
    match kind {
        Kind::Xlsx => {
            let (stream, sheet) = Stream::open(place, BufReader::new(file), sheet, window)?;
            Ok((Grid::Streamed(stream), sheet))
        }
        Kind::Ods => {
            let (loaded, sheet) = Loaded::open_ods(place, BufReader::new(file), sheet, window)?;
            Ok((Grid::Loaded(loaded), sheet))
        }
        Kind::Xls => {
            let (loaded, sheet) = Loaded::open_xls(place, BufReader::new(file), sheet, window)?;
            Ok((Grid::Loaded(loaded), sheet))
        }
    }
}

fn find_kind(place: &Place, file: &mut File) -> Result<Kind, SourceError> {
    let mut start = [0; 8];
    let mut length = 0;
    while let Some(rest) = start.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).map_err(|error| place.io(error))? {
            0 => break,
            more => length += more,
        }
    }
    file.seek(SeekFrom::Start(0)).map_err(|error| place.io(error))?;
    match start {
        [b'P', b'K', 3, 4, ..] => guard::check_archive(place, file),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            guard::check_compound(place, file)?;
            Ok(Kind::Xls)
        }
        _ if length == 0 => Err(place.damaged("it is empty")),
        _ => Err(place.damaged("it is no workbook; read delimited text with csv(…)")),
    }
}

/// The cells of a sheet that are wanted.
#[derive(Clone, Copy, Debug)]
struct Window {
    first_row: u32,
    last_row: u32,
    first_column: u32,
    last_column: u32,
}

impl Window {
    fn new(range: Option<CellRange>) -> Self {
        Window {
            first_row: range.map_or(0, |range| range.first_row),
            last_row: range.and_then(|range| range.last_row).unwrap_or(u32::MAX),
            first_column: range.map_or(0, |range| range.first_column),
            last_column: range
                .and_then(|range| range.last_column)
                .unwrap_or(u32::MAX)
                .min(MOST_COLUMNS - 1),
        }
    }

    fn has_row(&self, row: u32) -> bool {
        (self.first_row..=self.last_row).contains(&row)
    }

    fn has_column(&self, column: u32) -> bool {
        (self.first_column..=self.last_column).contains(&column)
    }
}

/// Finds the sheet that the flow names, or the first that is not hidden.
fn choose_sheet(place: &Place, sheets: &[Sheet], wanted: Option<&str>) -> Result<String, SourceError> {
    let worksheets = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match wanted {
        Some(name) => worksheets().find(|sheet| sheet.name == name),
        None => worksheets()
            .find(|sheet| sheet.visible == SheetVisible::Visible)
            .or_else(|| worksheets().next()),
    };
    match (found, wanted) {
        (Some(sheet), _) => Ok(sheet.name.clone()),
        (None, None) => Err(place.damaged("it has no sheet with cells")),
        (None, Some(name)) => Err(SourceError::NoSheet {
            file: place.name.clone(),
            sheet: name.to_owned(),
            sheets: worksheets().map(|sheet| sheet.name.clone()).collect(),
            nearest: nearest_name(name, worksheets().map(|sheet| sheet.name.as_str())).map(str::to_owned),
        }),
    }
}
