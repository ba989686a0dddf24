use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::eval::Plugins;
use crate::lang::{Declared, PluginFunctions};
use crate::model::{PluginImports, PluginSpec};
use crate::plugin::{Compilation, Host, Imports, Limits, Measured, Plugin, PluginError, Pool, with_causes};

/// The plugins of a project, ready to be called.
#[derive(Debug)]
pub(super) struct LoadedPlugins {
    pool: Arc<Pool>,
    /// The plugins as they were declared, each name once.
    specs: Vec<PluginSpec>,
}

/// Where compiled plugins stand from one state of a project to the next: what has not changed is not compiled
/// again. One serves one project.
pub(super) struct Shelf {
    on_compile: OnCompile,
    host: Option<Host>,
    /// The plugins that the last state asked for.
    latest: Vec<Plugin>,
    /// Those of the state before that was said to be in use.
    in_use: Vec<Plugin>,
}

type OnCompile = Arc<dyn Fn(Compilation<'_>) + Send + Sync>;

impl Shelf {
    /// Makes an empty one. `on_compile` is told of compilations.
    pub(super) fn new(on_compile: impl Fn(Compilation<'_>) + Send + Sync + 'static) -> Self {
        Shelf {
            on_compile: Arc::new(on_compile),
            host: None,
            latest: Vec::new(),
            in_use: Vec::new(),
        }
    }

    /// Says that the plugins that were loaded last are in use: they stay here when others are loaded that come to
    /// nothing.
    pub(super) fn keep_latest(&mut self) {
        self.in_use.clone_from(&self.latest);
    }

    /// Gives the host, which is started when it is first asked for.
    pub(super) fn host(&mut self, root: &Path) -> Result<&Host, PluginError> {
        let host = match self.host.take() {
            Some(host) => host,
            None => {
                let tell = Arc::clone(&self.on_compile);
                Host::of_project(root)?.on_compile(move |compilation| tell(compilation))
            }
        };
        Ok(self.host.insert(host))
    }

    fn load(&mut self, spec: &PluginSpec, root: &Path) -> Result<Plugin, PluginError> {
        let kept: Vec<Plugin> = self.latest.iter().chain(&self.in_use).cloned().collect();
        let path = root.join(&spec.path);
        self.host(root)?
            .load_unless_kept((&spec.name, &path), limits(spec), |hash| {
                kept.into_iter()
                    .find(|plugin| plugin.name() == &*spec.name && plugin.hash() == hash)
            })
    }
}

impl LoadedPlugins {
    /// Compiles the declared plugins that are not compiled yet, and gives what the check needs to know of each. No
    /// engine is started for a project without plugins.
    pub(super) fn load(
        declared: Vec<Declared<PluginSpec>>,
        root: &Path,
        shelf: &mut Shelf,
    ) -> (Self, BTreeMap<Arc<str>, PluginFunctions>) {
        let mut pool = Pool::default();
        let mut known = BTreeMap::new();
        let mut specs: Vec<PluginSpec> = Vec::new();
        let mut loaded = Vec::new();
        for Declared { spec, .. } in declared {
            // Of two plugins of one name the first counts; the check reports the second.
            if known.contains_key(&spec.name) {
                continue;
            }
            let functions = match shelf.load(&spec, root) {
                Ok(plugin) => {
                    loaded.push(plugin.clone());
                    let functions = plugin.functions_for_check();
                    pool.add(plugin);
                    functions
                }
                Err(error) => unusable(&error),
            };
            known.insert(Arc::clone(&spec.name), functions);
            specs.push(spec);
        }
        shelf.latest = loaded;
        let plugins = LoadedPlugins {
            pool: Arc::new(pool),
            specs,
        };
        (plugins, known)
    }

    /// Gives the plugins as they were declared.
    pub(super) fn specs(&self) -> &[PluginSpec] {
        &self.specs
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

/// Gives the limits that a flow sets, and the usual ones for the rest.
pub(super) fn limits(spec: &PluginSpec) -> Limits {
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
