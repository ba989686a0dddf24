//! Stripe's API as data: resources, operations, parameters, response fields.
//!
//! `catalogue.json` is embedded as it is and read on first use, so that commands that need no API pay
//! nothing. `generate.py` makes it from Stripe's own SDK packages for another API version.

mod api_type;
mod outline;
mod parameter;
mod read;
mod subject;
mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use api_type::{Alternative, ApiType, ShapeId};
pub use outline::{Below, Member};
pub use parameter::{PathProblem, Segment, UnknownParameter};
pub use subject::{Subject, UnknownSubject};

/// Everything that is known of Stripe's API, for one version of it.
#[derive(Debug)]
pub struct Catalog {
    /// The version, such as `2026-10-28.endive`.
    pub api_version: &'static str,
    resources: BTreeMap<&'static str, Resource>,
    shapes: Vec<BTreeMap<&'static str, &'static str>>,
    enums: Vec<Vec<&'static str>>,
    error_codes: usize,
    limits: BTreeMap<&'static str, BTreeMap<&'static str, (u64, &'static str)>>,
}

/// A kind of object, such as `customer`.
#[derive(Debug)]
pub struct Resource {
    /// Stripe's `object` value.
    pub name: &'static str,
    /// The accessor in Stripe's libraries, such as `customers`; `None` for objects without operations.
    pub service: Option<&'static str>,
    /// The path of the collection.
    pub path: Option<&'static str>,
    /// List parameters that narrow a list; those of paging are left out.
    pub filters: Vec<&'static str>,
    /// Whether create takes an `id` of the caller's choice.
    pub caller_id: bool,
    /// What ids begin with. A hint only: Stripe does not promise prefixes.
    pub prefixes: Vec<&'static str>,
    /// Whether a deleted object leaves `{id, object, deleted: true}` behind.
    pub deleted_stub: bool,
    /// The fields of an answer.
    pub fields: ShapeId,
    /// All operations that belong here, nested services and test helpers included.
    pub operations: Vec<Operation>,
}

/// One endpoint with one method.
#[derive(Debug)]
pub struct Operation {
    /// Unique, such as `customers.create`.
    pub id: &'static str,
    /// What it does.
    pub kind: OperationKind,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path, with `{name}` holes.
    pub path: &'static str,
    /// The names of the holes.
    pub path_params: Vec<&'static str>,
    /// The parameters; `None` when it takes none.
    pub params: Option<ShapeId>,
    /// The shape of the answer.
    pub returns: Returns,
    /// The resources that the answer can be; usually one.
    pub of: Vec<&'static str>,
    /// Whether the body is multipart (file uploads).
    pub multipart: bool,
    /// Whether it is served by another host than the API's, such as the one for files.
    pub other_host: bool,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Makes an object.
    Create,
    /// Lists a collection.
    List,
    /// Reads one object.
    Retrieve,
    /// Changes one object.
    Update,
    /// Deletes one object.
    Delete,
    /// Searches, with a delay behind writes.
    Search,
    /// Any other POST.
    Action,
    /// Any other GET.
    Read,
    /// Lists something that belongs to an object.
    ListSub,
    /// Deletes something that belongs to an object.
    DeleteSub,
}

/// The envelope of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// One object.
    Object,
    /// `{object: "list", data, has_more, url}`.
    List,
    /// A page of search results.
    Search,
    /// `{id, object, deleted: true}`.
    Deleted,
    /// Bytes.
    Stream,
    /// Not said.
    Any,
}

static EMBEDDED: LazyLock<Catalog> = LazyLock::new(|| read::read(include_str!("catalogue.json")));

impl Catalog {
    /// Gives the catalogue that the program carries. The first call reads it.
    pub fn embedded() -> &'static Catalog {
        &EMBEDDED
    }

    /// Gives all resources by name.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// Finds a resource by Stripe's `object` value.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.get(name)
    }

    /// Finds an operation by its id, such as `invoices.finalize_invoice`.
    pub fn operation(&self, id: &str) -> Option<(&Resource, &Operation)> {
        self.resources().find_map(|resource| {
            resource
                .operations
                .iter()
                .find(|operation| operation.id == id)
                .map(|found| (resource, found))
        })
    }

    /// Gives the members of a shape with their types, by name.
    pub fn members(&self, shape: ShapeId) -> impl Iterator<Item = (&'static str, ApiType)> {
        self.shapes
            .get(shape.0)
            .into_iter()
            .flatten()
            .map(|(name, text)| (*name, ApiType::parse(text)))
    }

    /// Finds one member of a shape.
    pub fn member(&self, shape: ShapeId, name: &str) -> Option<ApiType> {
        self.shapes
            .get(shape.0)?
            .get(name)
            .map(|text| ApiType::parse(text))
    }

    /// Gives the values of an enum.
    pub fn enum_values(&self, index: usize) -> &[&'static str] {
        self.enums.get(index).map_or(&[], Vec::as_slice)
    }

    /// Gives Stripe's error codes.
    pub fn error_codes(&self) -> &[&'static str] {
        self.enum_values(self.error_codes)
    }

    /// Gives the greatest length of a text parameter, or the greatest number of items of a list, whose
    /// path ends in `[]` then. Unknown lengths are `None`.
    pub fn limit(&self, operation: &str, path: &str) -> Option<u64> {
        self.limits.get(operation)?.get(path).map(|(limit, _)| *limit)
    }

    /// Gives the names that are nearest to a misspelt one, the likeliest first, at most three.
    pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let wanted = name.to_lowercase();
        let mut scored: Vec<(f64, &str)> = known
            .into_iter()
            .map(|candidate| {
                (
                    strsim::jaro_winkler(&wanted, &candidate.to_lowercase()),
                    candidate,
                )
            })
            .filter(|(score, _)| *score >= 0.8)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        scored
            .into_iter()
            .take(3)
            .map(|(_, candidate)| candidate)
            .collect()
    }
}

impl Resource {
    /// Finds the operation of the main service with this kind: `create` of `customer` is
    /// `customers.create`.
    pub fn operation(&self, kind: OperationKind) -> Option<&Operation> {
        let service = self.service?;
        self.operations.iter().find(|operation| {
            operation.kind == kind
                && operation
                    .id
                    .strip_prefix(service)
                    .is_some_and(|rest| rest.matches('.').count() == 1)
        })
    }
}

impl Operation {
    /// Gives the last part of the id: `create`, `finalize_invoice`.
    pub fn verb(&self) -> &'static str {
        self.id.rsplit('.').next().unwrap_or(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::{Alternative, Catalog, OperationKind};

    #[test]
    fn the_embedded_catalogue_reads_whole() {
        let catalog = Catalog::embedded();
        assert_eq!(catalog.api_version, "2026-10-28.endive");
        assert_eq!(catalog.resources().count(), 146);
        assert_eq!(
            catalog
                .resources()
                .map(|resource| resource.operations.len())
                .sum::<usize>(),
            558
        );
        assert_eq!(catalog.error_codes().len(), 209);
    }

    #[test]
    fn every_type_string_is_understood() {
        let catalog = Catalog::embedded();
        for text in catalog.shapes.iter().flat_map(|shape| shape.values()) {
            let parsed = super::ApiType::parse(text);
            assert!(!parsed.alternatives.is_empty(), "{text}");
        }
    }

    #[test]
    fn an_operation_is_found_by_kind() {
        let customer = Catalog::embedded().resource("customer").expect("customers exist");
        let create = customer
            .operation(OperationKind::Create)
            .expect("customers can be created");
        assert_eq!(
            (create.id, create.method, create.path),
            ("customers.create", "POST", "/v1/customers")
        );
        let email = Catalog::embedded().member(create.params.expect("it takes parameters"), "email");
        assert_eq!(
            email.expect("email is a parameter").alternatives,
            [Alternative::Text]
        );
    }

    #[test]
    fn nearest_names_come_likeliest_first() {
        let known = ["email", "description", "metadata"];
        assert_eq!(Catalog::nearest("emial", known), ["email"]);
        assert!(Catalog::nearest("zzz", known).is_empty());
    }
}
