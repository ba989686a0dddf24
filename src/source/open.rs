use std::path::Path;
use std::sync::Arc;

use crate::model::{Cell, ColumnFormat, Header, Row, SourceKind, SourceSpec, Type};

use super::SourceError;
use super::convert::{convert, type_of};
use super::grid::Grid;
use super::header::Names;
use super::json_lines::JsonLines;
use super::place::Place;
use super::table::{HeaderPlace, Record, Table, check_declared};
use super::{delimited, workbook};

/// A source whose columns are known and whose rows are still to be read.
pub struct OpenSource {
    pub(super) reading: Reading,
    pub(super) formats: Vec<Option<ColumnFormat>>,
    typed: bool,
}

/// A file that is being read.
pub(super) enum Reading {
    /// Delimited text and workbooks.
    Table(Table),
    /// JSON lines.
    JsonLines(JsonLines),
}

impl Reading {
    /// Gives the columns.
    pub(super) fn header(&self) -> &Arc<Header> {
        match self {
            Reading::Table(table) => table.header(),
            Reading::JsonLines(lines) => lines.header(),
        }
    }

    /// Gives what is odd about the header row, where there is one.
    pub(super) fn names(&self) -> Option<&Names> {
        match self {
            Reading::Table(table) => Some(table.names()),
            Reading::JsonLines(_) => None,
        }
    }

    /// Gives the delimited text behind it, where it is some.
    fn delimited(&self) -> Option<&delimited::Lines> {
        match self {
            Reading::Table(table) => table.delimited(),
            Reading::JsonLines(_) => None,
        }
    }

    /// Gives the encoding of delimited text.
    pub(super) fn charset(&self) -> Option<delimited::Charset> {
        self.delimited().map(delimited::Lines::charset)
    }

    /// Gives the delimiter of delimited text.
    pub(super) fn delimiter(&self) -> Option<char> {
        self.delimited().map(delimited::Lines::delimiter)
    }

    /// Gives the number of fields of a whole row of delimited text.
    pub(super) fn fields(&self) -> Option<usize> {
        match self {
            Reading::Table(table) => table.fields(),
            Reading::JsonLines(_) => None,
        }
    }

    /// Gives the keys of JSON lines that came too late to be columns, as far as was read.
    pub(super) fn late_keys(&self) -> &[(u32, String)] {
        match self {
            Reading::Table(_) => &[],
            Reading::JsonLines(lines) => lines.late_keys(),
        }
    }

    /// Reads the next row that is not blank.
    pub(super) fn next_record(&mut self) -> Option<Result<Record, SourceError>> {
        match self {
            Reading::Table(table) => table.next_record(),
            Reading::JsonLines(lines) => lines.next_record(),
        }
    }
}

/// Opens a source and reads its header, and the first 100 rows for what the header does not say.
///
/// `base` is the project's directory, which the source's path is relative to.
///
/// # Errors
///
/// When the file is missing or not of its kind, when the sheet, the header row or a declared column
/// is not there.
pub fn open(spec: &SourceSpec, base: &Path) -> Result<OpenSource, SourceError> {
    let place = Place::new(base, spec.kind.path());
    let reading = match &spec.kind {
        SourceKind::Csv { header, .. } => {
            let grid = Grid::Delimited(Box::new(delimited::Lines::open(&place, &spec.kind)?));
            let wanted = HeaderPlace {
                sheet: None,
                row: *header,
            };
            Reading::Table(Table::open(&place, grid, wanted)?)
        }
        SourceKind::Workbook {
            sheet, range, header, ..
        } => {
            let (grid, sheet) = workbook::open(&place, sheet.as_deref(), *range)?;
            let wanted = HeaderPlace {
                sheet: Some(sheet),
                row: *header,
            };
            Reading::Table(Table::open(&place, grid, wanted)?)
        }
        SourceKind::JsonLines { .. } => Reading::JsonLines(JsonLines::open(&place, spec)?),
    };
    check_declared(spec, reading.header())?;
    let formats = declared_formats(spec, reading.header());
    Ok(OpenSource {
        reading,
        formats,
        typed: !matches!(spec.kind, SourceKind::Csv { .. }),
    })
}

/// Gives the declared format of each column.
fn declared_formats(spec: &SourceSpec, header: &Header) -> Vec<Option<ColumnFormat>> {
    let declared = |name: &str| spec.columns.iter().find(|column| &*column.name == name);
    let format_of = |name: &Arc<str>| declared(name).map(|column| column.format.clone());
    header.columns.iter().map(format_of).collect()
}

impl OpenSource {
    /// Gives the columns, in the order of the file.
    pub fn header(&self) -> &Arc<Header> {
        self.reading.header()
    }

    /// Gives the type of each column: the declared one; for others text in delimited files, and any
    /// value in workbooks and JSON lines, where each cell has its own.
    pub fn types(&self) -> Vec<Type> {
        let undeclared = if self.typed { Type::Any } else { Type::Text };
        let type_of = |format: &Option<ColumnFormat>| format.as_ref().map_or(undeclared.clone(), type_of);
        self.formats.iter().map(type_of).collect()
    }

    /// Starts to read the rows.
    pub fn rows(self) -> Rows {
        Rows {
            reading: Some(self.reading),
            formats: self.formats,
        }
    }
}

/// The rows of a source, in the order of the file, blank ones left out.
///
/// An error ends the rows: what stands behind it was not read. A row that can't be read while the
/// others can (too many fields, a line that is no JSON) arrives with all its cells broken.
pub struct Rows {
    reading: Option<Reading>,
    formats: Vec<Option<ColumnFormat>>,
}

impl Rows {
    fn finish(&self, record: Record) -> Row {
        let mut cells = record.cells;
        if let Some(reason) = record.rejected {
            cells.fill(Cell::Broken(reason));
        } else {
            for (cell, format) in cells.iter_mut().zip(&self.formats) {
                convert(cell, format.as_ref());
            }
        }
        Row {
            number: record.number,
            cells,
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.reading.as_mut()?.next_record();
        match record {
            Some(Ok(record)) => Some(Ok(self.finish(record))),
            Some(Err(error)) => {
                self.reading = None;
                Some(Err(error))
            }
            None => {
                self.reading = None;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenSource, Rows};

    #[test]
    fn sources_may_be_read_on_another_thread() {
        fn is_send<Thing: Send>() {}
        is_send::<OpenSource>();
        is_send::<Rows>();
    }
}
