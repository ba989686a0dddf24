//! Delimited text: its encoding, its dialect, its records with the lines they start in.

mod dialect;
mod encoding;
mod records;

use std::io::Read;

use crate::model::{Cell, SourceKind, TextEncoding, Value};

use super::SourceError;
use super::defect::{broken_by, is_error_value};
use super::grid::GridRow;
use super::place::Place;
use dialect::Dialect;
use records::{Record, Records};

pub(super) use encoding::Charset;

/// How much of a file is looked at to find its dialect.
const HEAD: usize = 64 * 1024;

/// The records of a delimited file as rows of a grid.
pub(super) struct Lines {
    records: Records<Box<dyn Read + Send>>,
    place: Place,
    charset: Charset,
    delimiter: char,
    record: Record,
}

impl Lines {
    /// Opens a file, finds its encoding and its delimiter, and goes to the header's line.
    pub(super) fn open(place: &Place, kind: &SourceKind) -> Result<Self, SourceError> {
        let SourceKind::Csv {
            delimiter,
            quote,
            encoding,
            header,
            ..
        } = kind
        else {
            return Err(place.damaged("it is no delimited text"));
        };
        let (charset, mut text) = decode(place, *encoding)?;
        let mut head = Vec::with_capacity(HEAD);
        text.by_ref()
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map_err(|error| place.io(error))?;
        let dialect = Dialect::find(&head, *delimiter, *quote)?;
        let mut records = Records::new(text, head, &dialect);
        let skipped = header.map_or(0, |line| line.saturating_sub(1));
        records
            .skip_lines(skipped.max(dialect.preamble))
            .map_err(|error| place.io(error))?;
        Ok(Lines {
            records,
            place: place.clone(),
            charset,
            delimiter: char::from(dialect.delimiter),
            record: Record::default(),
        })
    }

    /// Gives the encoding that the file is read in.
    pub(super) fn charset(&self) -> Charset {
        self.charset
    }

    /// Gives the delimiter.
    pub(super) fn delimiter(&self) -> char {
        self.delimiter
    }

    /// Reads the next record.
    pub(super) fn next_row(&mut self) -> Option<Result<GridRow, SourceError>> {
        match self.records.read(&mut self.record) {
            Ok(false) => None,
            Ok(true) => Some(Ok(GridRow {
                number: self.record.line,
                cells: self.record.fields().map(read_field).collect(),
            })),
            Err(trouble) => Some(Err(trouble.into_error(&self.place))),
        }
    }
}

fn decode(
    place: &Place,
    given: Option<TextEncoding>,
) -> Result<(Charset, Box<dyn Read + Send>), SourceError> {
    let mut file = place.open()?;
    let charset = Charset::find(&mut file, given).map_err(|error| place.io(error))?;
    let text = charset.decode(file).map_err(|error| place.io(error))?;
    Ok((charset, text))
}

fn read_field(field: Result<&str, &[u8]>) -> Cell {
    match field {
        Ok("") => Cell::Value(Value::Null),
        Ok(text) if is_error_value(text) => broken_by(text),
        Ok(text) if text.contains('\0') => Cell::Broken("the text holds a NUL character".into()),
        Ok(text) => Cell::Value(Value::text(text)),
        Err(bytes) => {
            let shown = String::from_utf8_lossy(bytes);
            Cell::Broken(format!("`{shown}` is not valid UTF-8").into())
        }
    }
}
