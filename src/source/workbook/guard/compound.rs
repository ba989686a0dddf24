use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use cfb::CompoundFile;

use super::records;
use crate::source::SourceError;
use crate::source::place::Place;

/// The largest file of this kind: a sheet has 65,536 rows of 256 columns.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Looks at a workbook of Excel 97: chains of sectors must end, and the sizes of sheets must be
/// possible, since room for all their cells is taken at once.
pub(super) fn check(place: &Place, file: &mut File) -> Result<(), SourceError> {
    let damaged = |error: std::io::Error| place.damaged(error.to_string());
    let length = file.metadata().map_err(|error| place.io(error))?.len();
    if length > LARGEST {
        return Err(place.too_large(format!("it has more than {} MB", LARGEST / 1024 / 1024)));
    }
    file.seek(SeekFrom::Start(0)).map_err(|error| place.io(error))?;
    let mut compound = CompoundFile::open(file).map_err(damaged)?;
    let streams: Vec<_> = compound
        .walk()
        .filter(cfb::Entry::is_stream)
        .map(|entry| entry.path().to_owned())
        .collect();
    if streams.iter().any(|path| path.ends_with("EncryptedPackage")) {
        return Err(place.damaged("it is protected with a password; save it without one"));
    }
    for path in streams {
        // Opening a stream walks along its chain.
        let stream = compound.open_stream(&path).map_err(damaged)?;
        let name = path.file_name().map(|name| name.to_ascii_lowercase());
        if name.is_some_and(|name| name == "workbook" || name == "book") {
            let mut records = Vec::new();
            stream
                .take(LARGEST)
                .read_to_end(&mut records)
                .map_err(|error| place.io(error))?;
            if !records::are_possible(&records) {
                return Err(place.damaged("it claims more cells than a sheet has"));
            }
        }
    }
    Ok(())
}
