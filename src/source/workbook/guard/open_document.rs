use std::fs::File;
use std::io::BufReader;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::MOST_CELLS;
use crate::source::SourceError;
use crate::source::place::Place;
use crate::source::workbook::{MOST_COLUMNS, MOST_ROWS};

/// The most spaces that one element may stand for.
const MOST_SPACES: u64 = 1_000_000;

/// Walks over an OpenDocument sheet's XML before it is loaded: it must be whole, since the loader waits
/// for the end of every table, and what its repetitions stand for must fit in memory.
pub(super) fn check_content(place: &Place, archive: &mut ZipArchive<&mut File>) -> Result<(), SourceError> {
    let part = archive
        .by_name("content.xml")
        .map_err(|error| place.damaged(error.to_string()))?;
    let mut xml = Reader::from_reader(BufReader::new(part));
    let mut event = Vec::new();
    let mut depth = 0_u64;
    let mut census = Census::default();
    loop {
        event.clear();
        let event = xml
            .read_event_into(&mut event)
            .map_err(|error| place.damaged(error.to_string()))?;
        match event {
            Event::Start(element) => {
                depth += 1;
                census.start(&element);
            }
            Event::Empty(element) => {
                census.start(&element);
                census.end(element.name().as_ref());
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                census.end(element.name().as_ref());
            }
            Event::Eof if depth > 0 => return Err(place.damaged("its content breaks off")),
            Event::Eof => return Ok(()),
            _ => {}
        }
        if census.cells > MOST_CELLS || census.spaces > MOST_SPACES {
            let problem =
                format!("its sheets have more than {MOST_CELLS} cells; save it as .xlsx, which is streamed");
            return Err(place.too_large(problem));
        }
    }
}

/// Counts the cells that a loader will make.
#[derive(Default)]
struct Census {
    cells: u64,
    spaces: u64,
    row_repeats: u64,
    row_cells: u64,
    gap: u64,
}

impl Census {
    fn start(&mut self, element: &BytesStart<'_>) {
        match element.name().as_ref() {
            "table:table-row" => {
                self.row_repeats = number(element, "table:number-rows-repeated").min(u64::from(MOST_ROWS));
                self.row_cells = 0;
                self.gap = 0;
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let repeats = number(element, "table:number-columns-repeated").min(u64::from(MOST_COLUMNS));
                let is_filled = element.attributes().flatten().any(|attribute| {
                    let key = attribute.key.as_ref();
                    key.starts_with("office:") || key.starts_with("calcext:") || key == "table:formula"
                });
                if is_filled {
                    self.row_cells = (self.row_cells + self.gap + repeats).min(u64::from(MOST_COLUMNS));
                    self.gap = 0;
                } else {
                    self.gap = (self.gap + repeats).min(u64::from(MOST_COLUMNS));
                }
            }
            "text:s" => self.spaces = self.spaces.saturating_add(number(element, "text:c")),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if name == "table:table-row" {
            self.cells = self.cells.saturating_add(self.row_cells * self.row_repeats);
            self.row_cells = 0;
        }
    }
}

/// Reads a number of repetitions. What is no number is refused by the loader.
fn number(element: &BytesStart<'_>, name: &str) -> u64 {
    let attribute = element.try_get_attribute(name).ok().flatten();
    attribute.map_or(1, |attribute| attribute.value.parse().unwrap_or(u64::MAX))
}
