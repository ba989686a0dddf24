use std::io;

use thiserror::Error;

/// Why a source can't be read, or can't be read on.
///
/// Trouble in one row or one cell is no error: such a row arrives with
/// [`Cell::Broken`](crate::model::Cell::Broken) in it.
#[derive(Debug, Error)]
pub enum SourceError {
    /// There is no such file.
    #[error("there is no file `{file}`{}", hint(nearest.as_ref()))]
    NoFile {
        /// The path as the flow has it.
        file: String,
        /// The file of that folder whose name is most alike.
        nearest: Option<String>,
    },
    /// The file can't be opened or read.
    #[error("`{file}` can't be read: {cause}")]
    Io {
        /// The path as the flow has it.
        file: String,
        /// What the operating system says.
        cause: io::Error,
    },
    /// The file is not of its kind, or is damaged.
    #[error("`{file}` can't be read: {problem}")]
    Damaged {
        /// The path as the flow has it.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The workbook has no such sheet.
    #[error("`{file}` has no sheet `{sheet}`; it has {}{}", list(sheets), hint(nearest.as_ref()))]
    NoSheet {
        /// The path as the flow has it.
        file: String,
        /// The sheet that the flow names.
        sheet: String,
        /// The sheets that are there.
        sheets: Vec<String>,
        /// The sheet whose name is most alike.
        nearest: Option<String>,
    },
    /// There is no row with column names.
    #[error("`{place}` has no row with column names: {problem}")]
    NoHeader {
        /// The file, and the sheet for workbooks.
        place: String,
        /// What is there instead.
        problem: String,
    },
    /// A declared column is not in the file.
    #[error("`{place}` has no column `{column}`; it has {}{}", list(columns), hint(nearest.as_ref()))]
    NoColumn {
        /// The file, and the sheet for workbooks.
        place: String,
        /// The column that the flow declares.
        column: String,
        /// The columns that are there.
        columns: Vec<String>,
        /// The column whose name is most alike.
        nearest: Option<String>,
    },
    /// An option of the source makes no sense.
    #[error("`{option}` can't be {what}; it is one ASCII character")]
    BadOption {
        /// What the flow says.
        option: char,
        /// The option's name: `delimiter` or `quote`.
        what: &'static str,
    },
    /// The file has more than the program reads.
    #[error("`{file}` is too large: {problem}")]
    TooLarge {
        /// The path as the flow has it.
        file: String,
        /// Which bound it breaks, and where.
        problem: String,
    },
    /// A quote that opens is never closed, so that the rows behind it can't be told apart.
    #[error("`{file}`, line {line}: a quote opens in this row and is never closed")]
    OpenQuote {
        /// The path as the flow has it.
        file: String,
        /// The line that the row starts in, counted from 1.
        line: u32,
    },
}

fn hint(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
