//! The results of a run, read from the ledger page by page: a run of a million records fits in any memory.

use serde_json::{Value, json};

use super::CliError;
use super::output::Output;
use crate::engine::EngineError;
use crate::ledger::{Page, Paged, RecordOutcome, RecordResult, ResultPage};

/// How many results are read at once.
const PAGE: u32 = 1_000;

/// Begins with the first page of the results that are wanted.
pub(super) fn wanted(outcomes: Vec<RecordOutcome>, flow: Option<String>) -> ResultPage {
    ResultPage {
        outcomes,
        flow,
        page: Page::first(PAGE),
    }
}

/// Writes the results that `read` gives, at most `most` of them, and tells how many there were. A result without text
/// is passed over, and not counted.
pub(super) async fn write(
    read: impl AsyncFn(&ResultPage) -> Result<Paged<RecordResult>, EngineError>,
    (mut wanted, most): (ResultPage, u64),
    output: &mut Output,
    text: impl Fn(u64, &RecordResult) -> Option<String>,
) -> Result<u64, CliError> {
    let mut written = 0;
    loop {
        let page = read(&wanted).await?;
        for result in &page.items {
            if written == most {
                return Ok(written);
            }
            if let Some(text) = text(written, result) {
                output.text(&text)?;
                written += 1;
            }
        }
        if page.next.is_none() {
            return Ok(written);
        }
        wanted.page.after = page.next;
    }
}

/// Writes the beginning of a JSON document that ends with a list, up to the list's bracket.
pub(super) fn opening(head: &Value, list: &str) -> String {
    let mut text = "{\n".to_owned();
    for (name, value) in head.as_object().into_iter().flatten() {
        text.push_str(&format!("  {}: {value},\n", Value::from(name.as_str())));
    }
    text.push_str(&format!("  {}: [", Value::from(list)));
    text
}

/// Gives the line of a list's item in such a document.
pub(super) fn item(before: u64, indent: &str, value: &Value) -> String {
    let comma = if before == 0 { "" } else { "," };
    format!("{comma}\n{indent}{value}")
}

/// Shows a result to a program.
pub(super) fn result_json(result: &RecordResult) -> Value {
    json!({
        "key": result.key.as_ref().map(ToString::to_string),
        "place": result.place,
        "outcome": result.outcome.as_str(),
        "step": result.step,
        "object_id": result.stripe_id,
        "message": result.message,
        "code": result.code,
        "param": result.param,
        "request_id": result.request_id,
        "status": result.status,
    })
}

/// Shows a result of any flow to a program.
pub(super) fn result_json_with_flow(result: &RecordResult) -> Value {
    let mut shown = result_json(result);
    if let Some(members) = shown.as_object_mut() {
        members.insert("flow".to_owned(), result.flow.as_str().into());
    }
    shown
}
