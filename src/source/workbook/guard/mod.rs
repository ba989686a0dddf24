//! What is looked at before calamine reads a workbook, so that a damaged or hostile file can't make it
//! run without end, take memory without bound, or end the program.
//!
//! calamine believes what a file claims: sizes, repetitions, chains. Its panics are caught, but memory
//! that can't be had ends a program. So the claims are compared with the file first.

mod archive;
mod compound;
mod open_document;
mod records;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use zip::ZipArchive;

use super::Kind;
use crate::source::SourceError;
use crate::source::place::Place;

/// The most cells of a sheet that is held in memory: some 700 MB.
const MOST_CELLS: u64 = 12_000_000;

/// Finds out which kind of workbook a ZIP file is, and refuses one that is a bomb.
pub(super) fn check_archive(place: &Place, file: &mut File) -> Result<Kind, SourceError> {
    let mut archive = ZipArchive::new(file).map_err(|error| place.damaged(error.to_string()))?;
    let kind = find_kind(place, &archive)?;
    archive::check_sizes(place, &mut archive, archive::LIMITS)?;
    match kind {
        Kind::Xlsx => archive::check_strings(place, &mut archive)?,
        Kind::Ods => open_document::check_content(place, &mut archive)?,
        Kind::Xls => {}
    }
    Ok(kind)
}

/// Refuses a workbook of Excel 97 whose structure has no end.
pub(super) fn check_compound(place: &Place, file: &mut File) -> Result<(), SourceError> {
    compound::check(place, file)
}

fn find_kind(place: &Place, archive: &ZipArchive<&mut File>) -> Result<Kind, SourceError> {
    let mut kind = None;
    for name in archive.file_names().filter_map(Result::ok) {
        match name.to_lowercase().as_str() {
            "content.xml" => kind = Some(Kind::Ods),
            "xl/workbook.bin" => {
                return Err(place.damaged("it is a binary workbook (.xlsb); save it as .xlsx"));
            }
            name if name.ends_with("workbook.xml") => return Ok(Kind::Xlsx),
            _ => {}
        }
    }
    kind.ok_or_else(|| place.damaged("it is a ZIP file, but no workbook"))
}

/// Runs a piece of a reader that panics on some damaged files, and makes its panic an error.
pub(super) fn shielded<Output, Error: std::fmt::Display>(
    work: impl FnOnce() -> Result<Output, Error>,
) -> Result<Output, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it is damaged".to_owned()),
    }
}
