use crate::model::{Cell, Value};

use super::{OpenSource, SourceError};

/// How often a column is empty in the first rows of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The number of rows in which it is empty.
    pub empty: u64,
    /// The first few of these rows, as the file counts them.
    pub rows: Vec<u32>,
}

/// How many rows a gap names at most.
const MOST_ROWS: usize = 5;

/// Reads the first rows of a source, at most so many, and counts the empty cells of each column. Gives how many
/// rows were read, and the gaps in the order of the columns.
///
/// # Errors
///
/// A file that breaks off in these rows.
pub fn gaps(source: OpenSource, most: usize) -> Result<(u64, Vec<Gap>), SourceError> {
    let mut gaps = vec![Gap::default(); source.header().columns.len()];
    let mut read = 0;
    for row in source.rows().take(most) {
        let row = row?;
        read += 1;
        for (gap, cell) in gaps.iter_mut().zip(&row.cells) {
            if is_empty(cell) {
                gap.empty += 1;
                if gap.rows.len() < MOST_ROWS {
                    gap.rows.push(row.number);
                }
            }
        }
    }
    Ok((read, gaps))
}

fn is_empty(cell: &Cell) -> bool {
    match cell {
        Cell::Value(Value::Null) => true,
        Cell::Value(Value::Text(text)) => text.trim().is_empty(),
        Cell::Value(_) | Cell::Broken(_) => false,
    }
}
