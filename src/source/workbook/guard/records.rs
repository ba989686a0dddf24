//! The records of an Excel 97 workbook ([MS-XLS] 2.1.4): a type, a length, and as many bytes.

/// How large a sheet is (2.4.90).
const DIMENSIONS: u16 = 0x0200;

/// Where a sheet's own records start (2.4.28).
const BOUND_SHEET: u16 = 0x0085;

/// The records that put something into a cell; each starts with a row and a column.
const CELLS: [u16; 8] = [0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E];

/// The most columns of a sheet of Excel 97.
const MOST_COLUMNS: u16 = 256;

/// The most rows of a sheet of Excel 97.
const MOST_ROWS: u32 = 65_536;

/// The most places that sheets may start at, beside the borders of records.
const MOST_ODD_STARTS: usize = 64;

/// Tells whether every size and every cell lies in a sheet. A loader starts to read wherever a sheet
/// says that it starts, so all these places are looked at too.
pub(super) fn are_possible(stream: &[u8]) -> bool {
    let mut borders = Vec::new();
    let mut starts = Vec::new();
    let mut is_possible = true;
    for record in walk(stream, 0) {
        borders.push(record.at);
        is_possible &= record.is_possible();
        starts.extend(record.sheet_start());
    }
    starts.sort_unstable();
    starts.dedup();
    starts.retain(|start| borders.binary_search(start).is_err());
    is_possible
        && starts.len() <= MOST_ODD_STARTS
        && starts
            .iter()
            .all(|start| walk(stream, *start).all(|record| record.is_possible()))
}

struct Record<'a> {
    at: usize,
    kind: u16,
    body: &'a [u8],
}

/// Walks over the records from a place on. A record that breaks off is for the loader to say.
fn walk(stream: &[u8], start: usize) -> impl Iterator<Item = Record<'_>> {
    let mut at = start;
    std::iter::from_fn(move || {
        let rest = stream.get(at..)?;
        let record = Record {
            at,
            kind: short(rest, 0)?,
            body: rest.get(4..4 + usize::from(short(rest, 2)?))?,
        };
        at += 4 + record.body.len();
        Some(record)
    })
}

impl Record<'_> {
    fn sheet_start(&self) -> Option<usize> {
        let start = (self.kind == BOUND_SHEET).then(|| long(self.body, 0)).flatten()?;
        usize::try_from(start).ok()
    }

    fn is_possible(&self) -> bool {
        match self.kind {
            DIMENSIONS => self.is_possible_size(),
            kind if CELLS.contains(&kind) => short(self.body, 2).is_none_or(|column| column < MOST_COLUMNS),
            _ => true,
        }
    }

    /// Looks at the first row and the one after the last, then the same of columns: rows of 32 bits
    /// since Excel 97, of 16 before. None of either is an empty sheet.
    fn is_possible_size(&self) -> bool {
        let size = match self.body.len() {
            10 => (
                short(self.body, 0).map(u32::from),
                short(self.body, 2).map(u32::from),
                short(self.body, 6),
            ),
            _ => (long(self.body, 0), long(self.body, 4), short(self.body, 10)),
        };
        let (Some(first_row), Some(end_row), Some(end_column)) = size else {
            return true;
        };
        let is_empty = end_row == 0 || end_column == 0;
        is_empty || (first_row < end_row && end_row <= MOST_ROWS && end_column <= MOST_COLUMNS)
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::are_possible;

    fn dimensions(rows: [u32; 2], columns: [u16; 2]) -> Vec<u8> {
        let mut record = vec![0x00, 0x02, 0x0E, 0x00];
        record.extend(rows.iter().flat_map(|row| row.to_le_bytes()));
        record.extend(columns.iter().flat_map(|column| column.to_le_bytes()));
        record.extend([0, 0]);
        record
    }

    #[test]
    fn sizes_of_real_sheets_are_possible() {
        assert!(are_possible(&dimensions([0, 65_536], [0, 256])));
        assert!(are_possible(&dimensions([0, 0], [0, 0])));
    }

    #[test]
    fn sizes_that_no_sheet_has_are_not() {
        assert!(!are_possible(&dimensions([0, 65_537], [0, 1])));
        assert!(!are_possible(&dimensions([9, 5], [0, 1])));
    }

    #[test]
    fn a_cell_beyond_the_last_column_is_not_possible() {
        assert!(!are_possible(&[0x03, 0x02, 0x04, 0x00, 0x00, 0x00, 0x00, 0x01]));
    }

    #[test]
    fn a_sheet_that_starts_inside_another_record_is_looked_at() {
        let size = dimensions([0, u32::MAX], [0, 1]);
        let mut stream = vec![0x85, 0x00, 0x04, 0x00, 12, 0, 0, 0];
        stream.extend([0x01, 0x00, size.len() as u8, 0x00]);
        stream.extend(size);
        assert!(!are_possible(&stream));
    }
}
