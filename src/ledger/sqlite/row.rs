//! How values stand in the columns of the file, and back.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::ledger::{Intent, IntentAction, RunId};
use crate::model::{Fingerprint, RecordKey};

use super::failure::Failure;

pub(super) fn parse_json<Value: DeserializeOwned>(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(Failure::from)
}

pub(super) fn parse_fingerprint(text: String) -> Result<Fingerprint, Failure> {
    Ok(serde_json::from_value(serde_json::Value::String(text))?)
}

pub(super) fn parse_time(text: &str) -> Result<Timestamp, Failure> {
    text.parse()
        .map_err(|_| Failure::Damaged(format!("`{text}` is not a time")))
}

/// Reads one of the words of a closed list.
pub(super) fn parse_word<Word>(text: &str, parse: fn(&str) -> Option<Word>) -> Result<Word, Failure> {
    parse(text).ok_or_else(|| Failure::Damaged(format!("`{text}` is not a word of this column")))
}

/// Reads a number that the program wrote as a smaller one than the column could hold.
pub(super) fn parse_number<Number: TryFrom<i64>>(number: i64) -> Result<Number, Failure> {
    Number::try_from(number).map_err(|_| Failure::Damaged(format!("{number} is out of range")))
}

/// An intent, and the index of its key in the batch that was asked for.
pub(super) type IntentRow = (
    String,
    i64,
    String,
    String,
    String,
    i64,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    String,
    String,
    i64,
);

/// Gives the index and the intent.
pub(super) fn read_intent(row: IntentRow) -> Result<(i64, Intent), Failure> {
    let (
        idempotency_key,
        run,
        flow,
        key,
        step,
        generation,
        action,
        operation,
        method,
        path,
        form,
        object_id,
        place,
        at,
        index,
    ) = row;
    let intent = Intent {
        idempotency_key,
        run: RunId(run),
        flow,
        key: RecordKey::from_text(key),
        step,
        generation: parse_number(generation)?,
        action: parse_word(&action, IntentAction::parse)?,
        operation,
        method,
        path,
        form: parse_json(&form)?,
        object_id,
        place,
        created: parse_time(&at)?,
    };
    Ok((index, intent))
}
