//! What is in a sheet, and what looks wrong in it.
//!
//! One walk over the rows counts what each column holds ([`column`]), and then the counts are judged
//! ([`judge`]). Memory does not grow with the sheet, but for the values of columns that look like keys.

mod column;
mod date_form;
mod declare;
mod judge;
mod keys;
mod shape;
mod totals;

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use crate::model::{Cell, ColumnFormat, Header, SourceSpec, column_letters};

use super::convert::convert;
use super::delimited::Charset;
use super::open::{Reading, open};
use super::table::Record;
use super::{OpenSource, SourceError};
use column::ColumnCensus;
use totals::TotalsCensus;

/// How many cells a finding names at most.
const MOST_CELLS: usize = 5;

/// What is in a source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// The source's name in the flow.
    pub source: String,
    /// The file as the flow names it.
    pub file: String,
    /// The sheet, for workbooks.
    pub sheet: Option<String>,
    /// The encoding that delimited text is read in.
    pub encoding: Option<&'static str>,
    /// The delimiter of delimited text.
    pub delimiter: Option<char>,
    /// The row that holds the column names; 0 where there is none.
    pub header_row: u32,
    /// The number of rows that are not blank, without the header.
    pub rows: u64,
    /// The columns in the order of the file.
    pub columns: Vec<ColumnProfile>,
    /// The first rows, as many as were asked for.
    pub first_rows: Vec<ProfileRow>,
    /// What looks wrong.
    pub findings: Vec<Finding>,
}

/// What is in a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnProfile {
    /// The name that flows use.
    pub name: String,
    /// The letters of its place: `A`.
    pub letters: String,
    /// The type that the flow declares.
    pub declared: Option<String>,
    /// The types that its cells look like, the most frequent first.
    pub seen: Vec<SeenCount>,
    /// The number of empty cells.
    pub empty: u64,
    /// A declaration that every cell of the column fits, such as `decimal(comma)`, where the column
    /// has none and needs one.
    pub suggestion: Option<String>,
}

/// How many cells look like a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SeenCount {
    /// The type.
    #[serde(rename = "type")]
    pub seen: Seen,
    /// The number of cells.
    pub count: u64,
}

/// What a cell that is not empty looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// A whole number.
    Integer,
    /// A decimal with a point.
    Decimal,
    /// A decimal with a comma.
    DecimalComma,
    /// A day.
    Date,
    /// A moment.
    Time,
    /// True or false.
    Boolean,
    /// Any other text.
    Text,
    /// A JSON list.
    List,
    /// A JSON object.
    Record,
    /// Something that can't be used.
    Broken,
}

impl Seen {
    /// Gives the word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Seen::Integer => "integer",
            Seen::Decimal => "decimal",
            Seen::DecimalComma => "decimal(comma)",
            Seen::Date => "date",
            Seen::Time => "time",
            Seen::Boolean => "boolean",
            Seen::Text => "text",
            Seen::List => "list",
            Seen::Record => "record",
            Seen::Broken => "broken",
        }
    }
}

/// One of the first rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileRow {
    /// The row or line, counted from 1.
    pub number: u32,
    /// The cells as flows see them; `None` for empty ones.
    pub cells: Vec<Option<String>>,
}

/// Something that looks wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Where it is: the first few cells, such as `billing.xlsx, sheet Lines, cell D14`.
    pub cells: Vec<String>,
    /// In how many cells or rows it is.
    pub count: u64,
    /// What is wrong and what helps, in a sentence without its full stop.
    pub message: String,
}

/// The kinds of findings, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The encoding was guessed.
    GuessedEncoding,
    /// Several columns have one name.
    RepeatedHeader,
    /// A column has data and no name.
    UnnamedColumn,
    /// A row has more fields than the header, and is rejected.
    RaggedRow,
    /// A row has fewer fields than the header; the missing ones are empty.
    ShortRow,
    /// A row that can't be read at all.
    UnreadableRow,
    /// A row that sums up the others.
    TotalsRow,
    /// An error value of the workbook, such as `#REF!`.
    ErrorCell,
    /// A formula without a stored result.
    UncomputedFormula,
    /// Text that is not valid in the file's encoding.
    DamagedText,
    /// A cell that does not read as its column is declared.
    NotAsDeclared,
    /// A few cells are of another type than the rest of their column.
    MixedTypes,
    /// Numbers beside text that holds numbers.
    NumbersAsText,
    /// Zeros in front of a number are gone.
    LostZeros,
    /// A long number was rounded.
    LostDigits,
    /// Dates are written in several ways.
    MixedDates,
    /// Decimals with a comma in a column that is not declared so.
    DecimalComma,
    /// Spaces around a text.
    OuterSpaces,
    /// Spaces that look like spaces and are others.
    OddSpaces,
    /// A value that should be unique comes again.
    RepeatedValue,
    /// A column that should identify a row has gaps.
    EmptyKey,
    /// A key of JSON lines comes too late to be a column.
    LateKey,
}

/// Walks over the whole source and tells what is in it. Keeps the first `limit` rows.
///
/// # Errors
///
/// As [`open`](super::open()); a file that breaks off is an error too.
pub fn profile(spec: &SourceSpec, base: &Path, limit: usize) -> Result<Profile, SourceError> {
    let source = open(spec, base)?;
    let mut walk = Walk::new(&source);
    let OpenSource {
        mut reading, formats, ..
    } = source;
    while let Some(record) = reading.next_record() {
        walk.take(record?, &formats, limit);
    }
    Ok(walk.finish(spec, &reading))
}

/// What is counted during the walk.
struct Walk {
    header: std::sync::Arc<Header>,
    /// The fields of a whole row, for delimited text.
    fields: Option<usize>,
    rows: u64,
    columns: Vec<ColumnCensus>,
    totals: TotalsCensus,
    first_rows: Vec<ProfileRow>,
    rejected: HashMap<FindingKind, (Spots, String)>,
}

/// Writes a number with what it counts.
fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// The rows in which something was seen: how many, and the first of them.
#[derive(Clone, Debug, Default)]
struct Spots {
    count: u64,
    rows: Vec<u32>,
}

impl Spots {
    fn add(&mut self, row: u32) {
        self.count += 1;
        if self.rows.len() < MOST_CELLS {
            self.rows.push(row);
        }
    }
}

impl Walk {
    fn new(source: &OpenSource) -> Self {
        let header = std::sync::Arc::clone(source.header());
        let census = |(index, name): (usize, &std::sync::Arc<str>)| {
            ColumnCensus::new(name, index, source.formats.get(index).cloned().flatten())
        };
        Walk {
            columns: header.columns.iter().enumerate().map(census).collect(),
            fields: source.reading.fields(),
            header,
            rows: 0,
            totals: TotalsCensus::default(),
            first_rows: Vec::new(),
            rejected: HashMap::new(),
        }
    }

    fn take(&mut self, record: Record, formats: &[Option<ColumnFormat>], limit: usize) {
        self.rows += 1;
        let whole = self.header.positions.last().map_or(0, |last| *last as usize + 1);
        let short = self.fields.is_some() && record.width < whole;
        if let Some(reason) = &record.rejected {
            let kind = match self.fields {
                Some(_) => FindingKind::RaggedRow,
                None => FindingKind::UnreadableRow,
            };
            self.reject(kind, record.number, reason);
        } else if short {
            let reason = format!(
                "the row has {}, the header has {whole}; the missing ones are empty",
                counted(record.width as u64, "field")
            );
            self.reject(FindingKind::ShortRow, record.number, &reason);
        }
        if record.rejected.is_none() {
            self.totals.take(&record);
            for (census, cell) in self.columns.iter_mut().zip(&record.cells) {
                census.take(record.number, cell);
            }
        }
        if self.first_rows.len() < limit {
            self.first_rows.push(show(record, formats));
        }
    }

    fn reject(&mut self, kind: FindingKind, row: u32, reason: &str) {
        let entry = || (Spots::default(), reason.to_owned());
        let (spots, _) = self.rejected.entry(kind).or_insert_with(entry);
        spots.add(row);
    }

    fn finish(self, spec: &SourceSpec, reading: &Reading) -> Profile {
        let findings = judge::judge(&self, reading);
        let columns = self.columns.iter().zip(&self.header.positions);
        Profile {
            source: spec.name.to_string(),
            file: self.header.file.to_string(),
            sheet: self.header.sheet.as_ref().map(ToString::to_string),
            encoding: reading.charset().map(Charset::name),
            delimiter: reading.delimiter(),
            header_row: self.header.row,
            rows: self.rows,
            columns: columns
                .map(|(census, position)| ColumnProfile {
                    name: census.name.to_string(),
                    letters: column_letters(*position),
                    declared: census.format.as_ref().map(declare::declaration),
                    seen: census.seen(),
                    empty: census.empty.count,
                    suggestion: declare::suggest(census),
                })
                .collect(),
            first_rows: self.first_rows,
            findings,
        }
    }
}

fn show(record: Record, formats: &[Option<ColumnFormat>]) -> ProfileRow {
    let mut cells = record.cells;
    if let Some(reason) = record.rejected {
        cells.fill(Cell::Broken(reason));
    }
    for (cell, format) in cells.iter_mut().zip(formats) {
        convert(cell, format.as_ref());
    }
    let show = |cell: &Cell| match cell {
        Cell::Value(crate::model::Value::Null) => None,
        Cell::Value(value) => Some(value.to_string()),
        Cell::Broken(problem) => Some(format!("!! {problem}")),
    };
    ProfileRow {
        number: record.number,
        cells: cells.iter().map(show).collect(),
    }
}
