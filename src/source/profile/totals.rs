use rust_decimal::Decimal;

use super::Spots;
use super::shape::Shape;
use crate::model::{Cell, Value};
use crate::source::grid::is_blank;
use crate::source::table::Record;

/// What the first text of a totals row says, in the languages whose sheets come most.
const WORDS: [&str; 24] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sub total",
    "sum",
    "sums",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "somme",
    "total général",
    "totale",
    "suma",
    "razem",
    "итого",
    "всего",
    "сумма",
    "разом",
    "усього",
    "toplam",
    "合計",
    "合计",
];

/// Looks for rows that sum up the others.
#[derive(Debug, Default)]
pub(super) struct TotalsCensus {
    named: Spots,
    sums: Vec<Option<Decimal>>,
    rows: u64,
    last: Option<(u32, bool)>,
}

impl TotalsCensus {
    /// Looks at a row.
    pub(super) fn take(&mut self, record: &Record) {
        let numbers: Vec<Option<Decimal>> = record.cells.iter().map(number).collect();
        let named = names_a_total(&record.cells);
        if named {
            self.named.add(record.number);
        }
        let keyless = record.cells.first().is_some_and(is_blank);
        let summing = self.rows >= 2 && keyless && self.matches_sums(&numbers);
        self.last = Some((record.number, summing && !named));
        if !named {
            self.add(&numbers);
        }
        self.rows += 1;
    }

    /// Gives the rows that say so in words, and the last row when its numbers say so.
    pub(super) fn rows(&self) -> Spots {
        let mut spots = self.named.clone();
        if let Some((row, true)) = self.last {
            spots.add(row);
        }
        spots
    }

    fn matches_sums(&self, numbers: &[Option<Decimal>]) -> bool {
        numbers
            .iter()
            .zip(&self.sums)
            .any(|(number, sum)| number.is_some_and(|number| !number.is_zero() && *sum == Some(number)))
    }

    fn add(&mut self, numbers: &[Option<Decimal>]) {
        self.sums.resize(numbers.len(), Some(Decimal::ZERO));
        for (sum, number) in self.sums.iter_mut().zip(numbers) {
            if let Some(number) = number {
                *sum = sum.and_then(|sum| sum.checked_add(*number));
            }
        }
    }
}

fn number(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Value(Value::Null) | Cell::Broken(_) => None,
        Cell::Value(value) => Shape::of(value).number,
    }
}

/// Tells whether the first cell that is not empty says `Total`, and other cells follow.
fn names_a_total(cells: &[Cell]) -> bool {
    let Some(first) = cells.iter().position(|cell| !is_blank(cell)) else {
        return false;
    };
    let Some(Cell::Value(Value::Text(text))) = cells.get(first) else {
        return false;
    };
    let word = text.trim().trim_end_matches(':').trim_end().to_lowercase();
    WORDS.contains(&word.as_str()) && cells.iter().skip(first + 1).any(|cell| !is_blank(cell))
}
