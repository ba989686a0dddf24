use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::settings as codes;
use crate::lang::program::{Expression, ExpressionKind, Flow};
use crate::lang::signature::PluginFunctions;
use crate::lang::syntax as tree;
use crate::lang::syntax::{File, Item, Literal, Plugin};
use crate::model::{Fingerprint, PluginImports, PluginLimits, PluginSpec};

use super::declare::{Declarations, Declared};
use super::options::{Options, literal_text};
use super::{Context, listed, with_nearest};

const LIMITS: [&str; 3] = ["fuel", "memory", "time"];
const UNITS: [(&str, usize); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads a plugin; `None` when it has no name or no path.
pub(super) fn plugin(tree: &Plugin, diagnostics: &mut Vec<Diagnostic>) -> Option<Declared<PluginSpec>> {
    let mut options = Options { diagnostics };
    let mut limits = PluginLimits::default();
    for (name, value) in &tree.limits {
        match &*name.text {
            "fuel" => limits.fuel = options.count("fuel", value).map(u64::from),
            "memory" => limits.memory = memory(value, &mut options),
            "time" => limits.time = options.duration("time", value),
            other => {
                let problem = Diagnostic::error(
                    &codes::UNKNOWN_SETTING,
                    name.span,
                    format!("a plugin has no limit `{other}`"),
                )
                .with_note(format!("limits: {}", listed(LIMITS)));
                options.diagnostics.push(with_nearest(problem, other, LIMITS));
            }
        }
    }
    let path = options.text("path", tree.path.as_ref()?)?;
    let name = tree.name.as_ref()?;
    Some(Declared {
        spec: PluginSpec {
            name: name.text.clone(),
            path,
            imports: match tree.wasi_stub {
                Some(_) => PluginImports::WasiStub,
                None => PluginImports::Nothing,
            },
            limits,
        },
        span: name.span,
    })
}

/// Reads a size: `"128 MiB"`, or a number of bytes.
fn memory(value: &tree::Expression, options: &mut Options) -> Option<usize> {
    let size = match &value.kind {
        tree::ExpressionKind::Literal(Literal::Integer(bytes)) => usize::try_from(*bytes).ok(),
        _ => literal_text(value).and_then(|text| {
            UNITS.iter().find_map(|(unit, bytes)| {
                let count: usize = text.strip_suffix(unit)?.trim().parse().ok()?;
                count.checked_mul(*bytes)
            })
        }),
    };
    if size.is_none_or(|size| size == 0) {
        options.refuse("memory", value, "a size, such as `\"128 MiB\"`");
        return None;
    }
    size
}

/// Gives the names of all plugins that files declare, those with problems included.
pub(super) fn names(files: &[File]) -> BTreeMap<Arc<str>, Span> {
    let mut names = BTreeMap::new();
    for item in files.iter().flat_map(|file| &file.items) {
        if let Item::Plugin(plugin) = item
            && let Some(name) = &plugin.name
        {
            names.entry(name.text.clone()).or_insert(name.span);
        }
    }
    names
}

/// Says which plugins can't be used.
pub(super) fn check_usable(declarations: &Declarations, context: &mut Context) {
    for declared in &declarations.plugins {
        let name = &declared.spec.name;
        let (reason, hint) = match context.environment.plugins.get(name) {
            Some(PluginFunctions::Known { .. }) => continue,
            Some(PluginFunctions::Unusable { reason, hint }) => (reason.clone(), hint.clone()),
            None => (format!("the plugin `{name}` was not loaded"), None),
        };
        let problem = Diagnostic::error(&codes::UNUSABLE_PLUGIN, declared.span, reason);
        context.report(match hint {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        });
    }
}

/// Gives the plugins that a flow calls, with their hashes.
pub(super) fn called(flow: &Flow, context: &Context) -> Vec<(Arc<str>, Fingerprint)> {
    let mut found = BTreeMap::new();
    let guards = flow.guards.iter().map(|guard| &guard.condition);
    let results = flow.reports.iter().flat_map(|report| &report.columns);
    let results = results.chain(flow.write_back.iter().flat_map(|back| &back.columns));
    let results = results.map(|column| &column.value);
    for expression in flow.expressions().into_iter().chain(guards).chain(results) {
        collect(expression, context, &mut found);
    }
    found.into_iter().collect()
}

fn collect(expression: &Expression, context: &Context, found: &mut BTreeMap<Arc<str>, Fingerprint>) {
    if let ExpressionKind::PluginCall { plugin, .. } = &expression.kind
        && let Some(PluginFunctions::Known { hash, .. }) = context.environment.plugins.get(plugin)
    {
        found.entry(plugin.clone()).or_insert_with(|| hash.clone());
    }
    for child in expression.children() {
        collect(child, context, found);
    }
}
