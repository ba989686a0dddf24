//! The objects of a run as they are now.

use std::collections::HashMap;

use serde_json::Value;
use tokio::task::JoinSet;

use crate::catalog::{Catalog, OperationKind};
use crate::engine::EngineError;
use crate::engine::read::read;
use crate::ledger::{ChangeRecord, IntentAction};
use crate::stripe::Client;

use super::decide::{Live, deletion_beside, path_of};

/// How many objects are read at once.
const AT_ONCE: usize = 32;

/// Reads the objects at some paths, each once.
pub(super) async fn read_all(
    client: &Client,
    paths: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, Live>, EngineError> {
    let mut found: HashMap<String, Live> = HashMap::new();
    let mut tasks: JoinSet<Result<(String, Live), EngineError>> = JoinSet::new();
    for path in paths {
        if found.contains_key(&path) {
            continue;
        }
        if tasks.len() >= AT_ONCE {
            take(&mut tasks, &mut found).await?;
        }
        // It has a place at once, so that nobody reads it a second time.
        found.insert(path.clone(), Live::Unread);
        let client = client.clone();
        tasks.spawn(async move {
            let live = read(&client, &path).await?;
            Ok((path, live.map_or(Live::Gone, live_object)))
        });
    }
    while !tasks.is_empty() {
        take(&mut tasks, &mut found).await?;
    }
    Ok(found)
}

async fn take(
    tasks: &mut JoinSet<Result<(String, Live), EngineError>>,
    found: &mut HashMap<String, Live>,
) -> Result<(), EngineError> {
    match tasks.join_next().await {
        Some(Ok(read)) => {
            let (path, live) = read?;
            found.insert(path, live);
            Ok(())
        }
        Some(Err(_)) => Err(EngineError::Thread),
        None => Ok(()),
    }
}

fn live_object(object: Value) -> Live {
    match object.get("deleted").and_then(Value::as_bool) {
        Some(true) => Live::Gone,
        _ => Live::Here(object),
    }
}

/// Gives the path where the object of a change is read; `None` where it can't be read alone.
pub(super) fn path_of_change(change: &ChangeRecord) -> Option<String> {
    let within = change.operation.as_deref().zip(change.path.as_deref());
    if change.action == IntentAction::Call
        && let Some((operation, path)) = within
        && let Some(request) = deletion_beside(operation, path, &change.stripe_id)
    {
        return Some(request.path);
    }
    path_of_object(&change.resource, &change.stripe_id)
}

/// Gives the path where an object is read.
pub(super) fn path_of_object(resource: &str, id: &str) -> Option<String> {
    let resource = Catalog::embedded().resource(resource)?;
    path_of(resource.operation(OperationKind::Retrieve)?, id)
}
