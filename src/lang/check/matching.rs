//! `by …`: how an object that exists already is recognised.

use crate::catalog::{Alternative, ApiType, Operation, OperationKind, Resource};
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::requests as codes;
use crate::lang::program::{Binding, Expression, MatchField, Matching, Several};
use crate::lang::syntax as tree;
use crate::lang::syntax::PathPart;
use crate::model::Form;

use super::expression::Reader;
use super::parameters::{self, Part};
use super::{listed, with_nearest};

/// Reads `by …` of a step whose bindings have been read; `None` for a step without a block.
pub(super) fn read(
    tree: &tree::Matching,
    resource: &'static Resource,
    bindings: Option<&[Binding]>,
    reader: &mut Reader,
) -> Option<Matching> {
    let given = tree.value.as_ref().map(|value| reader.expression(value));
    let further = further(tree, resource, reader);
    let path = tree.path.as_ref()?;
    let names: Vec<&str> = path
        .parts
        .iter()
        .map(|part| match part {
            PathPart::Member(name) => Some(&*name.text),
            PathPart::Index { .. } | PathPart::Broken(_) => None,
        })
        .collect::<Option<_>>()
        .or_else(|| {
            no_lookup(path, resource, reader);
            None
        })?;
    let field = field(&names, resource, reader).or_else(|| {
        no_lookup(path, resource, reader);
        None
    })?;
    let value = match given {
        Some(value) => value,
        None => bound_value(&names, path.span, bindings, reader)?,
    };
    Some(Matching {
        field,
        value,
        further,
        several: match tree.several.as_ref().map(|word| &*word.text) {
            Some("newest") => Several::Newest,
            Some("oldest") => Several::Oldest,
            _ => Several::Reject,
        },
        span: tree.span,
    })
}

/// Reads the further fields of a `find`; each is a plain member of the object.
fn further(
    tree: &tree::Matching,
    resource: &'static Resource,
    reader: &mut Reader,
) -> Vec<(Vec<String>, Expression)> {
    let mut read = Vec::new();
    for line in &tree.further {
        let value = reader.expression(&line.value);
        let names: Option<Vec<&str>> = line
            .path
            .parts
            .iter()
            .map(|part| match part {
                PathPart::Member(name) => Some(&*name.text),
                PathPart::Index { .. } | PathPart::Broken(_) => None,
            })
            .collect();
        match names {
            Some(names) if names == ["id"] || field(&names, resource, reader).is_some() => {
                read.push((names.into_iter().map(str::to_owned).collect(), value));
            }
            _ => no_lookup(&line.path, resource, reader),
        }
    }
    read
}

/// Finds the way to look objects up by a field.
fn field(names: &[&str], resource: &'static Resource, reader: &Reader) -> Option<MatchField> {
    if names == ["id"] {
        return resource
            .operation(OperationKind::Retrieve)
            .map(|_| MatchField::Id);
    }
    let list = listable(resource, reader)?;
    if let [name] = names
        && let Some(filter) = filters(resource, list, reader)
            .into_iter()
            .find(|filter| filter == name)
    {
        return Some(MatchField::Filter(filter));
    }
    let mut parts = names.iter();
    let mut found = reader.context.catalog().member(resource.fields, parts.next()?)?;
    for name in parts {
        found = parameters::descend(&found, &Part::Member(name), reader.context.catalog()).ok()?;
    }
    match names {
        ["metadata", name] => Some(MatchField::Metadata((*name).to_owned())),
        _ if is_plain(&found) => Some(MatchField::Field(
            names.iter().map(|name| (*name).to_owned()).collect(),
        )),
        _ => None,
    }
}

/// Gives the list operation when it lists the whole collection.
fn listable(resource: &'static Resource, reader: &Reader) -> Option<&'static Operation> {
    let list = resource.operation(OperationKind::List)?;
    let wants_more = list.params.is_some_and(|shape| {
        reader
            .context
            .catalog()
            .members(shape)
            .any(|(_, api)| api.required)
    });
    (list.path_params.is_empty() && !wants_more).then_some(list)
}

/// Gives the filters that take one plain value, and are fields of the object too.
fn filters(resource: &'static Resource, list: &Operation, reader: &Reader) -> Vec<&'static str> {
    let catalog = reader.context.catalog();
    let plain = |filter: &&'static str| {
        let taken = list.params.and_then(|shape| catalog.member(shape, filter));
        catalog.member(resource.fields, filter).is_some() && taken.is_some_and(|api| is_plain(&api))
    };
    resource.filters.iter().copied().filter(plain).collect()
}

fn is_plain(api: &ApiType) -> bool {
    api.alternatives.iter().all(|alternative| {
        matches!(
            alternative,
            Alternative::Text
                | Alternative::Integer
                | Alternative::Number
                | Alternative::Decimal
                | Alternative::Boolean
                | Alternative::Currency
                | Alternative::Enum(_)
                | Alternative::Reference(_)
        )
    })
}

/// Tells whether a field is likely to tell objects apart.
fn is_text(api: &ApiType) -> bool {
    let text =
        |alternative: &Alternative| matches!(alternative, Alternative::Text | Alternative::Reference(_));
    api.alternatives.iter().all(text)
}

fn no_lookup(path: &tree::Path, resource: &'static Resource, reader: &mut Reader) {
    let written: String = path.parts.iter().fold(String::new(), |path, part| match part {
        PathPart::Member(name) => parameters::join(&path, &Part::Member(&name.text)),
        PathPart::Index { index, .. } => parameters::join(&path, &Part::Index(*index)),
        PathPart::Broken(_) => path,
    });
    let written = Form::flow_path(&written);
    let known = candidates(resource, reader);
    let mut problem = Diagnostic::error(
        &codes::NO_LOOKUP,
        path.span,
        format!("`{}` objects can't be looked up by `{written}`", resource.name),
    );
    problem = if known.is_empty() {
        problem.with_note("Stripe lists no objects of this kind, so nothing can be looked up")
    } else {
        problem.with_note(format!(
            "they can be looked up by: {}",
            listed(known.iter().map(String::as_str))
        ))
    };
    reader
        .context
        .report(with_nearest(problem, &written, known.iter().map(String::as_str)));
}

/// Lists what objects of a resource can be looked up by: the id, filters, metadata, plain fields.
fn candidates(resource: &'static Resource, reader: &Reader) -> Vec<String> {
    let mut known = Vec::new();
    if resource.operation(OperationKind::Retrieve).is_some() {
        known.push("id".to_owned());
    }
    let Some(list) = listable(resource, reader) else {
        return known;
    };
    known.extend(filters(resource, list, reader).into_iter().map(str::to_owned));
    for (name, api) in reader.context.catalog().members(resource.fields) {
        if parameters::is_map(&api) && name == "metadata" {
            known.push("metadata.NAME".to_owned());
        } else if is_text(&api) && name != "object" && !known.iter().any(|other| other == name) {
            known.push(name.to_owned());
        }
    }
    known
}

/// Gives the value that the step binds to the field that it is recognised by.
fn bound_value(
    names: &[&str],
    span: Span,
    bindings: Option<&[Binding]>,
    reader: &mut Reader,
) -> Option<Expression> {
    let name = names.iter().fold(String::new(), |path, name| {
        parameters::join(&path, &Part::Member(name))
    });
    if let Some(binding) = bindings
        .into_iter()
        .flatten()
        .find(|binding| binding.name == name)
    {
        return Some(binding.value.clone());
    }
    let path = Form::flow_path(&name);
    let hint = match names {
        _ if bindings.is_none() => format!("write `by {path} = …`"),
        ["id"] => "write `by id = …`".to_owned(),
        _ => format!("write `by {path} = …`, or bind `{path}` in the block"),
    };
    reader.context.report(
        Diagnostic::error(
            &codes::NO_LOOKUP,
            span,
            format!("`by {path}` has no value to look for"),
        )
        .with_hint(hint),
    );
    None
}
