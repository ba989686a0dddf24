use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use zip::ZipArchive;

use super::Kind;
use crate::source::SourceError;
use crate::source::place::Place;

/// Finds out which kind of workbook a ZIP file is.
pub(super) fn find_kind(place: &Place, file: &mut File) -> Result<Kind, SourceError> {
    let archive = ZipArchive::new(file).map_err(|error| place.damaged(error.to_string()))?;
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
