//! Flows: their account, their source, their key.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::lang::codes::{flows as codes, names};
use crate::lang::program::{Expression, ExpressionKind, Flow, RequestMethod, Schedule, StepKind};
use crate::lang::syntax as tree;
use crate::lang::syntax::Name;

use crate::model::SourceSpec;

use super::declare::Declarations;
use super::scope::{Place, Scope, is_plain};
use super::statements::Statements;
use super::{Context, hash, listed, with_nearest};

/// A flow with the scope behind its last statement, in which its tests are read.
pub(super) struct CheckedFlow<'a> {
    pub(super) flow: Arc<Flow>,
    pub(super) scope: Scope<'a>,
}

/// Checks a flow; `None` when it can't become a program.
pub(super) fn check<'a>(
    tree: &tree::Flow,
    declarations: &Declarations,
    context: &mut Context<'a>,
) -> Option<CheckedFlow<'a>> {
    let account = account(tree, declarations, context);
    let from = source(tree, context);
    let source_name = from.as_ref().and_then(|from| from.name.clone());
    let known = source_name.as_ref().and_then(|name| context.columns(name));
    let mut scope = Scope::of_flow(source_name.clone(), known, names_bound(&tree.body));
    if let Some(name) = from.as_ref().and_then(|from| from.tree) {
        check_source(name, context);
    }
    let read = Statements::read(tree, &mut scope, context);
    check_key(tree, read.has_key(), scope.header(), context);
    let mut after: Vec<Arc<str>> = tree.after.iter().map(|name| name.text.clone()).collect();
    after.extend(read.schedules.iter().filter_map(|schedule| match schedule {
        Schedule::After(name) => Some(name.clone()),
        _ => None,
    }));
    after.sort();
    after.dedup();
    let mut flow = Flow {
        name: tree.name.as_ref()?.text.clone(),
        description: tree.description.clone(),
        account: account?,
        source: source_name?,
        filter: read.filter,
        grouping: read.grouping,
        key: read.key,
        guards: read.guards,
        stop: read.stop,
        schedules: read.schedules,
        paused: read.paused.is_some(),
        after,
        body: read.body,
        write_back: read.write_back,
        reports: read.reports,
        lookups: Vec::new(),
        locals: read.locals,
        plugins: Vec::new(),
        hash: String::new(),
        frame: String::new(),
        span: tree.span,
    };
    flow.lookups = looked_into(&flow);
    flow.plugins = super::plugins::called(&flow, context);
    let read = |name: &Arc<str>| *name == flow.source || flow.lookups.contains(name);
    let sources = declarations.sources.iter().map(|source| &source.spec);
    let sources: Vec<&SourceSpec> = sources.filter(|source| read(&source.name)).collect();
    flow.hash = hash::of(&flow, &sources);
    flow.frame = hash::frame(&flow);
    scope.place = Place::Results;
    Some(CheckedFlow {
        flow: Arc::new(flow),
        scope,
    })
}

/// Gives the sources that `lookup` reads anywhere in a flow, sorted.
fn looked_into(flow: &Flow) -> Vec<Arc<str>> {
    fn collect(expression: &Expression, found: &mut BTreeSet<Arc<str>>) {
        if let ExpressionKind::Lookup { source, .. } = &expression.kind {
            found.insert(source.clone());
        }
        for child in expression.children() {
            collect(child, found);
        }
    }
    let results = flow.reports.iter().flat_map(|report| &report.columns);
    let results = results.chain(flow.write_back.iter().flat_map(|back| &back.columns));
    let mut found = BTreeSet::new();
    for expression in flow
        .expressions()
        .into_iter()
        .chain(results.map(|column| &column.value))
    {
        collect(expression, &mut found);
    }
    found.into_iter().collect()
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

/// Gives the names that the statements of a flow bind outside of blocks, so that a use above them can be
/// explained.
fn names_bound(body: &[tree::Statement]) -> Vec<Name> {
    body.iter()
        .filter_map(|statement| match statement {
            tree::Statement::Let(definition) => definition.name.clone(),
            tree::Statement::Step(step) => step.alias.clone(),
            _ => None,
        })
        .collect()
}

/// Reports a flow that creates something, or calls an operation, and has no key.
fn check_key(tree: &tree::Flow, has_key: bool, header: Option<&crate::model::Header>, context: &mut Context) {
    if has_key {
        return;
    }
    let reads = |step: &tree::Step| {
        matches!(
            step.detail,
            tree::Detail::Request {
                method: Some((RequestMethod::Get, _)),
                ..
            }
        )
    };
    let once = |step: &tree::Step| {
        step.kind.creates() || matches!(step.kind, StepKind::Call | StepKind::Request) && !reads(step)
    };
    let mut steps = Vec::new();
    super::statements::collect_steps(&tree.body, &mut steps);
    let Some(step) = steps.into_iter().find(|step| once(step)) else {
        return;
    };
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
    if is_plain(column) {
        format!("`key {column}`")
    } else {
        format!("key `{column}`")
    }
}
