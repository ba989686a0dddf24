//! Paths of parameters: `address.line1`, `items[0].price`.

use crate::catalog::{Alternative, ApiType, Catalog, Operation};

/// One step of a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'p> {
    /// A name.
    Member(&'p str),
    /// An item of a list.
    Index(u32),
}

/// Why a path leads nowhere.
#[derive(Clone, Debug)]
pub(super) enum Misstep {
    /// There is no such name; these there are.
    Unknown(Vec<&'static str>),
    /// It is a list, so an item must be named first.
    WantsIndex,
    /// It is no list.
    NotAList,
    /// It is a plain value.
    NoMembers,
}

/// Finds what an operation takes at a path; else the index of the part that leads nowhere.
pub(super) fn resolve(
    operation: &Operation,
    parts: &[Part],
    catalog: &'static Catalog,
) -> Result<ApiType, (usize, Misstep)> {
    let mut found: Option<ApiType> = None;
    for (index, part) in parts.iter().enumerate() {
        let next = match &found {
            None => first(operation, part, catalog),
            Some(api) => descend(api, part, catalog),
        };
        found = Some(next.map_err(|misstep| (index, misstep))?);
    }
    found.ok_or((0, Misstep::Unknown(Vec::new())))
}

fn first(operation: &Operation, part: &Part, catalog: &'static Catalog) -> Result<ApiType, Misstep> {
    let Some(shape) = operation.params else {
        return Err(Misstep::Unknown(Vec::new()));
    };
    match part {
        Part::Member(name) => catalog
            .member(shape, name)
            .ok_or_else(|| Misstep::Unknown(catalog.members(shape).map(|(name, _)| name).collect())),
        Part::Index(_) => Err(Misstep::NotAList),
    }
}

/// Goes one part further.
pub(super) fn descend(api: &ApiType, part: &Part, catalog: &'static Catalog) -> Result<ApiType, Misstep> {
    match part {
        Part::Index(_) => api
            .alternatives
            .iter()
            .find_map(|alternative| match alternative {
                Alternative::List(item) => Some((**item).clone()),
                _ => None,
            })
            .ok_or(Misstep::NotAList),
        Part::Member(name) => member(api, name, catalog),
    }
}

fn member(api: &ApiType, name: &str, catalog: &'static Catalog) -> Result<ApiType, Misstep> {
    let mut known = Vec::new();
    let mut object = false;
    let mut list = false;
    for alternative in &api.alternatives {
        match alternative {
            Alternative::Map(inside) => return Ok((**inside).clone()),
            Alternative::Shape(shape) => {
                if let Some(found) = catalog.member(*shape, name) {
                    return Ok(found);
                }
                object = true;
                known.extend(catalog.members(*shape).map(|(name, _)| name));
            }
            Alternative::List(_) => list = true,
            _ => {}
        }
    }
    Err(match (object, list) {
        (true, _) => Misstep::Unknown(known),
        (false, true) => Misstep::WantsIndex,
        (false, false) => Misstep::NoMembers,
    })
}

/// Tells whether what a field takes holds names of the caller's choice, as metadata does.
pub(super) fn is_map(api: &ApiType) -> bool {
    api.alternatives
        .iter()
        .any(|alternative| matches!(alternative, Alternative::Map(_)))
}

/// Adds a part to Stripe's name of a parameter: `items` and `0` give `items[0]`.
pub(super) fn join(name: &str, part: &Part) -> String {
    match part {
        Part::Member(member) if name.is_empty() => (*member).to_owned(),
        Part::Member(member) => format!("{name}[{member}]"),
        Part::Index(index) => format!("{name}[{index}]"),
    }
}

/// Gives the name that the catalogue's limits have for a path: names joined by points, no indexes.
pub(super) fn limit_path(parts: &[Part]) -> String {
    let names: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Member(name) => Some(*name),
            Part::Index(_) => None,
        })
        .collect();
    names.join(".")
}
