use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::source::SourceError;
use crate::source::place::Place;

/// How large the parts of an archive may be when they are unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// What any part may have, however small it is when packed.
    always: u64,
    /// How many times larger than packed a part may be.
    ratio: u64,
    /// What no part may have.
    never: u64,
}

/// Sheets are 10 to 30 times larger than packed; bombs, 1000 times.
pub(super) const LIMITS: Limits = Limits {
    always: 64 * 1024 * 1024,
    ratio: 200,
    never: 4 * 1024 * 1024 * 1024,
};

/// The most that a byte of packed data can become.
const DEFLATE_RATIO: u64 = 1032;

/// Unpacks every part that may be large, without keeping it, and refuses what is out of proportion.
/// The sizes that the archive claims are not believed.
pub(super) fn check_sizes<R: Read + Seek>(
    place: &Place,
    archive: &mut ZipArchive<R>,
    limits: Limits,
) -> Result<(), SourceError> {
    for index in 0..archive.len() {
        let part = archive
            .by_index(index)
            .map_err(|error| place.damaged(error.to_string()))?;
        let packed = part.compressed_size();
        let name = part.name().map(|name| name.to_lowercase()).unwrap_or_default();
        let is_read = name.ends_with(".xml") || name.ends_with(".rels");
        if !is_read || packed.saturating_mul(DEFLATE_RATIO) <= limits.always {
            continue;
        }
        let limit = packed
            .saturating_mul(limits.ratio)
            .saturating_add(limits.always)
            .min(limits.never);
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
        if claimed > possible.min(LIMITS.never / 5) {
            return Err(place.damaged("it claims more texts than it can have"));
        }
    }
    Ok(())
}

fn claimed_strings(part: impl Read) -> Option<u64> {
    let mut xml = Reader::from_reader(BufReader::new(part.take(LIMITS.always)));
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::path::Path;

    use zip::write::SimpleFileOptions;
    use zip::{ZipArchive, ZipWriter};

    use super::{Limits, check_sizes};
    use crate::source::place::Place;

    fn check(content: &[u8]) -> Result<(), String> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default())
            .expect("a part can be started");
        writer.write_all(content).expect("a part can be written");
        let packed = writer.finish().expect("an archive can be finished").into_inner();
        let mut archive = ZipArchive::new(Cursor::new(packed)).expect("it is an archive");
        let limits = Limits {
            always: 10_000,
            ratio: 20,
            never: 1_000_000,
        };
        let place = Place::new(Path::new(""), "a.xlsx");
        check_sizes(&place, &mut archive, limits).map_err(|error| error.to_string())
    }

    #[test]
    fn a_part_out_of_proportion_is_refused() {
        assert!(check(&vec![b' '; 100_000]).is_err());
        assert!(check(&vec![b' '; 9_000]).is_ok());
    }

    #[test]
    fn a_large_part_in_proportion_is_read_up_to_a_bound() {
        let text = |length: u32| -> Vec<u8> {
            (0..length)
                .flat_map(|number| (number * 7919).to_le_bytes())
                .collect()
        };
        assert!(check(&text(50_000)).is_ok());
        assert!(check(&text(300_000)).is_err());
    }
}
