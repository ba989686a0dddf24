//! Other sources that `lookup` reads.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use crate::model::{Cell, Row, Value};

use super::convert::to_plain_text;
use super::fault::Fault;

/// The sources that a flow's `lookup`s read, whole in memory.
#[derive(Debug, Default)]
pub struct Lookups {
    tables: BTreeMap<Arc<str>, Table>,
}

#[derive(Debug)]
struct Table {
    rows: Vec<Row>,
    /// For each column, the first row of each value; made when it is first asked for.
    indexes: Vec<OnceLock<HashMap<String, usize>>>,
}

impl Lookups {
    /// Adds a source with its rows; `columns` is the number of its columns.
    pub fn add(&mut self, source: Arc<str>, columns: usize, rows: Vec<Row>) {
        let indexes = (0..columns).map(|_| OnceLock::new()).collect();
        self.tables.insert(source, Table { rows, indexes });
    }

    /// Gives the cell `given` of the first row whose cell `wanted` says what the value says; null when there is
    /// no such row, and for an empty value.
    pub(super) fn find(
        &self,
        source: &str,
        (wanted, value): (usize, &Value),
        given: usize,
    ) -> Result<Value, Fault> {
        let Some(table) = self.tables.get(source) else {
            return Err(Fault::new(format!("the source `{source}` was not read")));
        };
        let Some(text) = said(value)? else {
            return Ok(Value::Null);
        };
        let Some(index) = table.indexes.get(wanted) else {
            return Ok(Value::Null);
        };
        let found = index.get_or_init(|| table.index(wanted)).get(&text);
        match found
            .and_then(|row| table.rows.get(*row))
            .map(|row| (row, row.cells.get(given)))
        {
            Some((_, Some(Cell::Value(value)))) => Ok(value.clone()),
            Some((row, Some(Cell::Broken(text)))) => {
                Err(Fault::new(format!("in row {} of `{source}`: {text}", row.number)))
            }
            Some((_, None)) | None => Ok(Value::Null),
        }
    }
}

impl Table {
    fn index(&self, column: usize) -> HashMap<String, usize> {
        let mut index = HashMap::new();
        for (number, row) in self.rows.iter().enumerate() {
            if let Some(Cell::Value(value)) = row.cells.get(column)
                && let Ok(Some(text)) = said(value)
            {
                index.entry(text).or_insert(number);
            }
        }
        index
    }
}

/// Gives what a value says, as it is compared: `7`, `7.0` and the text `7` are the same.
fn said(value: &Value) -> Result<Option<String>, Fault> {
    let text = to_plain_text(value)?;
    Ok(text
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::Lookups;
    use crate::eval::testing::{decimal, row};
    use crate::model::{Cell, Value};

    #[test]
    fn the_first_row_that_says_the_same_gives_its_cell() {
        let mut lookups = Lookups::default();
        let mut broken = row([Value::text("9"), Value::Null]);
        broken.cells[1] = Cell::Broken("`#REF!` is an error of the sheet".into());
        let rows = vec![
            row([Value::Integer(7), Value::text("seven")]),
            row([Value::text(" 7 "), Value::text("again")]),
            broken,
        ];
        lookups.add("prices".into(), 2, rows);
        let find = |value: Value| {
            lookups
                .find("prices", (0, &value), 1)
                .map_err(|fault| fault.message)
        };
        assert_eq!(find(decimal("7.0")), Ok(Value::text("seven")));
        assert_eq!(find(Value::text("7")), Ok(Value::text("seven")));
        assert_eq!(find(Value::text("8")), Ok(Value::Null));
        assert_eq!(find(Value::Null), Ok(Value::Null));
        assert_eq!(
            find(Value::text("9")),
            Err("in row 2 of `prices`: `#REF!` is an error of the sheet".to_owned())
        );
    }
}
