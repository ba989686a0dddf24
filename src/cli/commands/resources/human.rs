//! Resources as people read them.

use super::members::Place;
use super::{abilities, found_by, short_name};
use crate::catalog::{ApiType, Below, Catalog, Member, Operation, OperationKind, Resource, Subject};
use crate::cli::output::{Cell, Role, Table, View};

/// Shows all resources, a line each.
pub(super) fn all_resources(catalog: &Catalog, view: View) -> String {
    let mut table = Table::with_headings(["RESOURCE", "CAN", "LIST FILTERS"]);
    for resource in catalog.resources() {
        table.row([
            Cell::new(Role::Name, resource.name),
            abilities(resource).join(" ").into(),
            resource.filters.join(" ").into(),
        ]);
    }
    format!(
        "{}\nStripe's API {}. `sheetflow resources NAME` shows one of them.\n",
        table.render(view),
        catalog.api_version,
    )
}

/// Shows what a name stands for.
pub(super) fn subject(catalog: &Catalog, subject: &Subject<'_>, depth: usize, view: View) -> String {
    let page = Page { catalog, depth, view };
    match subject {
        Subject::Resource(resource) => page.resource(resource),
        Subject::Operation(resource, operation) => page.operation(resource, operation),
        Subject::Parameter {
            resource,
            operation,
            path,
            api_type,
        } => page.parameter(resource, operation, path, api_type),
        Subject::Field {
            resource,
            path,
            answer,
            create,
            update,
        } => page.field(resource, path, [answer, create, update].map(Option::as_ref)),
    }
}

/// What all parts of a page need to know.
struct Page<'a> {
    catalog: &'a Catalog,
    depth: usize,
    view: View,
}

impl Page<'_> {
    fn resource(&self, resource: &Resource) -> String {
        let fields = self.catalog.outline(resource.fields, "", self.depth);
        let place = self.place(resource, None);
        let mut sections = vec![self.about(resource)];
        if !resource.operations.is_empty() {
            sections.push(self.operations(resource));
        }
        sections.push(self.members("fields of the object", place, &fields, resource.name));
        sections.join("\n")
    }

    fn about(&self, resource: &Resource) -> String {
        let ids = match (resource.caller_id, resource.prefixes.join(" or ")) {
            (true, _) => "of your own choice".to_owned(),
            (false, prefixes) if prefixes.is_empty() => String::new(),
            (false, prefixes) => format!("begin with {prefixes}"),
        };
        let mut facts = Table::new().indented(2);
        for (name, text) in [
            ("path", resource.path.unwrap_or_default().to_owned()),
            ("ids", ids),
            ("found by", found_by(self.catalog, resource).join(", ")),
        ] {
            if !text.is_empty() {
                facts.row([Cell::new(Role::Faint, name), text.into()]);
            }
        }
        format!("{}\n{}", self.heading(resource.name), facts.render(self.view))
    }

    fn operations(&self, resource: &Resource) -> String {
        let mut table = Table::new().indented(2);
        for operation in &resource.operations {
            table.row([
                Cell::new(Role::Name, short_name(resource, operation)),
                operation.method.into(),
                operation.path.into(),
            ]);
        }
        format!("{}\n{}", self.heading("operations"), table.render(self.view))
    }

    fn operation(&self, resource: &Resource, operation: &Operation) -> String {
        let name = short_name(resource, operation);
        let mut facts = Table::new().indented(2);
        let request = format!("{} {}", operation.method, operation.path);
        facts.row([Cell::new(Role::Faint, "request"), request.into()]);
        if !operation.of.is_empty() {
            facts.row([Cell::new(Role::Faint, "answer"), operation.of.join(" or ").into()]);
        }
        let members = operation
            .params
            .map(|shape| self.catalog.outline(shape, "", self.depth))
            .unwrap_or_default();
        let head = format!("{}\n{}", self.heading(&name), facts.render(self.view));
        if members.is_empty() {
            return format!("{head}\nIt takes no parameters.\n");
        }
        let place = self.place(resource, Some(operation));
        format!("{head}\n{}", self.members("parameters", place, &members, &name))
    }

    fn parameter(
        &self,
        resource: &Resource,
        operation: &Operation,
        path: &str,
        api_type: &ApiType,
    ) -> String {
        let place = self.place(resource, Some(operation));
        let whole = format!("{}.{path}", short_name(resource, operation));
        let head = format!(
            "{}\n  {}\n",
            self.heading(&whole),
            self.said(place, path, api_type)
        );
        let below = self.catalog.outline_below(api_type, path, self.depth);
        self.with_members(head, "parts", place, &below)
    }

    /// `types` are those in answers, at creation and at update.
    fn field(&self, resource: &Resource, path: &str, types: [Option<&ApiType>; 3]) -> String {
        let [answer, create, update] = types;
        let operation = |kind| resource.operation(kind);
        let mut facts = Table::new().indented(2);
        for (name, api_type, operation) in [
            ("in answers", answer, None),
            ("at creation", create, operation(OperationKind::Create)),
            ("at update", update, operation(OperationKind::Update)),
        ] {
            let said = match api_type {
                Some(api_type) => self.said(self.place(resource, operation), path, api_type),
                None => "no".to_owned(),
            };
            facts.row([Cell::new(Role::Faint, name), said.into()]);
        }
        if found_by(self.catalog, resource).contains(&path.to_owned()) {
            facts.row([Cell::new(Role::Faint, "find"), format!("by {path}").into()]);
        }
        let whole = format!("{}.{path}", resource.name);
        let head = format!("{}\n{}", self.heading(&whole), facts.render(self.view));
        let Some(shown) = answer.or(create).or(update) else {
            return head;
        };
        let below = self.catalog.outline_below(shown, path, self.depth);
        self.with_members(head, "parts", self.place(resource, None), &below)
    }

    fn with_members(&self, head: String, title: &str, place: Place<'_>, below: &Below) -> String {
        match below {
            Below::Members(members) => {
                let name = place.operation.map_or_else(
                    || place.resource.name.to_owned(),
                    |operation| short_name(place.resource, operation),
                );
                format!("{head}\n{}", self.members(title, place, members, &name))
            }
            Below::Nothing | Below::Folded => head,
        }
    }

    fn members(&self, title: &str, place: Place<'_>, members: &[Member], whole: &str) -> String {
        let mut table = Table::new().indented(2);
        let is_folded = place.add_rows(&mut table, members, 0);
        let mut text = format!("{}\n{}", self.heading(title), table.render(self.view));
        if let Some(folded) = first_folded(members).filter(|_| is_folded) {
            text.push_str(&format!(
                "\n`…` has parts: see `sheetflow resources {whole}.{}`, or more with `--depth {}`.\n",
                folded.path,
                self.depth + 1,
            ));
        }
        text
    }

    fn said(&self, place: Place<'_>, path: &str, api_type: &ApiType) -> String {
        let mut parts = vec![self.catalog.type_words(api_type)];
        parts.extend(place.notes(path, api_type));
        parts.join("; ")
    }

    fn heading(&self, text: &str) -> String {
        self.view.paint(Role::Heading, text)
    }

    fn place<'b>(&'b self, resource: &'b Resource, operation: Option<&'b Operation>) -> Place<'b> {
        Place {
            catalog: self.catalog,
            resource,
            operation,
        }
    }
}

fn first_folded(members: &[Member]) -> Option<&Member> {
    members.iter().find_map(|member| match &member.below {
        Below::Folded => Some(member),
        Below::Members(members) => first_folded(members),
        Below::Nothing => None,
    })
}
