use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::eval::Plugins;
use crate::lang::{Declared, PluginFunctions};
use crate::model::{PluginImports, PluginSpec};
use crate::plugin::{Compilation, Host, Imports, Limits, Measured, PluginError, Pool, with_causes};

/// The plugins of a project, ready to be called.
#[derive(Debug)]
pub(super) struct LoadedPlugins {
    pool: Arc<Pool>,
}

impl LoadedPlugins {
    /// Compiles the declared plugins, and gives what the check needs to know of each. No engine is started
    /// for a project without plugins.
    pub(super) fn load(
        declared: Vec<Declared<PluginSpec>>,
        root: &Path,
        on_compile: impl Fn(Compilation<'_>) + Send + Sync + 'static,
    ) -> (Self, BTreeMap<Arc<str>, PluginFunctions>) {
        let mut pool = Pool::default();
        let mut known = BTreeMap::new();
        if !declared.is_empty() {
            let host = Host::of_project(root).map(|host| host.on_compile(on_compile));
            for Declared { spec, .. } in declared {
                // Of two plugins of one name the first counts; the check reports the second.
                if known.contains_key(&spec.name) {
                    continue;
                }
                let functions = match &host {
                    Ok(host) => load_one(host, &spec, root, &mut pool),
                    Err(error) => unusable(error),
                };
                known.insert(spec.name, functions);
            }
        }
        (LoadedPlugins { pool: Arc::new(pool) }, known)
    }

    /// Gives what evaluation calls them by.
    pub(super) fn calls(&self) -> Arc<dyn Plugins> {
        Arc::clone(&self.pool) as Arc<dyn Plugins>
    }

    /// Gives what evaluation calls them by when their fuel is to be known.
    pub(super) fn measured(&self) -> Measured {
        Measured::new(Arc::clone(&self.pool))
    }
}

fn load_one(host: &Host, spec: &PluginSpec, root: &Path, pool: &mut Pool) -> PluginFunctions {
    match host.load(&spec.name, &root.join(&spec.path), limits(spec)) {
        Ok(plugin) => {
            let functions = plugin.functions_for_check();
            pool.add(plugin);
            functions
        }
        Err(error) => unusable(&error),
    }
}

fn limits(spec: &PluginSpec) -> Limits {
    let usual = Limits::default();
    Limits {
        fuel: spec.limits.fuel.unwrap_or(usual.fuel),
        memory: spec.limits.memory.unwrap_or(usual.memory),
        time: spec.limits.time.unwrap_or(usual.time),
        imports: match spec.imports {
            PluginImports::Nothing => Imports::Nothing,
            PluginImports::WasiStub => Imports::WasiStub,
        },
        ..usual
    }
}

fn unusable(error: &PluginError) -> PluginFunctions {
    PluginFunctions::Unusable {
        reason: with_causes(error),
        hint: error.hint(),
    }
}
