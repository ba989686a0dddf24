//! Flows: their statements in order.

use std::sync::Arc;

use crate::catalog::Resource;
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{flows as codes, names};
use crate::lang::program::{Expression, Flow, Statement, Step};
use crate::lang::syntax as tree;
use crate::lang::syntax::Name;

use super::declare::Declarations;
use super::expression::{Reader, described};
use super::scope::{Place, Scope, Typed};
use super::{Context, hash, listed, step, with_nearest};

/// Checks a flow; `None` when it can't become a program.
pub(super) fn check<'a>(
    tree: &tree::Flow,
    declarations: &Declarations,
    context: &mut Context<'a>,
) -> Option<Flow> {
    let account = account(tree, declarations, context);
    let from = source(tree, context);
    let source_name = from.as_ref().and_then(|from| from.name.clone());
    let known = source_name.as_ref().and_then(|name| context.columns(name));
    let mut scope = Scope::of_flow(source_name.clone(), known, names_bound(tree));
    if let Some(name) = from.as_ref().and_then(|from| from.tree) {
        check_source(name, context);
    }
    let mut checker = Checker {
        context,
        scope: &mut scope,
        filter: None,
        key: Vec::new(),
        key_place: None,
        from_place: None,
        body: Vec::new(),
        locals: 0,
        steps: 0,
    };
    checker.body(tree);
    let Checker {
        filter,
        key,
        key_place,
        body,
        locals,
        ..
    } = checker;
    let header = scope.header();
    check_key(tree, key_place.is_some(), header, context);
    let mut flow = Flow {
        name: tree.name.as_ref()?.text.clone(),
        description: tree.description.clone(),
        account: account?,
        source: source_name?,
        filter,
        grouping: Vec::new(),
        key,
        guards: Vec::new(),
        stop: None,
        schedules: Vec::new(),
        paused: false,
        after: tree.after.iter().map(|name| name.text.clone()).collect(),
        body,
        write_back: None,
        reports: Vec::new(),
        lookups: Vec::new(),
        locals,
        plugins: Vec::new(),
        hash: String::new(),
        span: tree.span,
    };
    let source = declarations
        .sources
        .iter()
        .find(|source| source.spec.name == flow.source);
    flow.plugins = super::plugins::called(&flow, context);
    flow.hash = hash::of(&flow, source.map(|source| &source.spec));
    Some(flow)
}

/// Finds the account: `Some(None)` for a project without any, `None` when it is not clear.
fn account(
    tree: &tree::Flow,
    declarations: &Declarations,
    context: &mut Context,
) -> Option<Option<Arc<str>>> {
    let accounts = &declarations.accounts;
    if let Some(wanted) = &tree.account {
        if let Some(found) = accounts.iter().find(|account| account.spec.name == wanted.text) {
            return Some(Some(found.spec.name.clone()));
        }
        let known = || accounts.iter().map(|account| &*account.spec.name);
        let problem = Diagnostic::error(
            &names::UNKNOWN_DECLARATION,
            wanted.span,
            format!("there is no account `{}`", wanted.text),
        );
        let problem = if accounts.is_empty() {
            problem.with_hint("declare it: `account NAME { key = env(\"STRIPE_API_KEY\") }`")
        } else {
            with_nearest(problem, &wanted.text, known()).with_note(format!("accounts: {}", listed(known())))
        };
        context.report(problem);
        return None;
    }
    if accounts.is_empty() {
        return Some(None);
    }
    let default = declarations.default_account.and_then(|index| accounts.get(index));
    if default.is_none() {
        let known = listed(accounts.iter().map(|account| &*account.spec.name));
        context.report(
            Diagnostic::error(
                &codes::WHICH_ACCOUNT,
                tree.head,
                "the flow does not say which account it writes to",
            )
            .with_note(format!("accounts: {known}"))
            .with_hint("write `on NAME` behind the flow's name, or `active = true` in one account"),
        );
    }
    default.map(|account| Some(account.spec.name.clone()))
}

/// The first `from` of a flow.
struct From<'t> {
    tree: Option<&'t Name>,
    name: Option<Arc<str>>,
}

fn source<'t>(tree: &'t tree::Flow, context: &mut Context) -> Option<From<'t>> {
    let from = tree.body.iter().find_map(|statement| match statement {
        tree::Statement::From(from) => Some(From {
            tree: from.source.as_ref(),
            name: from.source.as_ref().map(|name| name.text.clone()),
        }),
        _ => None,
    });
    if from.is_none() {
        context.report(
            Diagnostic::error(
                &codes::NO_SOURCE,
                tree.head,
                "the flow does not say where its rows come from",
            )
            .with_hint("begin it with `from SOURCE`"),
        );
    }
    from
}

/// Reports a source that no file declares. The columns of such a flow are not checked.
fn check_source(name: &Name, context: &mut Context) {
    let known = &context.declared_sources;
    if known.contains(&name.text) {
        return;
    }
    let problem = Diagnostic::error(
        &names::UNKNOWN_DECLARATION,
        name.span,
        format!("there is no source `{}`", name.text),
    );
    let problem = if known.is_empty() {
        problem.with_hint(format!("declare it: `source {} = csv(\"…\")`", name.text))
    } else {
        let problem = problem.with_note(format!("sources: {}", listed(known.iter().map(|name| &**name))));
        with_nearest(problem, &name.text, known.iter().map(|name| &**name))
    };
    context.report(problem);
}

/// Gives the names that the statements of a flow bind, so that a use above them can be explained.
fn names_bound(tree: &tree::Flow) -> Vec<Name> {
    tree.body
        .iter()
        .filter_map(|statement| match statement {
            tree::Statement::Let(definition) => definition.name.clone(),
            tree::Statement::Step(step) => step.alias.clone(),
            _ => None,
        })
        .collect()
}

/// Reports a flow that creates something and has no key.
fn check_key(tree: &tree::Flow, has_key: bool, header: Option<&crate::model::Header>, context: &mut Context) {
    if has_key {
        return;
    }
    let creating = tree.body.iter().find_map(|statement| match statement {
        tree::Statement::Step(step) if step.kind.creates() => Some(&**step),
        _ => None,
    });
    let Some(step) = creating else { return };
    let verb = step.kind.as_str();
    let example = header
        .and_then(|header| header.columns.first())
        .map_or_else(|| "`key NUMBER`".to_owned(), |column| key_of(column));
    context.report(
        Diagnostic::error(
            &codes::NO_KEY,
            step.head,
            format!(
                "`{verb}` needs a `key` in its flow, or a second run could not tell what was sent already"
            ),
        )
        .with_hint(format!(
            "name the columns that identify a row for ever, such as {example}"
        )),
    );
}

/// Writes the `key` of a column.
fn key_of(column: &str) -> String {
    let plain = column
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !column.starts_with(|letter: char| letter.is_ascii_digit());
    if plain {
        format!("`key {column}`")
    } else {
        format!("key `{column}`")
    }
}

struct Checker<'c, 'a> {
    context: &'c mut Context<'a>,
    scope: &'c mut Scope<'a>,
    filter: Option<Expression>,
    key: Vec<Expression>,
    key_place: Option<Span>,
    from_place: Option<Span>,
    body: Vec<Statement>,
    locals: usize,
    steps: usize,
}

impl<'a> Checker<'_, 'a> {
    fn body(&mut self, tree: &tree::Flow) {
        let steps: Vec<&tree::Step> = tree
            .body
            .iter()
            .filter_map(|statement| match statement {
                tree::Statement::Step(step) => Some(&**step),
                _ => None,
            })
            .collect();
        let mut ledger_names = step::ledger_names(&steps).into_iter();
        for statement in &tree.body {
            match statement {
                tree::Statement::From(from) => self.from(from.keyword, from.filter.as_ref()),
                tree::Statement::Key { keyword, parts, .. } => self.key(*keyword, parts),
                tree::Statement::Let(definition) => self.definition(definition),
                tree::Statement::Require(require) => {
                    self.require(&require.condition, require.otherwise.as_ref());
                }
                tree::Statement::Step(tree) => {
                    let name = ledger_names.next().unwrap_or_default();
                    self.step(tree, name);
                }
                _ => {}
            }
        }
    }

    /// Reads something with what may be used at a place of the flow.
    fn reading<Read>(&mut self, place: Place, read: impl FnOnce(&mut Reader<'_, 'a>) -> Read) -> Read {
        self.scope.place = place;
        let mut reader = Reader::new(self.scope, self.context);
        read(&mut reader)
    }

    /// Reports a statement that a flow has only one of.
    fn once(&mut self, word: &str, former: Option<Span>, keyword: Span) -> bool {
        let Some(former) = former else { return true };
        self.context.report(
            Diagnostic::error(&codes::TWICE, keyword, format!("a flow has one `{word}`"))
                .with_label(former, "here for the first time"),
        );
        false
    }

    fn from(&mut self, keyword: Span, filter: Option<&tree::Expression>) {
        let first = self.once("from", self.from_place, keyword);
        let read = filter.map(|filter| self.reading(Place::Filter, |reader| reader.condition(filter)));
        if first {
            self.filter = read;
            self.from_place = Some(keyword);
        }
    }

    fn key(&mut self, keyword: Span, parts: &[tree::Expression]) {
        let first = self.once("key", self.key_place, keyword);
        let mut read: Vec<Expression> = Vec::new();
        for part in parts {
            let part = self.reading(Place::Key, |reader| reader.expression(part));
            let canonical = hash::expression(&part);
            if let Some(former) = read.iter().find(|former| hash::expression(former) == canonical) {
                let former = former.span;
                self.context.report(
                    Diagnostic::error(&codes::TWICE, part.span, "the key names this twice")
                        .with_label(former, "here for the first time"),
                );
            }
            if matches!(
                part.value_type,
                crate::model::Type::List(_) | crate::model::Type::Record | crate::model::Type::Object(_)
            ) {
                self.context.report(Diagnostic::error(
                    &crate::lang::codes::types::WRONG_TYPE,
                    part.span,
                    format!("{} can't be part of a key", described(&part.value_type)),
                ));
            }
            read.push(part);
        }
        if first {
            self.key = read;
            self.key_place = Some(keyword);
        }
    }

    fn definition(&mut self, tree: &tree::Definition) {
        let value: Typed = self.reading(Place::Body, |reader| reader.typed(&tree.value));
        let local = self.locals;
        self.locals += 1;
        self.body.push(Statement::Let {
            local,
            value: value.expression.clone(),
        });
        if let Some(name) = &tree.name {
            self.scope.bind_local(name, local, value, self.context);
        }
    }

    fn require(&mut self, condition: &tree::Expression, otherwise: Option<&tree::Expression>) {
        let condition = self.reading(Place::Body, |reader| reader.condition(condition));
        let Some(otherwise) = otherwise else { return };
        let otherwise = self.reading(Place::Body, |reader| reader.expression(otherwise));
        self.body.push(Statement::Require { condition, otherwise });
    }

    fn step(&mut self, tree: &tree::Step, name: Arc<str>) {
        let index = self.steps;
        self.steps += 1;
        let read: Option<Step> = self.reading(Place::Body, |reader| step::read(tree, index, name, reader));
        let resource: Option<&'static Resource> = tree
            .resource
            .as_ref()
            .and_then(|name| self.context.catalog().resource(&name.text));
        match (&tree.alias, resource) {
            (Some(alias), Some(resource)) => {
                self.scope.bind_step(alias, index, resource.name, self.context);
            }
            (Some(alias), None) => {
                let unknown = Typed::broken(alias.span);
                self.scope.bind_local(alias, index, unknown, self.context);
            }
            (None, Some(resource)) => self.scope.unnamed.push(resource.name),
            (None, None) => {}
        }
        self.body.extend(read.map(Statement::Step));
    }
}
