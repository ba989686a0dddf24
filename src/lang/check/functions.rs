//! `fn NAME(a, b) = E`: each call is replaced by the function's body, with what it is called with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::diag::Span;
use crate::lang::codes::{names, syntax, types};
use crate::lang::syntax as tree;
use crate::lang::syntax::{File, Function, Item, Name};

use super::expression::Reader;
use super::scope::Scope;
use super::typed::Typed;
use super::{Context, constants};

/// How deep calls of the project's own functions may stand in each other.
const DEEPEST: usize = 50;

/// Gives the functions of all files by their names; the first of each name.
pub(super) fn declared(files: &[File]) -> BTreeMap<Arc<str>, Arc<Function>> {
    let mut found = BTreeMap::new();
    for item in files.iter().flat_map(|file| &file.items) {
        if let Item::Function(function) = item
            && let Some(name) = &function.name
        {
            found
                .entry(name.text.clone())
                .or_insert_with(|| Arc::new(function.clone()));
        }
    }
    found
}

/// Takes out the functions that need themselves, before anything calls them.
pub(super) fn refuse_cycles(context: &mut Context) {
    let declared = context.declared_functions.clone();
    for (name, function) in &declared {
        if reaches(name, &declared) {
            let span = function.name.as_ref().map_or(function.span, |name| name.span);
            context.report(
                Diagnostic::error(&names::CYCLE, span, format!("the function `{name}` calls itself"))
                    .with_hint("a flow always ends, so it has no recursion"),
            );
            silence(name, context);
        }
    }
}

/// Checks the functions by themselves. Calls of those with problems are not looked at any more.
pub(super) fn check(context: &mut Context) {
    let declared = context.declared_functions.clone();
    for (name, function) in &declared {
        let before = context.diagnostics.len();
        check_names(function, context);
        let unknown = |name: &Name| (name.clone(), Typed::broken(name.span));
        let scope = Scope::of_function(function.parameters.iter().map(unknown).collect());
        Reader::new(&scope, context).expression(&function.value);
        if context.diagnostics.len() > before {
            silence(name, context);
        }
    }
}

fn silence(name: &Arc<str>, context: &mut Context) {
    if let Some(function) = context.declared_functions.get_mut(name) {
        let mut silent = Function::clone(function);
        silent.value.kind = tree::ExpressionKind::Broken(Vec::new());
        *function = Arc::new(silent);
    }
}

fn check_names(function: &Function, context: &mut Context) {
    if let Some(name) = &function.name
        && (context.function(&name.text).is_some() || &*name.text == "lookup")
    {
        context.report(Diagnostic::error(
            &names::DUPLICATE,
            name.span,
            format!("the language has a function `{}` already", name.text),
        ));
    }
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    for parameter in &function.parameters {
        if let Some(former) = known.insert(&parameter.text, parameter.span) {
            context.report(
                Diagnostic::error(
                    &names::DUPLICATE,
                    parameter.span,
                    format!("the function takes two values of the name `{}`", parameter.text),
                )
                .with_label(former, "here for the first time"),
            );
        }
    }
}

/// Tells whether a function calls itself, by way of others perhaps.
fn reaches(name: &Arc<str>, declared: &BTreeMap<Arc<str>, Arc<Function>>) -> bool {
    let mut seen: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut next: Vec<Arc<str>> = called(name, declared);
    while let Some(other) = next.pop() {
        if other == *name {
            return true;
        }
        if seen.insert(other.clone()) {
            next.extend(called(&other, declared));
        }
    }
    false
}

fn called(name: &Arc<str>, declared: &BTreeMap<Arc<str>, Arc<Function>>) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    if let Some(function) = declared.get(name) {
        collect(&function.value, &mut found);
    }
    found
}

fn collect(tree: &tree::Expression, found: &mut Vec<Arc<str>>) {
    if let tree::ExpressionKind::Call { function, .. } | tree::ExpressionKind::Pipe { function, .. } =
        &tree.kind
    {
        found.push(function.text.clone());
    }
    for child in tree.children() {
        collect(child, found);
    }
}

impl Reader<'_, '_> {
    /// Reads a call of one of the project's own functions.
    pub(super) fn own_function(
        &mut self,
        function: &Arc<Function>,
        arguments: &[&tree::Expression],
        span: Span,
    ) -> Typed {
        let given: Vec<Typed> = arguments.iter().map(|argument| self.typed(argument)).collect();
        let name = function.name.as_ref().map_or("", |name| &name.text);
        let wanted = function.parameters.len();
        if given.len() != wanted {
            let parameters: Vec<&str> = function.parameters.iter().map(|name| &*name.text).collect();
            let plural = if wanted == 1 { "" } else { "s" };
            self.context.report(
                Diagnostic::error(
                    &types::ARGUMENT_COUNT,
                    span,
                    format!(
                        "`{name}` takes {wanted} argument{plural}, and gets {}",
                        given.len()
                    ),
                )
                .with_note(format!("it is used as `{name}({})`", parameters.join(", "))),
            );
            return Typed::broken(span);
        }
        if self.context.inlined > constants::MOST_COPIED {
            return Typed::broken(span);
        }
        if self.context.calling >= DEEPEST {
            self.context.report(
                Diagnostic::error(&syntax::DEPTH, span, "functions call each other too deep here")
                    .with_hint("name their parts with `let`"),
            );
            return Typed::broken(span);
        }
        let named = function.parameters.iter().cloned().zip(given).collect();
        let scope = Scope::of_function(named);
        let before = self.context.diagnostics.len();
        self.context.calling += 1;
        let value = Reader::new(&scope, self.context).typed(&function.value);
        self.context.calling -= 1;
        let found = self.context.diagnostics.split_off(before);
        self.say_of_call(&found, name, span);
        match found.is_empty() {
            true => constants::copied(&value, span, self.context),
            false => Typed::broken(span),
        }
    }

    /// Reports what is wrong with a function's body once it is known what it is called with.
    fn say_of_call(&mut self, found: &[Diagnostic], name: &str, span: Span) {
        let Some(first) = found.first() else { return };
        let mut problem = Diagnostic::error(
            first.code,
            span,
            format!("`{name}` can't work on this: {}", first.message),
        );
        if let Some(label) = first.labels.first() {
            problem = problem.with_label(label.span, "here");
        }
        problem.hints.clone_from(&first.hints);
        self.context.report(problem);
    }
}
