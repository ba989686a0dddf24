//! How values stand in the columns of the file, and back.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::ledger::{Intent, IntentAction, RunId};
use crate::model::{Fingerprint, Form, RecordKey};

use super::failure::Failure;

pub(super) fn form_text(form: &Form) -> Result<String, Failure> {
    Ok(serde_json::to_string(form)?)
}

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

/// The columns of an intent, in the order of [`IntentRow`].
macro_rules! intent_columns {
    () => {
        "intents.idempotency_key, intents.run, intents.flow, intents.key, intents.step, intents.generation, \
         intents.action, intents.operation, intents.method, intents.path, intents.form, intents.object_id, \
         intents.created"
    };
}
pub(super) use intent_columns;

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
);

pub(super) fn read_intent(row: IntentRow) -> Result<Intent, Failure> {
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
        at,
    ) = row;
    Ok(Intent {
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
        created: parse_time(&at)?,
    })
}
