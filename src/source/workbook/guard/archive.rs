use std::fs::File;
use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::source::SourceError;
use crate::source::place::Place;

/// What any part may have, however small it is when packed.
const ALWAYS: u64 = 64 * 1024 * 1024;

/// How many times larger than packed a part may be. Sheets are 10 to 30 times larger; bombs, 1000.
const RATIO: u64 = 200;

/// What no part may have.
const NEVER: u64 = 4 * 1024 * 1024 * 1024;

/// The most that a byte of packed data can become.
const DEFLATE_RATIO: u64 = 1032;

/// Unpacks every part that may be large, without keeping it, and refuses what is out of proportion.
/// The sizes that the archive claims are not believed.
pub(super) fn check_sizes(place: &Place, archive: &mut ZipArchive<&mut File>) -> Result<(), SourceError> {
    for index in 0..archive.len() {
        let part = archive
            .by_index(index)
            .map_err(|error| place.damaged(error.to_string()))?;
        let packed = part.compressed_size();
        let name = part.name().map(|name| name.to_lowercase()).unwrap_or_default();
        let is_read = name.ends_with(".xml") || name.ends_with(".rels");
        if !is_read || packed.saturating_mul(DEFLATE_RATIO) <= ALWAYS {
            continue;
        }
        let limit = packed.saturating_mul(RATIO).saturating_add(ALWAYS).min(NEVER);
        let unpacked = io::copy(&mut part.take(limit + 1), &mut io::sink())
            .map_err(|error| place.damaged(error.to_string()))?;
        if unpacked > limit {
            let problem = format!("its part {name} unpacks to more than {} MB", limit / 1024 / 1024);
            return Err(place.too_large(problem));
        }
    }
    Ok(())
}

/// Compares the number of texts that a workbook claims with the size of the part that has them, since
/// room for all of them is taken at once.
pub(super) fn check_strings(place: &Place, archive: &mut ZipArchive<&mut File>) -> Result<(), SourceError> {
    for index in 0..archive.len() {
        let part = archive
            .by_index(index)
            .map_err(|error| place.damaged(error.to_string()))?;
        let is_strings = part
            .name()
            .is_ok_and(|name| name.to_lowercase().ends_with("sharedstrings.xml"));
        if !is_strings {
            continue;
        }
        let possible = part.compressed_size().saturating_mul(DEFLATE_RATIO) / "<si/>".len() as u64;
        let claimed = claimed_strings(part).unwrap_or(0);
        if claimed > possible.min(NEVER / 5) {
            return Err(place.damaged("it claims more texts than it can have"));
        }
    }
    Ok(())
}

fn claimed_strings(part: impl Read) -> Option<u64> {
    let mut xml = Reader::from_reader(BufReader::new(part.take(ALWAYS)));
    let mut event = Vec::new();
    loop {
        event.clear();
        match xml.read_event_into(&mut event).ok()? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "sst" => {
                let count = element.try_get_attribute("uniqueCount").ok()??;
                // More digits than 64 bits hold are more than any bound.
                return Some(count.value.parse().unwrap_or(u64::MAX));
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
