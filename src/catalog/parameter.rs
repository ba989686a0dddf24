//! Walks a dotted path, such as `items[0].price`, into a group of parameters or fields.

use super::{Alternative, ApiType, Catalog, ShapeId};

/// A part of a path: a member's name, or the place in a list, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// `address`, or a name of the caller's choice below `metadata`.
    Name(&'a str),
    /// `[0]`
    Index(usize),
}

impl<'a> Segment<'a> {
    /// Reads `items[0].price`; `None` when the text is no path.
    pub fn parse_path(path: &'a str) -> Option<Vec<Segment<'a>>> {
        let mut segments = Vec::new();
        for part in path.split('.') {
            let (name, mut indices) = part
                .find('[')
                .map_or((part, ""), |bracket| part.split_at(bracket));
            if name.is_empty() {
                return None;
            }
            segments.push(Segment::Name(name));
            while !indices.is_empty() {
                let (index, rest) = indices.strip_prefix('[')?.split_once(']')?;
                segments.push(Segment::Index(index.parse().ok()?));
                indices = rest;
            }
        }
        Some(segments)
    }

    /// Writes a path as flows do: `items[0].price`.
    pub fn write_path(path: &[Segment<'_>]) -> String {
        let mut text = String::new();
        for segment in path {
            match segment {
                Segment::Name(name) if text.is_empty() => text.push_str(name),
                Segment::Name(name) => text.push_str(&format!(".{name}")),
                Segment::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }
}

/// A path that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownParameter {
    /// The segment that is wrong, counted from 0; those before it are right.
    pub at: usize,
    /// What is wrong with it.
    pub reason: PathProblem,
}

/// What is wrong with a segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathProblem {
    /// There are members here, but none of this name.
    UnknownName {
        /// The members that are there, in the order of the alphabet.
        known: Vec<&'static str>,
        /// Those that are nearest to the name, the likeliest first; at most three.
        nearest: Vec<&'static str>,
    },
    /// A list stands here: an index is wanted, not a name.
    IndexWanted,
    /// No list stands here: an index makes no sense.
    NoList,
    /// A plain value stands here: nothing lies below it.
    NoMembers,
}

impl Catalog {
    /// Finds what stands at `path` below a shape. An empty path is a shape itself, and so an error at
    /// segment 0.
    ///
    /// # Errors
    ///
    /// The first segment that leads nowhere, with the names that are there.
    pub fn parameter(&self, shape: ShapeId, path: &[Segment<'_>]) -> Result<ApiType, UnknownParameter> {
        let mut here = ApiType {
            alternatives: vec![Alternative::Shape(shape)],
            ..ApiType::default()
        };
        for (at, segment) in path.iter().enumerate() {
            here = self
                .below(&here, *segment)
                .map_err(|reason| UnknownParameter { at, reason })?;
        }
        if path.is_empty() {
            let reason = self.unknown_name(&[shape], "");
            return Err(UnknownParameter { at: 0, reason });
        }
        Ok(here)
    }

    /// Gives the shapes that a value of this type can have, inside lists and maps too.
    pub fn inner_shapes(&self, api_type: &ApiType) -> Vec<ShapeId> {
        api_type
            .alternatives
            .iter()
            .flat_map(|alternative| match alternative {
                Alternative::Shape(shape) => vec![*shape],
                Alternative::List(item) | Alternative::Map(item) => self.inner_shapes(item),
                _ => Vec::new(),
            })
            .collect()
    }

    fn below(&self, here: &ApiType, segment: Segment<'_>) -> Result<ApiType, PathProblem> {
        match segment {
            Segment::Index(_) => here
                .alternatives
                .iter()
                .find_map(|alternative| match alternative {
                    Alternative::List(item) => Some((**item).clone()),
                    _ => None,
                })
                .ok_or(PathProblem::NoList),
            Segment::Name(name) => self.member_below(here, name),
        }
    }

    fn member_below(&self, here: &ApiType, name: &str) -> Result<ApiType, PathProblem> {
        let mut shapes = Vec::new();
        for alternative in &here.alternatives {
            match alternative {
                Alternative::Map(value) => return Ok((**value).clone()),
                Alternative::Shape(shape) => shapes.push(*shape),
                Alternative::Object(resource) => {
                    shapes.extend(self.resource(resource).map(|resource| resource.fields));
                }
                _ => {}
            }
        }
        if let Some(found) = shapes.iter().find_map(|shape| self.member(*shape, name)) {
            return Ok(found);
        }
        let is_list = |alternative: &Alternative| matches!(alternative, Alternative::List(_));
        match (shapes.is_empty(), here.alternatives.iter().any(is_list)) {
            (false, _) => Err(self.unknown_name(&shapes, name)),
            (true, true) => Err(PathProblem::IndexWanted),
            (true, false) => Err(PathProblem::NoMembers),
        }
    }

    fn unknown_name(&self, shapes: &[ShapeId], name: &str) -> PathProblem {
        let mut known: Vec<&'static str> = shapes
            .iter()
            .flat_map(|shape| self.members(*shape).map(|(member, _)| member))
            .collect();
        known.sort_unstable();
        known.dedup();
        let nearest = Catalog::nearest(name, known.iter().copied());
        PathProblem::UnknownName { known, nearest }
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalog, PathProblem, Segment, UnknownParameter};
    use crate::catalog::{Alternative, ApiType, ShapeId};
    use Segment::{Index, Name};
    use proptest::prelude::{prop_assert_eq, proptest};

    fn parameters(operation: &str) -> ShapeId {
        let (_, operation) = Catalog::embedded()
            .operation(operation)
            .expect("the operation exists");
        operation.params.expect("it takes parameters")
    }

    fn walk(operation: &str, path: &[Segment<'_>]) -> Result<ApiType, UnknownParameter> {
        Catalog::embedded().parameter(parameters(operation), path)
    }

    #[test]
    fn a_path_leads_through_records_lists_and_metadata() {
        for (operation, path) in [
            ("customers.create", vec![Name("address"), Name("line1")]),
            (
                "subscriptions.create",
                vec![Name("items"), Index(0), Name("price")],
            ),
            ("customers.create", vec![Name("metadata"), Name("crm_id")]),
        ] {
            let found = walk(operation, &path).expect("the path leads somewhere");
            assert_eq!(found.alternatives, [Alternative::Text], "{path:?}");
        }
    }

    #[test]
    fn a_misspelt_name_is_met_with_the_nearest() {
        let problem = walk("customers.create", &[Name("address"), Name("line")]).expect_err("no such line");
        let PathProblem::UnknownName { known, nearest } = problem.reason else {
            unreachable!("the record has members")
        };
        assert_eq!((problem.at, nearest), (1, vec!["line1", "line2"]));
        assert!(known.contains(&"city"));
    }

    #[test]
    fn indices_belong_to_lists_alone() {
        let at = |path: &[Segment<'_>]| walk("subscriptions.create", path).map_err(|problem| problem.reason);
        assert_eq!(at(&[Name("items"), Name("price")]), Err(PathProblem::IndexWanted));
        assert_eq!(at(&[Name("currency"), Index(0)]), Err(PathProblem::NoList));
        assert_eq!(at(&[Name("currency"), Name("x")]), Err(PathProblem::NoMembers));
    }

    #[test]
    fn an_empty_path_lists_what_is_there() {
        let problem = walk("customers.create", &[]).expect_err("no path, no parameter");
        assert!(matches!(problem.reason, PathProblem::UnknownName { known, .. } if known.contains(&"email")));
    }

    proptest! {
        #[test]
        fn paths_are_written_as_they_are_read(
            path in "[a-z]{1,5}(\\[[0-9]\\])?(\\.[a-z]{1,5}(\\[[0-9]\\])?){0,3}",
        ) {
            let read = Segment::parse_path(&path).expect("it is a path");
            prop_assert_eq!(Segment::write_path(&read), path);
        }

        #[test]
        fn any_text_is_a_path_or_none(text in "\\PC{0,30}") {
            let _ = Segment::parse_path(&text);
        }
    }
}
