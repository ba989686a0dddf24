use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use cfb::CompoundFile;

use super::MOST_CELLS;
use crate::source::SourceError;
use crate::source::place::Place;

/// The record that says how large a sheet is ([MS-XLS] 2.4.90).
const DIMENSIONS: u16 = 0x0200;

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
        if path.ends_with("Workbook") || path.ends_with("Book") {
            check_dimensions(place, BufReader::new(stream))?;
        }
    }
    Ok(())
}

/// Walks over the records: a type, a length, and as many bytes.
fn check_dimensions(place: &Place, mut stream: impl Read) -> Result<(), SourceError> {
    let mut body = Vec::new();
    loop {
        let mut head = [0; 4];
        // A record that breaks off is for the loader to say.
        if stream.read_exact(&mut head).is_err() {
            return Ok(());
        }
        let [type_low, type_high, length_low, length_high] = head;
        let length = u16::from_le_bytes([length_low, length_high]);
        body.clear();
        let read = stream.by_ref().take(u64::from(length)).read_to_end(&mut body);
        if read.map_err(|error| place.io(error))? < usize::from(length) {
            return Ok(());
        }
        let is_dimensions = u16::from_le_bytes([type_low, type_high]) == DIMENSIONS;
        if is_dimensions && claimed_cells(&body) > MOST_CELLS * 2 {
            return Err(place.damaged("it claims more cells than a sheet has"));
        }
    }
}

/// Reads the rows and columns that a sheet says it has: rows of 32 bits since Excel 97, of 16 before.
fn claimed_cells(body: &[u8]) -> u64 {
    let (rows, columns) = match body {
        [a, b, c, d, e, f, g, h, i, j, k, l, ..] => (
            u32::from_le_bytes([*e, *f, *g, *h]).saturating_sub(u32::from_le_bytes([*a, *b, *c, *d])),
            u16::from_le_bytes([*k, *l]).saturating_sub(u16::from_le_bytes([*i, *j])),
        ),
        [a, b, c, d, e, f, g, h, ..] => (
            u32::from(u16::from_le_bytes([*c, *d]).saturating_sub(u16::from_le_bytes([*a, *b]))),
            u16::from_le_bytes([*g, *h]).saturating_sub(u16::from_le_bytes([*e, *f])),
        ),
        _ => (0, 0),
    };
    u64::from(rows) * u64::from(columns)
}
