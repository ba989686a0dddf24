//! Ranges of cells, as spreadsheets write them.

use crate::model::CellRange;

/// Reads `A1:D20`, `B3:F`, `B:F` or `B3`.
pub(super) fn cell_range(text: &str) -> Option<CellRange> {
    let text = text.trim().to_ascii_uppercase();
    let (first, last) = match text.split_once(':') {
        Some((first, last)) => (first, Some(last)),
        None => (text.as_str(), None),
    };
    let (first_column, first_row) = corner(first)?;
    let first_row = first_row.unwrap_or(0);
    let (last_column, last_row) = match last {
        Some(last) => {
            let (column, row) = corner(last)?;
            (Some(column), row)
        }
        None => (None, None),
    };
    let upright =
        last_column.is_none_or(|last| last >= first_column) && last_row.is_none_or(|last| last >= first_row);
    upright.then_some(CellRange {
        first_row,
        first_column,
        last_row,
        last_column,
    })
}

/// Reads `B3` as column 1, row 2; the row may be missing.
fn corner(text: &str) -> Option<(u32, Option<u32>)> {
    let letters = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = text.get(letters.len()..)?;
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return None;
    }
    let column = letters
        .bytes()
        .fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1)
        - 1;
    if digits.is_empty() {
        return Some((column, None));
    }
    let row = digits.parse::<u32>().ok()?.checked_sub(1)?;
    Some((column, Some(row)))
}

#[cfg(test)]
mod tests {
    use super::{CellRange, cell_range};

    #[test]
    fn ranges_read_as_in_a_spreadsheet() {
        let range = |first_row, first_column, last_row, last_column| {
            Some(CellRange {
                first_row,
                first_column,
                last_row,
                last_column,
            })
        };
        assert_eq!(cell_range("A1:D20"), range(0, 0, Some(19), Some(3)));
        assert_eq!(cell_range("b3:f"), range(2, 1, None, Some(5)));
        assert_eq!(cell_range("B:AA"), range(0, 1, None, Some(26)));
        assert_eq!(cell_range("C4"), range(3, 2, None, None));
        for wrong in ["", "3", "A0", "D1:A2", "A1:", "AAAA1", "A1:B2:C3", "Ä1"] {
            assert_eq!(cell_range(wrong), None, "{wrong}");
        }
    }
}
