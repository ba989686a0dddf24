use std::sync::Arc;
use std::time::Duration;

/// A source as a flow declares it. Paths are relative to the project's directory.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSpec {
    /// The name that flows use.
    pub name: Arc<str>,
    /// What to read, and how.
    pub kind: SourceKind,
    /// The columns whose types were declared.
    pub columns: Vec<ColumnDeclaration>,
}

/// A plugin as a flow declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginSpec {
    /// The name that flows use.
    pub name: Arc<str>,
    /// The file or folder, relative to the project's directory.
    pub path: String,
    /// What each call may use.
    pub limits: PluginLimits,
}

/// The limits of a plugin's calls that a flow sets; `None` leaves the usual one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginLimits {
    /// Units of fuel.
    pub fuel: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<usize>,
    /// The longest time.
    pub time: Option<Duration>,
}

/// The kinds of sources, each with its own options. `None` means: find out from the file.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// Delimited text.
    Csv {
        /// The file.
        path: String,
        /// The character between fields: `,` `;` a tab or `|`.
        delimiter: Option<char>,
        /// The character around fields; `"` by default.
        quote: Option<char>,
        /// The text encoding.
        encoding: Option<TextEncoding>,
        /// The line with the column names, counted from 1; the first that is not blank by default.
        header: Option<u32>,
    },
    /// One sheet of an XLSX, XLSM, XLS or ODS workbook.
    Workbook {
        /// The file.
        path: String,
        /// The sheet; the first by default.
        sheet: Option<String>,
        /// The cells to read; all by default.
        range: Option<CellRange>,
        /// The row with the column names, counted from 1; the first of the range by default.
        header: Option<u32>,
    },
    /// One JSON object a line.
    JsonLines {
        /// The file.
        path: String,
    },
}

impl SourceKind {
    /// Gives the file as the flow names it.
    pub fn path(&self) -> &str {
        match self {
            SourceKind::Csv { path, .. }
            | SourceKind::Workbook { path, .. }
            | SourceKind::JsonLines { path } => path,
        }
    }
}

/// A range of cells such as `B3:F`, with both ends included. Rows and columns count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellRange {
    /// The first row.
    pub first_row: u32,
    /// The first column.
    pub first_column: u32,
    /// The last row; `None` reads to the end.
    pub last_row: Option<u32>,
    /// The last column; `None` reads to the end.
    pub last_column: Option<u32>,
}

/// The text encodings that sheets come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// UTF-16, little-endian unless a byte-order mark says otherwise.
    Utf16,
    /// Windows-1252, which Excel saves in western Europe.
    Windows1252,
}

/// A declared column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDeclaration {
    /// The column's name in the sheet.
    pub name: Arc<str>,
    /// How its cells are read.
    pub format: ColumnFormat,
}

/// How the cells of a column are read.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnFormat {
    /// As text; numbers keep the digits that the file has.
    Text,
    /// As a whole number.
    Integer,
    /// As a decimal: `1,234.56`.
    Decimal,
    /// As a decimal with a comma: `1.234,56`.
    DecimalComma,
    /// As one of two words, in any case.
    Boolean {
        /// The text that means true.
        yes: String,
        /// The text that means false.
        no: String,
    },
    /// As a date of this strftime format; ISO dates and the workbook's own dates when `None`.
    Date(Option<String>),
    /// As a moment in RFC 3339 or the workbook's own times.
    Time,
}
