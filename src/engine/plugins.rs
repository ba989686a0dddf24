use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use crate::eval::Plugins;
use crate::lang::{Declared, PluginFunctions};
use crate::model::PluginSpec;
use crate::plugin::{Host, Limits, PluginError, Pool};

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
    ) -> (Self, BTreeMap<Arc<str>, PluginFunctions>) {
        let mut pool = Pool::default();
        let mut known = BTreeMap::new();
        if !declared.is_empty() {
            let host = host(root);
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
        ..usual
    }
}

/// Starts the engine. Compiled code is kept beside the project, sealed with a key of the user's own, so
/// that nothing is run that came with the project; without a home directory nothing is kept.
fn host(root: &Path) -> Result<Host, PluginError> {
    let host = Host::new()?.on_compile(|name| tracing::info!("compiling the plugin `{name}`"));
    let Some(home) = env::home_dir() else {
        return Ok(host);
    };
    let key_folder = home.join(".config").join("sheetflow");
    if let Err(error) = std::fs::create_dir_all(&key_folder) {
        tracing::warn!("compiled plugins are not kept: {error}");
        return Ok(host);
    }
    let folder = root.join(".sheetflow").join("plugins");
    match host.with_cache(&folder, &key_folder.join("plugins.key")) {
        Ok(host) => Ok(host),
        Err(error) => {
            // A project that can't be written to still works.
            tracing::warn!("{}", with_causes(&error));
            Host::new()
        }
    }
}

fn unusable(error: &PluginError) -> PluginFunctions {
    PluginFunctions::Unusable {
        reason: with_causes(error),
        hint: error.hint(),
    }
}

/// Writes an error with what caused it.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
