//! Values that are bound at the top of files. They are copied into the expressions that use them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{names, syntax};
use crate::lang::program::Expression;
use crate::lang::syntax as tree;
use crate::lang::syntax::{Definition, File, Item};

use super::Context;
use super::expression::Reader;
use super::scope::Scope;
use super::typed::Typed;

/// How deep a constant may be, with the constants in it.
const DEEPEST: usize = 200;
/// How many nodes may be copied into the expressions of a project.
pub(super) const MOST_COPIED: usize = 1_000_000;

/// A constant with what it costs to use it.
pub(super) struct Constant {
    value: Typed,
    size: Size,
}

/// How large an expression is.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    depth: usize,
}

/// Checks all constants of a project, those first that others use.
pub(super) fn check(files: &[File], context: &mut Context) {
    let mut definitions: BTreeMap<Arc<str>, &Definition> = BTreeMap::new();
    for item in files.iter().flat_map(|file| &file.items) {
        if let Item::Constant(definition) = item
            && let Some(name) = &definition.name
        {
            definitions.entry(name.text.clone()).or_insert(definition);
        }
    }
    let uses: Uses = definitions
        .iter()
        .map(|(name, definition)| (name.clone(), used(&definition.value, &definitions)))
        .collect();
    for name in ordered(&uses) {
        if let Some(definition) = definitions.remove(&name) {
            check_one(name, definition, context);
        }
    }
    report_cycles(&definitions, &uses, context);
}

/// The constants that each constant names.
type Uses = BTreeMap<Arc<str>, BTreeSet<Arc<str>>>;

/// Gives the constants so that each stands behind those that it uses; what waits for itself is left out.
fn ordered(uses: &Uses) -> Vec<Arc<str>> {
    let mut waits: BTreeMap<&Arc<str>, usize> = uses.iter().map(|(name, used)| (name, used.len())).collect();
    let mut users: BTreeMap<&Arc<str>, Vec<&Arc<str>>> = BTreeMap::new();
    for (name, used) in uses {
        for other in used {
            users.entry(other).or_default().push(name);
        }
    }
    let mut ready: Vec<&Arc<str>> = uses
        .iter()
        .filter(|(_, used)| used.is_empty())
        .map(|(name, _)| name)
        .collect();
    let mut order = Vec::new();
    while let Some(name) = ready.pop() {
        order.push(name.clone());
        for user in users.get(name).into_iter().flatten() {
            if let Some(count) = waits.get_mut(user) {
                *count -= 1;
                if *count == 0 {
                    ready.push(user);
                }
            }
        }
    }
    order
}

fn check_one(name: Arc<str>, definition: &Definition, context: &mut Context) {
    let scope = Scope::of_constants();
    let value = Reader::new(&scope, context).typed(&definition.value);
    let mut size = Size::default();
    measure(&value.expression, 1, &mut size);
    let constant = if size.depth > DEEPEST {
        context.report(too_large(definition.span));
        Constant {
            value: Typed::broken(definition.span),
            size: Size { nodes: 1, depth: 1 },
        }
    } else {
        Constant { value, size }
    };
    context.constants.insert(name, constant);
}

fn report_cycles(waiting: &BTreeMap<Arc<str>, &Definition>, uses: &Uses, context: &mut Context) {
    for (name, definition) in waiting {
        let place = definition.name.as_ref().map_or(definition.span, |name| name.span);
        let others: Vec<String> = uses
            .get(name)
            .into_iter()
            .flatten()
            .filter(|other| waiting.contains_key(*other))
            .map(|other| format!("`{other}`"))
            .collect();
        context.report(Diagnostic::error(
            &names::CYCLE,
            place,
            format!(
                "constant `{name}` is made of itself, by way of {}",
                others.join(" and ")
            ),
        ));
        context.constants.insert(
            name.clone(),
            Constant {
                value: Typed::broken(place),
                size: Size { nodes: 1, depth: 1 },
            },
        );
    }
}

/// Copies a constant to the place that uses it.
pub(super) fn inline(name: &str, span: Span, context: &mut Context) -> Typed {
    let Some(constant) = context.constants.get(name) else {
        return Typed::broken(span);
    };
    context.inlined = context.inlined.saturating_add(constant.size.nodes);
    if context.inlined > MOST_COPIED {
        let first = context.inlined - constant.size.nodes <= MOST_COPIED;
        if first {
            context.report(too_large(span));
        }
        return Typed::broken(span);
    }
    let mut copy = constant.value.clone();
    copy.expression.span = span;
    copy
}

/// Copies the value of a `let` to the place that uses it.
pub(super) fn copied(value: &Typed, span: Span, context: &mut Context) -> Typed {
    let mut size = Size::default();
    measure(&value.expression, 1, &mut size);
    context.inlined = context.inlined.saturating_add(size.nodes);
    if context.inlined > MOST_COPIED || size.depth > DEEPEST {
        context.report(too_large(span));
        return Typed::broken(span);
    }
    let mut copy = value.clone();
    copy.expression.span = span;
    copy
}

fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error(
        &syntax::DEPTH,
        span,
        "this is too large with the values that are put into it",
    )
    .with_hint("use fewer values in each other")
}

fn measure(expression: &Expression, depth: usize, size: &mut Size) {
    size.nodes += 1;
    size.depth = size.depth.max(depth);
    for child in expression.children() {
        measure(child, depth + 1, size);
    }
}

/// Finds the constants that a tree names.
fn used(expression: &tree::Expression, known: &BTreeMap<Arc<str>, &Definition>) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    collect(expression, &mut |name| {
        if known.contains_key(name) {
            found.insert(name.clone());
        }
    });
    found
}

fn collect(expression: &tree::Expression, found: &mut impl FnMut(&Arc<str>)) {
    if let tree::ExpressionKind::Name(name) = &expression.kind {
        found(name);
    }
    for child in expression.children() {
        collect(child, found);
    }
}
