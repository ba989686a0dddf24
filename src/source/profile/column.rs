use std::collections::BTreeMap;
use std::sync::Arc;

use super::date_form::DateForm;
use super::keys::{KeyCensus, names_a_key};
use super::shape::Shape;
use super::{FindingKind, Seen, SeenCount, Spots};
use crate::model::{Cell, ColumnFormat, Value};
use crate::source::convert::convert;
use crate::source::defect::Defect;

/// What a column holds, counted.
#[derive(Debug)]
pub(super) struct ColumnCensus {
    /// The name that flows use.
    pub(super) name: Arc<str>,
    /// Its index in the header.
    pub(super) index: usize,
    /// How the flow declares it.
    pub(super) format: Option<ColumnFormat>,
    /// The empty cells.
    pub(super) empty: Spots,
    /// The number of cells that are not empty.
    pub(super) filled: u64,
    /// The cells that look like each type.
    pub(super) types: BTreeMap<Seen, Spots>,
    /// The cells that are text and look like a number.
    pub(super) numbers_as_text: Spots,
    /// The number of cells that are text and look like a decimal with a point.
    pub(super) points_as_text: u64,
    /// What is wrong with single cells; the message of the first of each kind.
    pub(super) troubles: BTreeMap<FindingKind, (Spots, String)>,
    /// The ways in which dates are written, with the first row and text of each.
    pub(super) dates: BTreeMap<DateForm, (u32, String)>,
    /// The cells of digits alone, by the number of digits.
    pub(super) digits: BTreeMap<usize, Spots>,
    /// The cells whose digits start with a zero.
    pub(super) zero_first: u64,
    /// The values, for a column that looks like a key.
    pub(super) keys: Option<KeyCensus>,
}

impl ColumnCensus {
    /// Starts with nothing seen.
    pub(super) fn new(name: &Arc<str>, index: usize, format: Option<ColumnFormat>) -> Self {
        ColumnCensus {
            keys: (index == 0 || names_a_key(name)).then(KeyCensus::default),
            name: Arc::clone(name),
            index,
            format,
            empty: Spots::default(),
            filled: 0,
            types: BTreeMap::new(),
            numbers_as_text: Spots::default(),
            points_as_text: 0,
            troubles: BTreeMap::new(),
            dates: BTreeMap::new(),
            digits: BTreeMap::new(),
            zero_first: 0,
        }
    }

    /// Counts a cell as the file has it.
    pub(super) fn take(&mut self, row: u32, cell: &Cell) {
        let value = match cell {
            Cell::Value(value) if value.is_empty() => {
                self.empty.add(row);
                return;
            }
            Cell::Value(value) => value,
            Cell::Broken(problem) => {
                self.filled += 1;
                self.types.entry(Seen::Broken).or_default().add(row);
                return self.blame(kind_of_problem(problem), row, problem);
            }
        };
        self.filled += 1;
        self.take_shape(row, value);
        if let Value::Text(text) = value {
            self.take_text(row, text);
        }
        if let Some(keys) = &mut self.keys {
            keys.take(row, value);
        }
        if self.format.is_none() {
            return;
        }
        let mut converted = cell.clone();
        convert(&mut converted, self.format.as_ref());
        if let Cell::Broken(problem) = &converted {
            self.blame(FindingKind::NotAsDeclared, row, problem);
        }
    }

    fn take_shape(&mut self, row: u32, value: &Value) {
        let shape = Shape::of(value);
        self.types.entry(shape.seen).or_default().add(row);
        if shape.is_text && shape.number.is_some() {
            self.numbers_as_text.add(row);
        }
        if shape.rounded {
            let problem = format!("`{value}` may have lost digits: a spreadsheet's numbers keep 15");
            self.blame(FindingKind::LostDigits, row, &problem);
        }
        if shape.seen == Seen::DecimalComma {
            self.blame(FindingKind::DecimalComma, row, &format!("`{value}`"));
        }
        if shape.is_text && shape.seen == Seen::Decimal {
            self.points_as_text += 1;
        }
        if let Some(form) = shape.date {
            self.dates.entry(form).or_insert_with(|| (row, value.to_string()));
        }
        if let Some(digits) = shape.digits.filter(|digits| *digits <= 64) {
            self.digits.entry(digits).or_default().add(row);
        }
        self.zero_first += u64::from(shape.zero_first);
    }

    fn take_text(&mut self, row: u32, text: &str) {
        if text.trim() != text {
            self.blame(FindingKind::OuterSpaces, row, &format!("`{text}`"));
        }
        if text.contains(is_odd_space) {
            self.blame(FindingKind::OddSpaces, row, &format!("`{text}`"));
        }
        if text.contains('\u{fffd}') {
            let problem = format!("`{text}` has characters that an earlier program has lost");
            self.blame(FindingKind::DamagedText, row, &problem);
        }
    }

    fn blame(&mut self, kind: FindingKind, row: u32, problem: &str) {
        let entry = self.troubles.entry(kind);
        entry
            .or_insert_with(|| (Spots::default(), problem.to_owned()))
            .0
            .add(row);
    }

    /// Gives the types, the most frequent first.
    pub(super) fn seen(&self) -> Vec<SeenCount> {
        let counts = self.types.iter().map(|(seen, spots)| SeenCount {
            seen: *seen,
            count: spots.count,
        });
        let mut counts: Vec<SeenCount> = counts.collect();
        counts.sort_by_key(|seen| std::cmp::Reverse(seen.count));
        counts
    }

    /// Gives the number of cells that look like a number of any kind.
    pub(super) fn numbers(&self) -> u64 {
        self.count(Seen::Integer) + self.count(Seen::Decimal) + self.count(Seen::DecimalComma)
    }

    /// Gives the number of cells that look like a type.
    pub(super) fn count(&self, seen: Seen) -> u64 {
        self.types.get(&seen).map_or(0, |spots| spots.count)
    }
}

fn kind_of_problem(problem: &str) -> FindingKind {
    match Defect::of(problem) {
        Some(Defect::ErrorValue) => FindingKind::ErrorCell,
        Some(Defect::Uncomputed) => FindingKind::UncomputedFormula,
        Some(Defect::LostDigits) => FindingKind::LostDigits,
        None => FindingKind::DamagedText,
    }
}

/// Spaces that a person takes for plain ones, and characters that nobody sees.
fn is_odd_space(letter: char) -> bool {
    matches!(
        letter,
        '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{200b}' | '\u{feff}'
    )
}
