//! Unfolds a group of parameters or fields into a tree of limited depth.

use super::{Alternative, ApiType, Catalog, ShapeId};

/// A parameter or field with what lies below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its own name.
    pub name: &'static str,
    /// The way to it as flows write it, such as `items[0].price`; relative to the shape.
    pub path: String,
    /// Its type.
    pub api_type: ApiType,
    /// What lies below.
    pub below: Below,
}

/// What lies below a parameter or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Below {
    /// Nothing: a plain value.
    Nothing,
    /// Members.
    Members(Vec<Member>),
    /// Members that were not unfolded because the depth ended here.
    Folded,
}

impl Catalog {
    /// Unfolds a shape. `depth` 1 gives its own members alone. `prefix` is the way to the shape, such
    /// as `address` or `items[0]`; empty for a whole operation.
    pub fn outline(&self, shape: ShapeId, prefix: &str, depth: usize) -> Vec<Member> {
        self.members(shape)
            .map(|(name, api_type)| {
                let path = match prefix {
                    "" => name.to_owned(),
                    prefix => format!("{prefix}.{name}"),
                };
                self.unfold(name, path, api_type, depth)
            })
            .collect()
    }

    /// Unfolds what lies below one type. `depth` 0 folds it.
    pub fn outline_below(&self, api_type: &ApiType, path: &str, depth: usize) -> Below {
        let shapes = self.inner_shapes(api_type);
        if shapes.is_empty() {
            return Below::Nothing;
        }
        if depth == 0 {
            return Below::Folded;
        }
        let inner = format!("{path}{}", "[0]".repeat(lists_around(api_type)));
        let mut members: Vec<Member> = Vec::new();
        for shape in shapes {
            for member in self.outline(shape, &inner, depth) {
                if !members.iter().any(|known| known.name == member.name) {
                    members.push(member);
                }
            }
        }
        Below::Members(members)
    }

    fn unfold(&self, name: &'static str, path: String, api_type: ApiType, depth: usize) -> Member {
        let below = self.outline_below(&api_type, &path, depth.saturating_sub(1));
        Member {
            name,
            path,
            api_type,
            below,
        }
    }
}

/// Counts the lists that stand around the shapes of a type: 1 for a list of records.
fn lists_around(api_type: &ApiType) -> usize {
    api_type
        .alternatives
        .iter()
        .find_map(|alternative| match alternative {
            Alternative::List(item) => Some(1 + lists_around(item)),
            _ => None,
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Below, Catalog, Member};

    fn outline(operation: &str, depth: usize) -> Vec<Member> {
        let catalog = Catalog::embedded();
        let (_, operation) = catalog.operation(operation).expect("the operation exists");
        catalog.outline(operation.params.expect("it takes parameters"), "", depth)
    }

    fn paths(members: &[Member]) -> Vec<&str> {
        members
            .iter()
            .flat_map(|member| {
                let below = match &member.below {
                    Below::Members(members) => paths(members),
                    Below::Nothing | Below::Folded => Vec::new(),
                };
                std::iter::once(member.path.as_str()).chain(below)
            })
            .collect()
    }

    #[test]
    fn the_depth_folds_what_lies_deeper() {
        let flat = outline("customers.create", 1);
        let address = flat
            .iter()
            .find(|member| member.name == "address")
            .expect("customers have one");
        assert_eq!(address.below, Below::Folded);
        assert!(paths(&outline("customers.create", 2)).contains(&"address.line1"));
    }

    #[test]
    fn items_of_lists_are_written_with_an_index() {
        let tree = outline("subscriptions.create", 9);
        assert!(paths(&tree).contains(&"items[0].price_data.recurring.interval"));
    }
}
