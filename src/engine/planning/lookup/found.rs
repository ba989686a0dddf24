use serde_json::Value;

use crate::engine::mark::MARK;
use crate::lang::program::MatchField;
use crate::plan::{Known, object_text, value_at};

/// An object that a record may mean.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) mark: Option<String>,
    /// Unix seconds.
    pub(super) created: i64,
    pub(super) object: Value,
}

impl Found {
    /// Takes an object that exists; deleted ones don't.
    pub(super) fn of(object: Value) -> Option<Found> {
        if object.get("deleted").and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let id = object.get("id")?.as_str()?.to_owned();
        let mark = value_at(&object, &format!("metadata[{MARK}]")).and_then(object_text);
        let created = object.get("created").and_then(Value::as_i64).unwrap_or(0);
        Some(Found {
            id,
            mark,
            created,
            object,
        })
    }

    pub(super) fn known(&self) -> Known {
        Known::Found {
            id: self.id.clone(),
            object: self.object.clone(),
        }
    }
}

/// Gives the member of an object that `by` compares.
pub(super) fn match_text(field: &MatchField, object: &Value) -> Option<String> {
    let value = match field {
        MatchField::Id => object.get("id")?,
        MatchField::Filter(name) => object.get(*name)?,
        MatchField::Metadata(name) => object.get("metadata")?.get(name)?,
        MatchField::Field(path) => {
            let mut value = object;
            for name in path {
                value = value.get(name)?;
            }
            value
        }
    };
    object_text(value)
}
