//! Numbers as people write them: `1.234,56` and `1,234.56`.

use crate::eval::fault::{Fault, quote};
use crate::eval::number::Number;
use crate::model::Value;

use super::function::Call;

/// The marks of one way to write numbers.
#[derive(Clone, Copy)]
struct Marks {
    decimal: char,
    thousands: char,
}

/// Reads the first argument as the second says; `None` when it is empty.
pub(super) fn read_number(call: &Call<'_>) -> Result<Option<Number>, Fault> {
    let Some(way) = call.text(1)? else {
        return call.number(0);
    };
    let marks = marks(&way).map_err(|message| Fault::new(message).at(1))?;
    match call.value(0) {
        Value::Text(text) if !text.trim().is_empty() => match parse(text.trim(), marks) {
            Some(number) => Ok(Some(number)),
            None => Err(Fault::new(format!("{} is not a number with a decimal {way}", quote(text))).at(0)),
        },
        _ => call.number(0),
    }
}

/// Looks at the literal that says how numbers are written.
pub(super) fn check_written(literals: &[Option<&Value>]) -> Result<(), (usize, String)> {
    match literals.get(1) {
        Some(Some(Value::Text(way))) => marks(way).map(drop).map_err(|message| (1, message)),
        _ => Ok(()),
    }
}

fn marks(way: &str) -> Result<Marks, String> {
    match way {
        "comma" => Ok(Marks {
            decimal: ',',
            thousands: '.',
        }),
        "point" => Ok(Marks {
            decimal: '.',
            thousands: ',',
        }),
        _ => Err(format!(
            "{} is not a way to write numbers; `comma` and `point` are",
            quote(way)
        )),
    }
}

fn parse(text: &str, marks: Marks) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (&text[..1], digits),
        None => ("", text),
    };
    let (whole, fraction) = match digits.split_once(marks.decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let whole = ungroup(whole, marks.thousands)?;
    match fraction {
        Some(fraction) => Number::parse(&format!("{sign}{whole}.{fraction}")),
        None => Number::parse(&format!("{sign}{whole}")),
    }
}

/// Takes the marks out from between groups of three digits; spaces and apostrophes are used too.
fn ungroup(whole: &str, thousands: char) -> Option<String> {
    let is_mark = |letter: char| {
        letter == thousands || matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}')
    };
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let (first, others) = groups.split_first()?;
    let well_grouped =
        others.is_empty() || (1..=3).contains(&first.len()) && others.iter().all(|group| group.len() == 3);
    well_grouped.then(|| groups.concat())
}
