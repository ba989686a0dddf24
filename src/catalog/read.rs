use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Catalog, Operation, OperationKind, Resource, Returns, ShapeId};

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    api_version: &'a str,
    #[serde(borrow)]
    named_enums: BTreeMap<&'a str, usize>,
    #[serde(borrow)]
    enums: Vec<Vec<&'a str>>,
    #[serde(borrow)]
    objects: Vec<BTreeMap<&'a str, &'a str>>,
    #[serde(borrow)]
    resources: BTreeMap<&'a str, FileResource<'a>>,
    #[serde(borrow)]
    limits: BTreeMap<&'a str, BTreeMap<&'a str, (u64, &'a str)>>,
}

#[derive(Deserialize)]
struct FileResource<'a> {
    #[serde(borrow)]
    service: Option<&'a str>,
    #[serde(borrow)]
    path: Option<&'a str>,
    #[serde(borrow, default)]
    filters: Vec<&'a str>,
    #[serde(default)]
    caller_id: bool,
    #[serde(borrow, default)]
    prefix: Vec<&'a str>,
    #[serde(default)]
    deleted_stub: bool,
    fields: usize,
    #[serde(borrow, default)]
    ops: Vec<FileOperation<'a>>,
}

#[derive(Deserialize)]
struct FileOperation<'a> {
    #[serde(borrow)]
    id: &'a str,
    #[serde(borrow)]
    kind: &'a str,
    #[serde(borrow)]
    method: &'a str,
    #[serde(borrow)]
    path: &'a str,
    #[serde(borrow, default)]
    path_params: Vec<&'a str>,
    params: Option<usize>,
    #[serde(borrow)]
    returns: Option<&'a str>,
    #[serde(borrow)]
    of: Option<&'a str>,
    #[serde(borrow)]
    base: Option<&'a str>,
    #[serde(default)]
    multipart: bool,
}

/// Reads the embedded catalogue. A test holds that it is well formed, so a failure is a broken build.
#[expect(
    clippy::expect_used,
    reason = "the text is part of the program, and a test reads it"
)]
pub(super) fn read(text: &'static str) -> Catalog {
    let file: File<'static> = serde_json::from_str(text).expect("the embedded catalogue is well formed");
    let resources = file
        .resources
        .into_iter()
        .map(|(name, from)| (name, resource(name, from)))
        .collect();
    Catalog {
        api_version: file.api_version,
        resources,
        shapes: file.objects,
        enums: file.enums,
        error_codes: file.named_enums.get("error_code").copied().unwrap_or(usize::MAX),
        limits: file.limits,
    }
}

fn resource(name: &'static str, from: FileResource<'static>) -> Resource {
    Resource {
        name,
        service: from.service,
        path: from.path,
        filters: from.filters,
        caller_id: from.caller_id,
        prefixes: from.prefix,
        deleted_stub: from.deleted_stub,
        fields: ShapeId(from.fields),
        operations: from.ops.into_iter().map(operation).collect(),
    }
}

fn operation(from: FileOperation<'static>) -> Operation {
    Operation {
        id: from.id,
        kind: kind(from.kind),
        method: from.method,
        path: from.path,
        path_params: from.path_params,
        params: from.params.map(ShapeId),
        returns: match from.returns {
            Some("object") => Returns::Object,
            Some("list") => Returns::List,
            Some("search") => Returns::Search,
            Some("deleted") => Returns::Deleted,
            Some("stream") => Returns::Stream,
            _ => Returns::Any,
        },
        of: from
            .of
            .map(|names| names.split('|').collect())
            .unwrap_or_default(),
        multipart: from.multipart,
        other_host: from.base.is_some(),
    }
}

fn kind(word: &str) -> OperationKind {
    match word {
        "create" => OperationKind::Create,
        "list" => OperationKind::List,
        "retrieve" => OperationKind::Retrieve,
        "update" => OperationKind::Update,
        "delete" => OperationKind::Delete,
        "search" => OperationKind::Search,
        "read" => OperationKind::Read,
        "list_sub" => OperationKind::ListSub,
        "delete_sub" => OperationKind::DeleteSub,
        _ => OperationKind::Action,
    }
}
