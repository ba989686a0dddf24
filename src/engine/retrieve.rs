use serde_json::Value as Json;

use crate::catalog::{Catalog, OperationKind};
use crate::lang::program::Step;
use crate::stripe::{self, Client};

use super::EngineError;
use super::read::read;

/// What reading one object came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Retrieved {
    /// The object.
    Object(Json),
    /// There is none any more. Of a deleted customer a stub is left: `{id, object, deleted: true}`.
    /// Source: <https://docs.stripe.com/api/customers/retrieve>.
    Gone,
    /// Objects of this resource can't be read alone.
    Unreadable,
}

impl Retrieved {
    /// Gives the object.
    pub(super) fn object(self) -> Option<Json> {
        match self {
            Retrieved::Object(object) => Some(object),
            Retrieved::Gone | Retrieved::Unreadable => None,
        }
    }
}

/// Reads the object of a step.
pub(super) async fn retrieve(client: &Client, step: &Step, id: &str) -> Result<Retrieved, EngineError> {
    let resource = Catalog::embedded().resource(step.resource);
    let Some(operation) = resource.and_then(|resource| resource.operation(OperationKind::Retrieve)) else {
        return Ok(Retrieved::Unreadable);
    };
    let [hole] = operation.path_params.as_slice() else {
        return Ok(Retrieved::Unreadable);
    };
    let path = stripe::fill(operation.path, &[(hole, id)])?;
    Ok(match read(client, operation, &path).await? {
        Some(object) if !is_stub(&object) => Retrieved::Object(object),
        Some(_) | None => Retrieved::Gone,
    })
}

/// Tells whether an answer is what is left of a deleted object.
pub(super) fn is_stub(object: &Json) -> bool {
    object.get("deleted").and_then(Json::as_bool) == Some(true)
}
