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

/// What reading one object came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Retrieved {
    /// The object.
    Object(Value),
    /// There is none any more. Of a deleted customer a stub is left: `{id, object, deleted: true}`.
    /// Source: <https://docs.stripe.com/api/customers/retrieve>.
    Gone,
    /// Objects of this resource can't be read alone.
    Unreadable,
}

impl Retrieved {
    /// Gives the object.
    pub(super) fn object(self) -> Option<Value> {
        match self {
            Retrieved::Object(object) => Some(object),
            Retrieved::Gone | Retrieved::Unreadable => None,
        }
    }
}

/// Reads the object of a resource with this id.
pub(super) async fn retrieve(client: &Client, resource: &str, id: &str) -> Result<Retrieved, EngineError> {
    let resource = Catalog::embedded().resource(resource);
    let Some(operation) = resource.and_then(|resource| resource.operation(OperationKind::Retrieve)) else {
        return Ok(Retrieved::Unreadable);
    };
    let [hole] = operation.path_params.as_slice() else {
        return Ok(Retrieved::Unreadable);
    };
    let path = stripe::fill(operation.path, &[(hole, id)])?;
    Ok(match read(client, &path).await? {
        Some(object) if !is_stub(&object) => Retrieved::Object(object),
        Some(_) | None => Retrieved::Gone,
    })
}

/// Tells whether an answer is what is left of a deleted object.
pub(super) fn is_stub(object: &Value) -> bool {
    object.get("deleted").and_then(Value::as_bool) == Some(true)
}
