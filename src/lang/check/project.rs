//! What the files of a project share: names, and the order of flows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::names as codes;
use crate::lang::syntax::{File, Flow, Item, Name, Schedule, ScheduleKind, Statement};

use super::{listed, with_nearest};

/// Finds names that are given twice among the accounts, the sources, the plugins, the constants or the
/// flows; and plugins that have the name of a constant.
pub(super) fn check_names(files: &[File], diagnostics: &mut Vec<Diagnostic>) {
    let mut known: BTreeMap<(&str, Arc<str>), Span> = BTreeMap::new();
    let mut in_expressions: BTreeMap<Arc<str>, (&str, Span)> = BTreeMap::new();
    for item in files.iter().flat_map(|file| &file.items) {
        let (kind, name) = match item {
            Item::Account(account) => ("account", &account.name),
            Item::Source(source) => ("source", &source.name),
            Item::Plugin(plugin) => ("plugin", &plugin.name),
            Item::Constant(constant) => ("constant", &constant.name),
            Item::Flow(flow) => ("flow", &flow.name),
            Item::Function(function) => ("function", &function.name),
            Item::Test(_) | Item::Broken(_) => continue,
        };
        let Some(name) = name else { continue };
        match known.get(&(kind, name.text.clone())) {
            Some(former) => diagnostics.push(twice(kind, name, *former)),
            None => {
                known.insert((kind, name.text.clone()), name.span);
            }
        }
        if !matches!(kind, "plugin" | "constant") {
            continue;
        }
        match in_expressions.get(&name.text) {
            Some((former, _)) if *former == kind => {}
            Some((former, place)) => diagnostics.push(
                Diagnostic::error(
                    &codes::DUPLICATE,
                    name.span,
                    format!("a {former} and a {kind} have the name `{}`", name.text),
                )
                .with_label(*place, "here for the first time"),
            ),
            None => {
                in_expressions.insert(name.text.clone(), (kind, name.span));
            }
        }
    }
}

fn twice(kind: &str, name: &Name, former: Span) -> Diagnostic {
    Diagnostic::error(
        &codes::DUPLICATE,
        name.span,
        format!("two {kind}s have the name `{}`", name.text),
    )
    .with_label(former, "here for the first time")
}

/// Puts the flows in the order in which they run: `after` is obeyed, else as written.
pub(super) fn order<'f>(files: &'f [File], diagnostics: &mut Vec<Diagnostic>) -> Vec<&'f Flow> {
    let flows: Vec<&Flow> = files
        .iter()
        .flat_map(|file| &file.items)
        .filter_map(|item| match item {
            Item::Flow(flow) => Some(flow),
            _ => None,
        })
        .collect();
    let mut indexes: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        if let Some(name) = &flow.name {
            indexes.entry(&name.text).or_insert(index);
        }
    }
    let before: Vec<Vec<(usize, Span)>> = flows
        .iter()
        .map(|flow| predecessors(flow, &indexes, diagnostics))
        .collect();
    let order = sorted(&before);
    if order.len() < flows.len() {
        report_cycle(&flows, &before, &order, diagnostics);
    }
    let rest = (0..flows.len()).filter(|index| !order.contains(index));
    order
        .iter()
        .copied()
        .chain(rest)
        .filter_map(|index| flows.get(index).copied())
        .collect()
}

fn predecessors(
    flow: &Flow,
    indexes: &BTreeMap<&str, usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(usize, Span)> {
    let mut found = Vec::new();
    let inside = flow.body.iter().flat_map(|statement| match statement {
        Statement::Schedule(Schedule {
            kind: ScheduleKind::After(names),
            ..
        }) => names.as_slice(),
        _ => &[],
    });
    for name in flow.after.iter().chain(inside) {
        match indexes.get(&*name.text) {
            Some(index) => found.push((*index, name.span)),
            None => {
                let problem = Diagnostic::error(
                    &codes::UNKNOWN_DECLARATION,
                    name.span,
                    format!("there is no flow `{}`", name.text),
                )
                .with_note(format!("flows: {}", listed(indexes.keys().copied())));
                diagnostics.push(with_nearest(problem, &name.text, indexes.keys().copied()));
            }
        }
    }
    found
}

/// Takes the first flow, as written, whose predecessors have all been taken, until none is left.
fn sorted(before: &[Vec<(usize, Span)>]) -> Vec<usize> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    let mut waits: Vec<usize> = before.iter().map(Vec::len).collect();
    for (flow, predecessors) in before.iter().enumerate() {
        for (predecessor, _) in predecessors {
            if let Some(list) = after.get_mut(*predecessor) {
                list.push(flow);
            }
        }
    }
    let mut ready: std::collections::BTreeSet<usize> = waits
        .iter()
        .enumerate()
        .filter(|(_, count)| **count == 0)
        .map(|(flow, _)| flow)
        .collect();
    let mut order = Vec::new();
    while let Some(flow) = ready.pop_first() {
        order.push(flow);
        for next in after.get(flow).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*next) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*next);
                }
            }
        }
    }
    order
}

/// Reports one cycle among the flows that could not be ordered, by walking back until a flow comes again.
fn report_cycle(
    flows: &[&Flow],
    before: &[Vec<(usize, Span)>],
    order: &[usize],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let stuck = |flow: &usize| !order.contains(flow);
    let Some(start) = (0..flows.len()).find(stuck) else {
        return;
    };
    let mut path: Vec<(usize, Span)> = Vec::new();
    let mut at = start;
    loop {
        let next = before.get(at).into_iter().flatten().find(|(flow, _)| stuck(flow));
        let Some((next, span)) = next.copied() else { return };
        path.push((at, span));
        if let Some(first) = path.iter().position(|(flow, _)| *flow == next) {
            path.drain(..first);
            break;
        }
        at = next;
    }
    let name = |flow: usize| {
        let name = flows.get(flow).and_then(|flow| flow.name.as_ref());
        name.map_or_else(String::new, |name| format!("`{}`", name.text))
    };
    let Some(&(first, span)) = path.first() else {
        return;
    };
    let mut round: Vec<String> = path.iter().map(|(flow, _)| name(*flow)).collect();
    round.push(name(first));
    let mut problem = Diagnostic::error(
        &codes::CYCLE,
        span,
        format!("flows wait for each other: {}", round.join(" after ")),
    );
    for (_, span) in path.iter().skip(1) {
        problem = problem.with_label(*span, "and this");
    }
    diagnostics.push(problem);
}
