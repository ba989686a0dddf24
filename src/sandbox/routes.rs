use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::catalog::{Catalog, Operation, OperationKind, Resource};

/// All endpoints of the catalogue, found by method and path.
#[derive(Debug, Default)]
pub(super) struct Routes {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    hole: Option<Box<Node>>,
    routes: Vec<Route>,
}

/// One endpoint.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) resource: &'static Resource,
    pub(super) operation: &'static Operation,
    /// The resource of each hole that names a parent, in the order of the path; `None` where the
    /// catalogue has no endpoint that gives it.
    pub(super) parents: Vec<Option<&'static str>>,
}

/// An endpoint with the texts that stood in the holes of its path.
#[derive(Debug)]
pub(super) struct Match<'a> {
    pub(super) route: &'a Route,
    pub(super) holes: Vec<String>,
}

impl Routes {
    pub(super) fn new(catalog: &'static Catalog) -> Self {
        let owners = owners(catalog);
        let mut routes = Routes::default();
        for resource in catalog.resources() {
            for operation in &resource.operations {
                routes.add(Route {
                    resource,
                    operation,
                    parents: parents(operation.path, &owners),
                });
            }
        }
        routes
    }

    fn add(&mut self, route: Route) {
        let mut node = &mut self.root;
        for part in segments(route.operation.path) {
            node = match part.starts_with('{') {
                true => node.hole.get_or_insert_default(),
                false => node.literals.entry(part).or_default(),
            };
        }
        match node
            .routes
            .iter_mut()
            .find(|known| known.operation.method == route.operation.method)
        {
            None => node.routes.push(route),
            Some(known) if is_by_the_way(known.operation) => *known = route,
            Some(_) => {}
        }
    }

    /// Finds the endpoint; literal parts go before holes.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        let parts: Vec<&str> = segments(path).collect();
        let mut holes = Vec::new();
        let route = self.root.find(method, &parts, &mut holes)?;
        let holes = holes.iter().map(|hole| decode(hole)).collect();
        Some(Match { route, holes })
    }
}

impl Node {
    /// Goes down the tree, which is as deep as the longest path of the catalogue.
    fn find<'a, 'p>(
        &'a self,
        method: &str,
        parts: &[&'p str],
        holes: &mut Vec<&'p str>,
    ) -> Option<&'a Route> {
        let Some((part, rest)) = parts.split_first() else {
            return self.routes.iter().find(|route| route.operation.method == method);
        };
        if let Some(found) = self
            .literals
            .get(*part)
            .and_then(|node| node.find(method, rest, holes))
        {
            return Some(found);
        }
        let below = self.hole.as_ref().filter(|_| !part.is_empty())?;
        holes.push(part);
        let found = below.find(method, rest, holes);
        if found.is_none() {
            holes.pop();
        }
        found
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

/// Tells whether another operation at the same place goes before this one.
fn is_by_the_way(operation: &Operation) -> bool {
    matches!(
        operation.kind,
        OperationKind::Action | OperationKind::Read | OperationKind::ListSub | OperationKind::DeleteSub
    )
}

/// Gives the resource that each path with one object's id at its end stands for, its holes unnamed.
fn owners(catalog: &'static Catalog) -> HashMap<String, &'static str> {
    catalog
        .resources()
        .flat_map(|resource| {
            resource
                .operations
                .iter()
                .map(move |operation| (resource, operation))
        })
        .filter(|(_, operation)| operation.kind == OperationKind::Retrieve && operation.path.ends_with('}'))
        .map(|(resource, operation)| (unnamed(operation.path), resource.name))
        .collect()
}

fn parents(path: &'static str, owners: &HashMap<String, &'static str>) -> Vec<Option<&'static str>> {
    path.match_indices('}')
        .map(|(end, _)| &path[..=end])
        .filter(|prefix| prefix.len() < path.len())
        .map(|prefix| owners.get(&unnamed(prefix)).copied())
        .collect()
}

fn unnamed(path: &str) -> String {
    segments(path)
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Undoes the percent-encoding of a part of a path, where a plus is a plus.
fn decode(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Routes, decode};
    use crate::catalog::Catalog;

    #[test]
    fn literals_go_before_holes() {
        let routes = Routes::new(Catalog::embedded());
        let id = |method, path| routes.find(method, path).map(|found| found.route.operation.id);
        assert_eq!(id("GET", "/v1/customers/search"), Some("customers.search"));
        assert_eq!(id("GET", "/v1/customers/cus_1"), Some("customers.retrieve"));
        assert_eq!(id("GET", "/v1/customers/"), None);
        assert_eq!(
            id("GET", "/v1/customers/search/tax_ids"),
            Some("customers.tax_ids.list")
        );
        assert_eq!(id("PUT", "/v1/customers"), None);
    }

    #[test]
    fn holes_know_whose_ids_they_are() {
        let routes = Routes::new(Catalog::embedded());
        let found = routes
            .find("GET", "/v1/customers/cus_1/tax_ids/txi_1")
            .expect("an endpoint");
        assert_eq!(found.holes, ["cus_1", "txi_1"]);
        assert_eq!(found.route.parents, [Some("customer")]);
        let found = routes
            .find("POST", "/v1/transfers/tr_1/reversals")
            .expect("an endpoint");
        assert_eq!(found.route.parents, [Some("transfer")]);
    }

    #[test]
    fn a_plus_in_a_path_is_a_plus() {
        assert_eq!(decode("a+b%20c%26"), "a+b c&");
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        let catalog = Catalog::embedded();
        let routes = Routes::new(catalog);
        for operation in catalog.resources().flat_map(|resource| &resource.operations) {
            let found = routes.find(operation.method, operation.path);
            assert!(found.is_some(), "{}", operation.id);
        }
    }
}
