use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::model::{Cell, Header, SourceSpec, Value};

use super::SourceError;
use super::convert::parse_exact;
use super::place::Place;
use super::table::{LOOK_AHEAD, LOOK_AHEAD_BYTES, Record};

/// The longest line.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// The most columns.
const MOST_COLUMNS: usize = 16_384;

/// How many keys that come too late are remembered.
const LATE_KEYS: usize = 20;

/// One JSON object a line.
///
/// The columns are the keys of the first 100 objects in the order in which they come, and then the
/// declared ones that are not among them. A key that comes later for the first time is no column: no
/// flow can name it.
pub(super) struct JsonLines {
    lines: ObjectLines,
    header: Arc<Header>,
    columns: HashMap<Arc<str>, usize>,
    ahead: VecDeque<ObjectLine>,
    failure: Option<SourceError>,
    late: Vec<(u32, String)>,
}

/// A line that is not blank.
struct ObjectLine {
    number: u32,
    object: Result<Map<String, Json>, Arc<str>>,
}

impl JsonLines {
    /// Reads the first objects.
    pub(super) fn open(place: &Place, spec: &SourceSpec) -> Result<Self, SourceError> {
        let mut lines = ObjectLines {
            reader: BufReader::new(place.open()?),
            place: place.clone(),
            number: 0,
            line: Vec::new(),
        };
        let mut ahead = VecDeque::new();
        let mut failure = None;
        let mut bytes = 0;
        while ahead.len() < LOOK_AHEAD && bytes < LOOK_AHEAD_BYTES && failure.is_none() {
            match lines.next_object() {
                None => break,
                Some(Ok(line)) => {
                    bytes += lines.line.len();
                    ahead.push_back(line);
                }
                Some(Err(error)) => failure = Some(error),
            }
        }
        let declared = spec.columns.iter().map(|column| &*column.name);
        let objects = ahead.iter().filter_map(|line| line.object.as_ref().ok());
        let keys = objects.flat_map(|object| object.keys().map(String::as_str));
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut columns = HashMap::new();
        for key in keys.chain(declared) {
            if names.len() < MOST_COLUMNS && !columns.contains_key(key) {
                let name: Arc<str> = key.into();
                columns.insert(Arc::clone(&name), names.len());
                names.push(name);
            }
        }
        Ok(JsonLines {
            lines,
            header: Arc::new(Header {
                file: place.name.as_str().into(),
                sheet: None,
                positions: (0..).take(names.len()).collect(),
                columns: names,
                row: 0,
            }),
            columns,
            ahead,
            failure,
            late: Vec::new(),
        })
    }

    /// Gives the columns.
    pub(super) fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// Gives the first keys that came too late to be columns, as far as was read.
    pub(super) fn late_keys(&self) -> &[(u32, String)] {
        &self.late
    }

    /// Reads the next line that is not blank.
    pub(super) fn next_record(&mut self) -> Option<Result<Record, SourceError>> {
        let line = match self.ahead.pop_front() {
            Some(line) => line,
            None => match self.failure.take() {
                Some(error) => return Some(Err(error)),
                None => match self.lines.next_object()? {
                    Ok(line) => line,
                    Err(error) => return Some(Err(error)),
                },
            },
        };
        Some(Ok(self.arrange(line)))
    }

    fn arrange(&mut self, line: ObjectLine) -> Record {
        let mut record = Record {
            number: line.number,
            cells: vec![Cell::Value(Value::Null); self.header.columns.len()],
            rejected: None,
            width: 0,
        };
        match line.object {
            Err(reason) => record.rejected = Some(reason),
            Ok(object) => {
                record.width = object.len();
                for (key, json) in &object {
                    let column = self.columns.get(key.as_str());
                    match column.and_then(|column| record.cells.get_mut(*column)) {
                        Some(cell) => *cell = read_json(json),
                        None => note_late(&mut self.late, line.number, key),
                    }
                }
            }
        }
        record
    }
}

fn note_late(late: &mut Vec<(u32, String)>, row: u32, key: &str) {
    if late.len() < LATE_KEYS && !late.iter().any(|(_, known)| known == key) {
        late.push((row, key.to_owned()));
    }
}

/// Reads a member of an object. A number that can't be held exactly is broken.
fn read_json(json: &Json) -> Cell {
    let Json::Number(number) = json else {
        return match Value::from_json(json) {
            Value::Text(text) if text.is_empty() => Cell::Value(Value::Null),
            Value::Text(text) if text.contains('\0') => Cell::Broken("the text holds a NUL character".into()),
            value => Cell::Value(value),
        };
    };
    match Value::from_json(json) {
        Value::Text(_) => inexact(number),
        // A plain number is read again, since the first reading may have rounded it.
        Value::Decimal(_) => match exact_number(&number.to_string()) {
            Some(value) => Cell::Value(value),
            None => inexact(number),
        },
        value => Cell::Value(value),
    }
}

fn inexact(number: &serde_json::Number) -> Cell {
    Cell::Broken(format!("`{number}` has more digits than can be held exactly").into())
}

/// Reads a JSON number: digits, and perhaps an exponent, which only moves the point.
fn exact_number(text: &str) -> Option<Value> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return parse_exact(text).map(Value::Decimal);
    };
    let exponent: i32 = exponent
        .parse()
        .ok()
        .filter(|exponent| (-64..=64).contains(exponent))?;
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let mut digits = format!("{whole}{fraction}");
    if point <= 0 {
        digits.insert_str(0, &"0".repeat(usize::try_from(1 - point).ok()?));
    }
    let point = usize::try_from(point.max(1)).ok()?;
    while digits.len() < point {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at_checked(point)?;
    let fraction = fraction.trim_end_matches('0');
    let decimal = match fraction {
        "" => parse_exact(&format!("{sign}{whole}")),
        fraction => parse_exact(&format!("{sign}{whole}.{fraction}")),
    };
    decimal.map(Value::Decimal)
}

struct ObjectLines {
    reader: BufReader<File>,
    place: Place,
    number: u32,
    line: Vec<u8>,
}

impl ObjectLines {
    fn next_object(&mut self) -> Option<Result<ObjectLine, SourceError>> {
        loop {
            match self.read_line() {
                Err(error) => return Some(Err(self.place.io(error))),
                Ok(false) => return None,
                Ok(true) => {}
            }
            if self.line.len() as u64 > LONGEST_LINE {
                let bound = LONGEST_LINE / 1024 / 1024;
                let problem = format!("line {} has more than {bound} MB", self.number);
                return Some(Err(self.place.too_large(problem)));
            }
            if !self.line.trim_ascii().is_empty() {
                return Some(Ok(ObjectLine {
                    number: self.number,
                    object: parse_object(&self.line),
                }));
            }
        }
    }

    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let mut bounded = self.reader.by_ref().take(LONGEST_LINE + 1);
        let length = bounded.read_until(b'\n', &mut self.line)?;
        self.number = self.number.saturating_add(1);
        if self.number == 1 && self.line.starts_with(b"\xEF\xBB\xBF") {
            self.line.drain(..3);
        }
        Ok(length > 0)
    }
}

fn parse_object(line: &[u8]) -> Result<Map<String, Json>, Arc<str>> {
    match serde_json::from_slice(line) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err("the line is no JSON object".into()),
        Err(error) => Err(explain(&error).into()),
    }
}

/// Says what is wrong, without the line, which the parser always counts as the first.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("the line is no JSON: {what}, at character {}", error.column())
}

#[cfg(test)]
mod tests {
    use super::read_json;
    use crate::model::Cell;

    fn number(text: &str) -> String {
        match read_json(&serde_json::from_str(text).expect("it is JSON")) {
            Cell::Value(value) => value.to_string(),
            Cell::Broken(problem) => problem.to_string(),
        }
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        assert_eq!(number("12"), "12");
        assert_eq!(number("19.990000000000002"), "19.990000000000002");
        assert_eq!(number("-1.25e2"), "-125");
        assert_eq!(number("125e-4"), "0.0125");
        assert_eq!(
            number("0.12345678901234567890123456789012345"),
            "`0.12345678901234567890123456789012345` has more digits than can be held exactly"
        );
        assert!(number("1e400").contains("more digits"));
    }
}
