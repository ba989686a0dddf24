use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::model::Fingerprint;

use super::binary::{component_bytes, refuse_wasi};
use super::cache::Cache;
use super::engine::{Ticker, engine};
use super::error::PluginError;
use super::function::{Function, Uncallable};
use super::granted::Granted;
use super::imports::wanted_imports;
use super::inspect::{Exports, inspect};
use super::limits::{COMPONENT, Imports, Limits};
use super::project::Project;
use super::stub::{define_stub, is_stubbed};
use super::survey::survey;
use super::worker::Worker;

/// The engine that compiles plugins and ends their calls. One serves the whole program.
pub struct Host {
    engine: Engine,
    ticker: Arc<Ticker>,
    cache: Option<Cache>,
    compiling: Option<Compiling>,
}

type Compiling = Box<dyn Fn(Compilation<'_>) + Send + Sync>;

/// What is told of a plugin's compilation, which takes half a minute for a large one.
#[derive(Clone, Copy, Debug)]
pub enum Compilation<'a> {
    /// It begins.
    Begins {
        /// The plugin's name.
        plugin: &'a str,
        /// The component's size.
        bytes: usize,
    },
    /// It is over, well or not.
    Ended,
}

/// A plugin that is compiled, known to ask for nothing, and known to start. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    shared: Arc<Shared>,
}

/// What the workers of a plugin have in common.
pub(super) struct Shared {
    pub(super) name: Arc<str>,
    pub(super) limits: Limits,
    pub(super) functions: Vec<Function>,
    pub(super) exports: Vec<Exports>,
    pub(super) prepared: InstancePre<Granted>,
    hash: Fingerprint,
    uncallable: Vec<Uncallable>,
    /// Deadlines pass only while this lives.
    _ticker: Arc<Ticker>,
}

impl Host {
    /// Starts an engine, with the thread that moves its deadlines on.
    pub fn new() -> Result<Self, PluginError> {
        let engine = engine()?;
        let ticker = Arc::new(Ticker::start(&engine)?);
        Ok(Host {
            engine,
            ticker,
            cache: None,
            compiling: None,
        })
    }

    /// Keeps compiled plugins in a folder, sealed with a key that is made when it is not there.
    ///
    /// Whoever can write both the folder and the key file can make this program run what they like, so the
    /// key belongs among the user's own files, not into a project that comes from elsewhere.
    pub fn with_cache(mut self, folder: &Path, key_file: &Path) -> Result<Self, PluginError> {
        let cache = Cache::open(&self.engine, folder, key_file).map_err(|source| PluginError::Cache {
            folder: folder.to_owned(),
            source,
        })?;
        self.cache = Some(cache);
        Ok(self)
    }

    /// Calls this before and after each compilation.
    #[must_use]
    pub fn on_compile(mut self, compiling: impl Fn(Compilation<'_>) + Send + Sync + 'static) -> Self {
        self.compiling = Some(Box::new(compiling));
        self
    }

    /// Reads and compiles the component, core module or component text in a file; or the component of a
    /// project's folder, as it was built last.
    pub fn load(&self, name: &str, path: &Path, limits: Limits) -> Result<Plugin, PluginError> {
        self.load_unless_kept((name, path), limits, |_| None)
    }

    /// Loads the plugin with this name and path, unless `kept` has one that was compiled from the same bytes, under
    /// the same name and limits, by this host.
    pub fn load_unless_kept(
        &self,
        (name, path): (&str, &Path),
        limits: Limits,
        kept: impl FnOnce(&Fingerprint) -> Option<Plugin>,
    ) -> Result<Plugin, PluginError> {
        let bytes = if path.is_dir() {
            read_plugin(name, &built_component(name, path)?)?
        } else {
            read_plugin(name, path)?
        };
        match kept(&file_hash(&bytes)) {
            Some(plugin) if plugin.name() == name && *plugin.limits() == limits => Ok(plugin),
            _ => self.compile(name, &bytes, limits),
        }
    }

    /// Compiles the bytes of a component, a core module or component text; then makes one instance, to
    /// see that it starts.
    pub fn compile(&self, name: &str, file: &[u8], limits: Limits) -> Result<Plugin, PluginError> {
        let bytes = component_bytes(name, file)?;
        let wasi = survey(name, &bytes)?;
        match limits.imports {
            Imports::Nothing => refuse_wasi(name, wasi)?,
            Imports::WasiStub => {}
        }
        let component = self.component(name, &bytes)?;
        let linker = self.linker(name, &component, &limits)?;
        let inspected = inspect(name, &self.engine, &component)?;
        let prepared = linker
            .instantiate_pre(&component)
            .map_err(|error| no_component(name, &error))?;
        let plugin = Plugin {
            shared: Arc::new(Shared {
                name: name.into(),
                limits,
                functions: inspected.functions,
                exports: inspected.exports,
                prepared,
                hash: file_hash(file),
                uncallable: inspected.uncallable,
                _ticker: Arc::clone(&self.ticker),
            }),
        };
        plugin.worker().start().map_err(|source| PluginError::Start {
            plugin: name.to_owned(),
            source: Box::new(source),
        })?;
        Ok(plugin)
    }

    /// Makes the linker: an empty one, or `wasi_stub`. Errors when the component imports more than that.
    fn linker(
        &self,
        name: &str,
        component: &Component,
        limits: &Limits,
    ) -> Result<Linker<Granted>, PluginError> {
        let component_type = component.component_type();
        let mut imports = wanted_imports(&self.engine, &component_type);
        let mut linker = Linker::new(&self.engine);
        match limits.imports {
            Imports::Nothing => {}
            Imports::WasiStub => {
                imports.retain(|import| !is_stubbed(import));
                define_stub(&mut linker, &self.engine, &component_type)
                    .map_err(|error| no_component(name, &error))?;
            }
        }
        if imports.is_empty() {
            Ok(linker)
        } else {
            Err(PluginError::Imports {
                plugin: name.to_owned(),
                imports,
            })
        }
    }

    /// Takes a component's code from the cache, or compiles it and keeps it there.
    fn component(&self, name: &str, bytes: &[u8]) -> Result<Component, PluginError> {
        let cached = self
            .cache
            .as_ref()
            .and_then(|cache| cache.load(&self.engine, bytes));
        if let Some(component) = cached {
            return Ok(component);
        }
        tracing::info!("compiling the plugin `{name}`");
        let tell = |compilation: Compilation<'_>| {
            if let Some(compiling) = &self.compiling {
                compiling(compilation);
            }
        };
        tell(Compilation::Begins {
            plugin: name,
            bytes: bytes.len(),
        });
        let compiled = Component::from_binary(&self.engine, bytes);
        tell(Compilation::Ended);
        let component = compiled.map_err(|error| no_component(name, &error))?;
        if let Some(cache) = &self.cache
            && let Err(error) = cache.store(bytes, &component)
        {
            // The plugin works without; the next start compiles it again.
            tracing::warn!("the compiled plugin `{name}` can't be kept: {error}");
        }
        Ok(component)
    }
}

impl Plugin {
    /// Gives the name that flows use.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Gives the hash of the plugin's file: what the ledger remembers, and what a changed plugin changes.
    pub fn hash(&self) -> &Fingerprint {
        &self.shared.hash
    }

    /// Gives the limits that each call has.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Gives the functions that flows can call, in the order of their exports.
    pub fn functions(&self) -> &[Function] {
        &self.shared.functions
    }

    /// Finds a function by its name in flows. The index is what [`Worker::call`] takes.
    pub fn function(&self, name: &str) -> Option<(usize, &Function)> {
        self.shared
            .functions
            .iter()
            .enumerate()
            .find(|(_, function)| *function.name == *name)
    }

    /// Gives the exports that flows can't call, each with its reason.
    pub fn uncallable(&self) -> &[Uncallable] {
        &self.shared.uncallable
    }

    /// Makes a worker. A worker belongs to one thread at a time; make one for each.
    pub fn worker(&self) -> Worker {
        Worker::new(Arc::clone(&self.shared))
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("name", &self.shared.name)
            .field("hash", &self.shared.hash)
            .finish_non_exhaustive()
    }
}

fn file_hash(file: &[u8]) -> Fingerprint {
    Fingerprint::of([b"plugin".as_slice(), file])
}

fn no_component(plugin: &str, error: &wasmtime::Error) -> PluginError {
    PluginError::NoComponent {
        plugin: plugin.to_owned(),
        detail: format!("{error:#}"),
    }
}

/// Finds the component of a project's folder.
fn built_component(name: &str, folder: &Path) -> Result<PathBuf, PluginError> {
    let unusable = |detail: String| PluginError::Project {
        plugin: name.to_owned(),
        detail,
    };
    let project = Project::read(folder).map_err(|error| unusable(error.to_string()))?;
    let component = project.component();
    if component.is_file() {
        Ok(component)
    } else {
        Err(unusable(format!(
            "`{}` is not built; `sheetflow plugin build` does it",
            component.display()
        )))
    }
}

/// Reads a plugin's file, and no more of it than a plugin may have.
fn read_plugin(name: &str, path: &Path) -> Result<Vec<u8>, PluginError> {
    let unreadable = |source: io::Error| PluginError::Unreadable {
        plugin: name.to_owned(),
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(COMPONENT + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > COMPONENT {
        return Err(PluginError::TooLarge {
            plugin: name.to_owned(),
            limit: COMPONENT,
        });
    }
    Ok(bytes)
}
