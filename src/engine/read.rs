use serde_json::Value;

use crate::catalog::{Catalog, OperationKind};
use crate::model::Form;
use crate::stripe::{self, Client, Method, Request};

use super::EngineError;

/// Reads one object; `None` when there is none.
pub(super) async fn read(client: &Client, path: &str) -> Result<Option<Value>, EngineError> {
    let request = Request {
        method: Method::Get,
        endpoint: &stripe::endpoint_of(Method::Get, path),
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

/// Reads the object with an id; `None` when there is none, or when such objects can't be read alone.
pub(super) async fn retrieve(
    client: &Client,
    resource: &str,
    id: &str,
) -> Result<Option<Value>, EngineError> {
    let resource = Catalog::embedded().resource(resource);
    let Some(operation) = resource.and_then(|resource| resource.operation(OperationKind::Retrieve)) else {
        return Ok(None);
    };
    let [hole] = operation.path_params.as_slice() else {
        return Ok(None);
    };
    read(client, &stripe::fill(operation.path, &[(hole, id)])?).await
}
