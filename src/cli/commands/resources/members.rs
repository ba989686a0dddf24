//! Parameters and fields: what is to be said of each, for people and for programs.

use serde_json::{Map, Value, json};

use crate::catalog::{
    Alternative, ApiType, Below, Catalog, Member, Operation, OperationKind, Resource, Segment, ShapeId,
};
use crate::cli::output::{Cell, Role, Table};

/// Where members belong: the operation that takes them, or the resource that answers with them.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The catalogue.
    pub(super) catalog: &'a Catalog,
    /// The resource.
    pub(super) resource: &'a Resource,
    /// The operation; `None` for fields of answers.
    pub(super) operation: Option<&'a Operation>,
}

impl Place<'_> {
    /// Adds a row for each member, those below others further to the right. Tells whether one is folded.
    pub(super) fn add_rows(&self, table: &mut Table, members: &[Member], level: usize) -> bool {
        let mut is_folded = false;
        for member in members {
            let folded = if member.below == Below::Folded { " …" } else { "" };
            let item = if is_list(&member.api_type) { "[0]" } else { "" };
            table.row([
                Cell::new(Role::Name, format!("{}{}{item}", "  ".repeat(level), member.name)),
                format!("{}{folded}", self.catalog.type_words(&member.api_type)).into(),
                self.notes(&member.path, &member.api_type).join("; ").into(),
            ]);
            is_folded |= match &member.below {
                Below::Members(members) => self.add_rows(table, members, level + 1),
                Below::Folded => true,
                Below::Nothing => false,
            };
        }
        is_folded
    }

    /// Says what else is known of a parameter or field.
    pub(super) fn notes(&self, path: &str, api_type: &ApiType) -> Vec<String> {
        let mut notes = Vec::new();
        let facts = [
            (api_type.required, "required"),
            (api_type.clearable, "can be cleared"),
            (api_type.nullable, "may be empty"),
            (api_type.may_be_absent, "may be missing"),
            (api_type.deprecated, "on its way out"),
        ];
        notes.extend(
            facts
                .iter()
                .filter(|(holds, _)| *holds)
                .map(|(_, words)| (*words).to_owned()),
        );
        notes.extend(self.only_in(path).map(str::to_owned));
        if let Some(length) = self.limit(&limit_path(path)) {
            notes.push(format!("at most {length} characters"));
        }
        if let Some(items) = self.limit(&format!("{}[]", limit_path(path))) {
            notes.push(format!("at most {items} items"));
        }
        match self.catalog.words_of(api_type) {
            [] => {}
            [word] => notes.push(format!("always \"{word}\"")),
            words => notes.push(format!("one of \"{}\"", words.join("\", \""))),
        }
        notes
    }

    /// Gives members as JSON, with all that is known of each.
    pub(super) fn members_json(&self, members: &[Member]) -> Value {
        members
            .iter()
            .map(|member| {
                let mut facts = Map::new();
                facts.insert("name".to_owned(), json!(member.name));
                self.add_facts(&mut facts, &member.path, &member.api_type);
                self.add_below(&mut facts, &member.below);
                Value::Object(facts)
            })
            .collect()
    }

    /// Adds what is known of a type at a path. Flags are there only when they hold.
    pub(super) fn add_facts(&self, facts: &mut Map<String, Value>, path: &str, api_type: &ApiType) {
        facts.insert("path".to_owned(), json!(path));
        facts.insert("type".to_owned(), json!(self.catalog.type_words(api_type)));
        let words = self.catalog.words_of(api_type);
        if !words.is_empty() {
            facts.insert("words".to_owned(), json!(words));
        }
        for (name, holds) in [
            ("required", api_type.required),
            ("clearable", api_type.clearable),
            ("nullable", api_type.nullable),
            ("may_be_missing", api_type.may_be_absent),
            ("deprecated", api_type.deprecated),
        ] {
            if holds {
                facts.insert(name.to_owned(), json!(true));
            }
        }
        for (name, limit) in [
            ("max_length", self.limit(&limit_path(path))),
            ("max_items", self.limit(&format!("{}[]", limit_path(path)))),
        ] {
            if let Some(limit) = limit {
                facts.insert(name.to_owned(), json!(limit));
            }
        }
    }

    /// Adds the members below, or that they are folded.
    pub(super) fn add_below(&self, facts: &mut Map<String, Value>, below: &Below) {
        match below {
            Below::Nothing => {}
            Below::Folded => {
                facts.insert("folded".to_owned(), json!(true));
            }
            Below::Members(members) => {
                facts.insert("members".to_owned(), self.members_json(members));
            }
        }
    }

    fn limit(&self, path: &str) -> Option<u64> {
        self.catalog.limit(self.operation?.id, path)
    }

    /// Says when a parameter of create can't be changed later, or one of update can't be given at first.
    /// What lies below such a parameter says nothing again.
    fn only_in(&self, path: &str) -> Option<&'static str> {
        let (other, words) = match self.operation?.kind {
            OperationKind::Create => (OperationKind::Update, "can't be changed later"),
            OperationKind::Update => (OperationKind::Create, "can't be given at creation"),
            _ => return None,
        };
        let other: ShapeId = self.resource.operation(other)?.params?;
        let segments = Segment::parse_path(path)?;
        let last_name = segments
            .iter()
            .rposition(|segment| matches!(segment, Segment::Name(_)))?;
        let problem = self.catalog.parameter(other, &segments).err()?;
        (problem.at == last_name).then_some(words)
    }
}

/// Gives a path as the catalogue's limits name it, without indices.
fn limit_path(path: &str) -> String {
    let Some(segments) = Segment::parse_path(path) else {
        return path.to_owned();
    };
    let names: Vec<&str> = segments
        .iter()
        .filter_map(|segment| match segment {
            Segment::Name(name) => Some(*name),
            Segment::Index(_) => None,
        })
        .collect();
    names.join(".")
}

fn is_list(api_type: &ApiType) -> bool {
    api_type
        .alternatives
        .iter()
        .any(|alternative| matches!(alternative, Alternative::List(_)))
}
