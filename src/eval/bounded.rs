//! Limits on what an expression may build, so that no flow and no sheet can use up the memory.

use std::fmt::{self, Write};

use crate::model::Value;

use super::fault::Fault;

/// The longest text that an expression may build, in bytes.
pub(super) const TEXT_LIMIT: usize = 1 << 20;

/// How many values a list or record may hold, those inside its members included, where a text counts
/// once more for every 64 bytes.
const SIZE_LIMIT: usize = 100_000;

/// How deep lists and records may nest.
const DEPTH_LIMIT: usize = 64;

/// Refuses text that is too long.
pub(super) fn check_text(length: usize) -> Result<(), Fault> {
    if length > TEXT_LIMIT {
        return Err(Fault::new(format!(
            "the text would be longer than {TEXT_LIMIT} bytes"
        )));
    }
    Ok(())
}

/// Refuses a list or record that is too large or too deep.
pub(super) fn check_size(value: &Value) -> Result<(), Fault> {
    let mut left = SIZE_LIMIT;
    if spend(value, &mut left, DEPTH_LIMIT) {
        return Ok(());
    }
    Err(Fault::new(format!(
        "the value would hold more than {SIZE_LIMIT} values, or nest deeper than {DEPTH_LIMIT}"
    )))
}

fn spend(value: &Value, left: &mut usize, depth: usize) -> bool {
    let own = match value {
        Value::Text(text) => 1 + text.len() / 64,
        _ => 1,
    };
    let Some(rest) = left.checked_sub(own) else {
        return false;
    };
    *left = rest;
    match value {
        Value::List(items) => depth > 0 && items.iter().all(|item| spend(item, left, depth - 1)),
        Value::Record(members) => depth > 0 && members.values().all(|member| spend(member, left, depth - 1)),
        _ => true,
    }
}

/// Text that refuses to grow beyond [`TEXT_LIMIT`].
#[derive(Default)]
pub(super) struct BoundedText(String);

impl BoundedText {
    /// Adds what a value shows.
    pub(super) fn push(&mut self, shown: impl fmt::Display) -> Result<(), Fault> {
        write!(self, "{shown}").map_err(|_| match check_text(TEXT_LIMIT + 1) {
            Err(fault) => fault,
            Ok(()) => Fault::new("the value can't be written as text"),
        })
    }

    /// Gives the text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

impl Write for BoundedText {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.0.len() + piece.len() > TEXT_LIMIT {
            return Err(fmt::Error);
        }
        self.0.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{BoundedText, TEXT_LIMIT, check_size};
    use crate::model::Value;

    #[test]
    fn text_stops_at_its_limit() {
        let mut text = BoundedText::default();
        assert!(text.push("x".repeat(TEXT_LIMIT)).is_ok());
        assert!(text.push("y").is_err());
        assert_eq!(text.finish().len(), TEXT_LIMIT);
    }

    #[test]
    fn lists_that_double_are_stopped() {
        let mut value = Value::text("x");
        for _ in 0..16 {
            value = Value::List(vec![value.clone(), value]);
        }
        assert!(check_size(&value).is_err());
    }

    #[test]
    fn lists_that_nest_too_deep_are_stopped() {
        let nested = (0..65).fold(Value::Null, |value, _| Value::List(vec![value]));
        assert!(check_size(&nested).is_err());
    }
}
