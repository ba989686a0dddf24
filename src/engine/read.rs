use serde_json::Value;

use crate::catalog::Operation;
use crate::model::Form;
use crate::stripe::{Client, Method, Request};

use super::EngineError;
use super::answer::endpoint;

/// Reads one object; `None` when there is none.
pub(super) async fn read(
    client: &Client,
    operation: &Operation,
    path: &str,
) -> Result<Option<Value>, EngineError> {
    let request = Request {
        method: Method::Get,
        endpoint: &endpoint(operation),
        path,
        form: &Form::default(),
        idempotency_key: None,
        object: None,
    };
    match client.send(&request).await {
        Ok(answer) => Ok(Some(answer.body)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
