//! The lines of a step's block: each fills one field, or, with a record or a list, several.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{ApiType, Operation};
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{names, requests, types};
use crate::lang::program::{Binding, Expression, ExpressionKind, Presence};
use crate::lang::syntax as tree;
use crate::lang::syntax::PathPart;
use crate::model::{Form, Type, Value};

use super::expression::Reader;
use super::fit;
use super::parameters::{self, Misstep, Part};
use super::{listed, with_nearest};

/// The longest name of metadata. Source: <https://docs.stripe.com/api/metadata>.
const LONGEST_METADATA_NAME: usize = 40;
/// How many names of metadata an object has at most. Source: as above.
const MOST_METADATA: usize = 50;
/// The name that marks what this program made.
const MARK: &str = "sheetflow";

/// The operations that a step may ask for.
#[derive(Clone, Copy)]
pub(super) struct Operations {
    pub(super) create: Option<&'static Operation>,
    pub(super) update: Option<&'static Operation>,
    /// What a field is held against to tell that it exists for creation only.
    pub(super) elsewhere: Option<&'static Operation>,
}

/// The fields that a step fills, as they are collected.
pub(super) struct Bindings {
    operations: Operations,
    read: Vec<Binding>,
    /// Stripe's names of what is bound, with their places.
    pub(super) bound: BTreeMap<String, Span>,
    /// The indexes used of each list, with their places.
    indexes: BTreeMap<String, BTreeMap<u32, Span>>,
}

/// A field on the way to its value.
struct Field<'p> {
    parts: Vec<Part<'p>>,
    create: Option<ApiType>,
    update: Option<ApiType>,
    span: Span,
}

impl Field<'_> {
    /// Gives Stripe's name of the field: `items[0][price]`.
    fn name(&self) -> String {
        let join = |path: String, part: &Part| parameters::join(&path, part);
        self.parts.iter().fold(String::new(), join)
    }
}

impl Bindings {
    pub(super) fn new(operations: Operations) -> Self {
        Bindings {
            operations,
            read: Vec::new(),
            bound: BTreeMap::new(),
            indexes: BTreeMap::new(),
        }
    }

    /// Gives the bindings, after the checks that concern all of them.
    pub(super) fn finish(self, reader: &mut Reader) -> (Vec<Binding>, BTreeMap<String, Span>) {
        for (list, used) in &self.indexes {
            let gap = (0..).zip(used).find(|(expected, (index, _))| expected != *index);
            if let Some((missing, (_, span))) = gap {
                reader.context.report(
                    Diagnostic::error(
                        &requests::LIST_ORDER,
                        *span,
                        format!("there is no `{}[{missing}]` before this", Form::flow_path(list)),
                    )
                    .with_hint("items are counted from 0, without gaps"),
                );
            }
        }
        (self.read, self.bound)
    }

    pub(super) fn add(&mut self, line: &tree::Binding, reader: &mut Reader) {
        let value = reader.expression(&line.value);
        let mut parts = Vec::new();
        for part in &line.path.parts {
            match part {
                PathPart::Member(name) => parts.push(Part::Member(&name.text)),
                PathPart::Index { index, .. } => parts.push(Part::Index(*index)),
                PathPart::Broken(_) => return,
            }
        }
        let catalog = reader.context.catalog();
        let find = |operation: Option<&'static Operation>| {
            operation.map(|operation| parameters::resolve(operation, &parts, catalog))
        };
        let (create, update) = match (find(self.operations.create), find(self.operations.update)) {
            (Some(Err(misstep)), None | Some(Err(_))) | (None, Some(Err(misstep))) => {
                let elsewhere = find(self.operations.elsewhere).is_some_and(|found| found.is_ok());
                self.lost(line, misstep, elsewhere, reader);
                return;
            }
            (None, None) => return,
            (create, update) => (create.and_then(Result::ok), update.and_then(Result::ok)),
        };
        let field = Field {
            parts,
            create,
            update,
            span: line.path.span,
        };
        self.fill(&field, value, Some(&line.value), reader);
    }

    /// Reports a path that leads nowhere.
    fn lost(
        &self,
        line: &tree::Binding,
        (index, misstep): (usize, Misstep),
        elsewhere: bool,
        reader: &mut Reader,
    ) {
        let parts = &line.path.parts;
        let Some(part) = parts.get(index) else { return };
        let (name, span) = match part {
            PathPart::Member(name) => (name.text.to_string(), name.span),
            PathPart::Index { index, span } => (format!("[{index}]"), *span),
            PathPart::Broken(_) => return,
        };
        let before: String = parts
            .iter()
            .take(index)
            .fold(String::new(), |path, part| match part {
                PathPart::Member(name) => parameters::join(&path, &Part::Member(&name.text)),
                PathPart::Index { index, .. } => parameters::join(&path, &Part::Index(*index)),
                PathPart::Broken(_) => path,
            });
        let place = match (
            before.is_empty(),
            self.operations.create.or(self.operations.update),
        ) {
            (false, _) => format!("`{}`", Form::flow_path(&before)),
            (true, Some(operation)) => format!("`{}`", operation.id),
            (true, None) => "the step".to_owned(),
        };
        reader
            .context
            .report(lost_problem(&misstep, &name, &place, span, elsewhere));
    }

    /// Binds a field, or the fields inside it when the value names them.
    fn fill(
        &mut self,
        field: &Field,
        value: Expression,
        tree: Option<&tree::Expression>,
        reader: &mut Reader,
    ) {
        let opens = |api: &Option<ApiType>, part: &Part| {
            api.as_ref().is_some_and(|api| {
                !matches!(
                    parameters::descend(api, part, reader.context.catalog()),
                    Err(Misstep::NoMembers | Misstep::NotAList)
                )
            })
        };
        match value.kind {
            ExpressionKind::Record(entries)
                if !entries.is_empty()
                    && [&field.create, &field.update]
                        .iter()
                        .any(|api| opens(api, &Part::Member(""))) =>
            {
                self.fill_record(field, entries, tree, reader);
            }
            ExpressionKind::List(items)
                if !items.is_empty()
                    && [&field.create, &field.update]
                        .iter()
                        .any(|api| opens(api, &Part::Index(0))) =>
            {
                self.fill_list(field, items, value.span, tree, reader);
            }
            kind => self.bind(field, Expression { kind, ..value }, reader),
        }
    }

    fn fill_record(
        &mut self,
        field: &Field,
        entries: Vec<(Arc<str>, Expression)>,
        tree: Option<&tree::Expression>,
        reader: &mut Reader,
    ) {
        let written = match tree.map(|tree| &tree.kind) {
            Some(tree::ExpressionKind::Record(written)) => Some(written),
            _ => None,
        };
        let mut filled: Vec<Arc<str>> = Vec::new();
        for (index, (name, value)) in entries.into_iter().enumerate() {
            // A name that stands twice was reported with the record.
            if filled.contains(&name) {
                continue;
            }
            filled.push(name.clone());
            let written = written.and_then(|entries| entries.get(index));
            let span = written.map_or(value.span, |(name, _)| name.span);
            let part = Part::Member(&name);
            if let Some(inner) = self.inside(field, part, span, reader) {
                self.fill(&inner, value, written.map(|(_, value)| value), reader);
            }
        }
    }

    /// Checks the items of a list one by one, and binds the list as a whole: which of its items are
    /// empty, and so how the others are counted, is known with the row.
    fn fill_list(
        &mut self,
        field: &Field,
        items: Vec<Expression>,
        span: Span,
        tree: Option<&tree::Expression>,
        reader: &mut Reader,
    ) {
        let bound_before = self.read.len();
        let whole = Expression {
            value_type: Type::List(Box::new(Type::Any)),
            presence: Presence::Always,
            may_fail: items.iter().any(|item| item.may_fail),
            kind: ExpressionKind::List(items.clone()),
            span,
        };
        let written = match tree.map(|tree| &tree.kind) {
            Some(tree::ExpressionKind::List(written)) => Some(written),
            _ => None,
        };
        for (index, value) in (0..).zip(items) {
            let tree = written.and_then(|items| items.get(index as usize));
            let span = value.span;
            if let Some(inner) = self.inside(field, Part::Index(index), span, reader) {
                self.fill(&inner, value, tree, reader);
            }
        }
        self.read.truncate(bound_before);
        let binding = self.binding(field, whole, reader);
        self.read.push(binding);
    }

    /// Goes from a field to one inside it.
    fn inside<'p>(
        &self,
        field: &Field<'p>,
        part: Part<'p>,
        span: Span,
        reader: &mut Reader,
    ) -> Option<Field<'p>> {
        let catalog = reader.context.catalog();
        let find = |api: &Option<ApiType>| api.as_ref().map(|api| parameters::descend(api, &part, catalog));
        let (create, update) = (find(&field.create), find(&field.update));
        if let (Some(Err(misstep)), None | Some(Err(_))) | (None, Some(Err(misstep))) = (&create, &update) {
            let name = match part {
                Part::Member(name) => name.to_owned(),
                Part::Index(index) => format!("[{index}]"),
            };
            let place = format!("`{}`", Form::flow_path(&field.name()));
            reader
                .context
                .report(lost_problem(misstep, &name, &place, span, false));
            return None;
        }
        let mut parts = field.parts.clone();
        parts.push(part);
        Some(Field {
            parts,
            create: create.and_then(Result::ok),
            update: update.and_then(Result::ok),
            span,
        })
    }

    fn bind(&mut self, field: &Field, value: Expression, reader: &mut Reader) {
        let mut name = String::new();
        for part in &field.parts {
            if let Part::Index(index) = part {
                let used = self.indexes.entry(name.clone()).or_default();
                used.entry(*index).or_insert(field.span);
            }
            name = parameters::join(&name, part);
        }
        self.check_metadata(field, reader);
        if let Some(former) = self.overlapping(&name) {
            reader.context.report(
                Diagnostic::error(
                    &requests::BOUND_TWICE,
                    field.span,
                    format!("`{}` is bound twice", Form::flow_path(&name)),
                )
                .with_label(former, "here for the first time"),
            );
            return;
        }
        if let Some(api) = field.create.as_ref().or(field.update.as_ref()) {
            fit::check(&value, api, &Form::flow_path(&name), reader.context);
            fit::check_minor_units(&value, api, &Form::flow_path(&name), reader.context);
        }
        self.bound.insert(name, field.span);
        let binding = self.binding(field, value, reader);
        check_length(&binding, reader);
        self.read.push(binding);
    }

    fn binding(&self, field: &Field, value: Expression, reader: &Reader) -> Binding {
        let catalog = reader.context.catalog();
        let path = parameters::limit_path(&field.parts);
        let limit = |operation: Option<&Operation>| {
            operation.and_then(|operation| catalog.limit(operation.id, &path))
        };
        Binding {
            name: field.name(),
            create_type: field.create.clone(),
            update_type: field.update.clone(),
            max_length: limit(self.operations.create).or_else(|| limit(self.operations.update)),
            value,
            span: field.span,
        }
    }

    /// Finds a field that was bound before and is this one, holds it, or lies inside it.
    fn overlapping(&self, name: &str) -> Option<Span> {
        let holders = name.match_indices('[').filter_map(|(end, _)| name.get(..end));
        let same_or_holder = holders.chain([name]).find_map(|holder| self.bound.get(holder));
        let inside = format!("{name}[");
        let lies_inside = || {
            self.bound
                .range(inside.clone()..)
                .next()
                .filter(|(other, _)| other.starts_with(&inside))
                .map(|(_, span)| span)
        };
        same_or_holder.or_else(lies_inside).copied()
    }

    fn check_metadata(&self, field: &Field, reader: &mut Reader) {
        let [.., Part::Member("metadata"), Part::Member(name)] = field.parts.as_slice() else {
            return;
        };
        let refuse = |message: String| Diagnostic::error(&requests::METADATA, field.span, message);
        if *name == MARK && field.parts.len() == 2 {
            reader.context.report(refuse(format!(
                "`metadata.{MARK}` is the mark of this program, and can't be bound"
            )));
        } else if name.chars().count() > LONGEST_METADATA_NAME {
            reader.context.report(refuse(format!(
                "names of metadata have at most {LONGEST_METADATA_NAME} characters"
            )));
        } else if name.contains(['[', ']']) {
            reader
                .context
                .report(refuse("names of metadata have no square brackets".to_owned()));
        }
        let all = self
            .bound
            .range("metadata[".to_owned()..)
            .take_while(|(name, _)| name.starts_with("metadata["));
        // One more for the mark.
        if field.parts.len() == 2 && all.count() + 2 == MOST_METADATA + 1 {
            reader.context.report(refuse(format!(
                "an object has at most {MOST_METADATA} names of metadata, the program's mark included"
            )));
        }
    }
}

/// Reports a literal that is longer than Stripe takes.
fn check_length(binding: &Binding, reader: &mut Reader) {
    let (ExpressionKind::Literal(Value::Text(text)), Some(limit)) = (&binding.value.kind, binding.max_length)
    else {
        return;
    };
    let length = text.chars().count() as u64;
    if length > limit {
        let field = Form::flow_path(&binding.name);
        reader.context.report(Diagnostic::error(
            &types::WRONG_TYPE,
            binding.value.span,
            format!("`{field}` takes at most {limit} characters, and this has {length}"),
        ));
    }
}

fn lost_problem(misstep: &Misstep, name: &str, place: &str, span: Span, elsewhere: bool) -> Diagnostic {
    match misstep {
        Misstep::Unknown(_) if elsewhere => Diagnostic::error(
            &names::UNKNOWN_FIELD,
            span,
            format!("{place} can't change `{name}`"),
        )
        .with_hint("Stripe takes it on creation only"),
        Misstep::Unknown(known) => {
            let problem = Diagnostic::error(
                &names::UNKNOWN_FIELD,
                span,
                format!("{place} has no field `{name}`"),
            )
            .with_note(format!("fields: {}", listed(known.iter().copied())));
            with_nearest(problem, name, known.iter().copied())
        }
        Misstep::WantsIndex => Diagnostic::error(&types::WRONG_PATH, span, format!("{place} is a list"))
            .with_hint(format!("say which item: `[0].{name}`")),
        Misstep::NotAList => Diagnostic::error(
            &types::WRONG_PATH,
            span,
            format!("{place} is no list, so it has no item `{name}`"),
        ),
        Misstep::NoMembers => Diagnostic::error(
            &types::WRONG_PATH,
            span,
            format!("{place} is a plain value, so there is no `{name}` in it"),
        ),
    }
}
