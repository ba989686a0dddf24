//! Sheets to rows: delimited text, workbooks, JSON lines. Every cell knows its place.
//!
//! A file becomes a `Grid` of rows with cells as the file has them; `Table` gives the columns their
//! names and reads the cells as the flow declares them; [`Rows`] is what the other rooms walk over.
//! JSON lines, which have no grid, join at [`Rows`].
//!
//! | file | what is in memory at once |
//! | --- | --- |
//! | delimited text, JSON lines | the first 100 rows, then one row |
//! | XLSX, XLSM | the workbook's distinct texts, and a few batches of rows |
//! | XLS, ODS | the whole workbook: their readers know no streaming |

#![expect(
    clippy::disallowed_methods,
    reason = "this room reads files, and one thread of its own reads workbooks"
)]

mod cell;
mod convert;
mod defect;
mod delimited;
mod error;
mod fingerprint;
mod gaps;
mod grid;
mod header;
mod json_lines;
mod open;
mod place;
mod profile;
mod table;
mod workbook;

pub use cell::cell_of;
pub use error::SourceError;
pub use fingerprint::fingerprint;
pub use gaps::{Gap, gaps};
pub use open::{OpenSource, Rows, open};
pub use profile::{ColumnProfile, Finding, FindingKind, Profile, ProfileRow, Seen, SeenCount, profile};
