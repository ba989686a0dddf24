use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::call_error::CallError;
use super::function::Uncallable;

/// Why a plugin can't be used at all.
#[derive(Debug, Error)]
pub enum PluginError {
    /// The file can't be read.
    #[error("the plugin `{plugin}` can't be read from `{path}`")]
    Unreadable {
        /// The plugin.
        plugin: String,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The folder is no plugin's project, or its component has not been built.
    #[error("the plugin `{plugin}` can't be used: {detail}")]
    Project {
        /// The plugin.
        plugin: String,
        /// What is wrong.
        detail: String,
    },
    /// The file is too large.
    #[error("the plugin `{plugin}` has more than {} MiB", limit >> 20)]
    TooLarge {
        /// The plugin.
        plugin: String,
        /// The most bytes.
        limit: u64,
    },
    /// The component would unfold into more than can be compiled.
    #[error("the plugin `{plugin}` has {detail}")]
    TooIntricate {
        /// The plugin.
        plugin: String,
        /// What there is too much of.
        detail: String,
    },
    /// The bytes are no component, and can't be made one.
    #[error("the plugin `{plugin}` is not a WebAssembly component: {detail}")]
    NoComponent {
        /// The plugin.
        plugin: String,
        /// What is wrong.
        detail: String,
    },
    /// The component asks for something of the host.
    #[error(
        "the plugin `{plugin}` imports {}, and a plugin gets nothing from outside",
        listed(imports)
    )]
    Imports {
        /// The plugin.
        plugin: String,
        /// The names of what it imports.
        imports: Vec<String>,
    },
    /// No export can be called.
    #[error(
        "the plugin `{plugin}` exports nothing that a flow can call{}",
        reasons(uncallable)
    )]
    NothingCallable {
        /// The plugin.
        plugin: String,
        /// Each export with its reason.
        uncallable: Vec<Uncallable>,
    },
    /// The component has more exports than any plugin needs.
    #[error("the plugin `{plugin}` has more than {limit} exports")]
    TooManyExports {
        /// The plugin.
        plugin: String,
        /// The most exports.
        limit: usize,
    },
    /// A first instance could not be made under the plugin's limits.
    #[error("the plugin `{plugin}` does not start")]
    Start {
        /// The plugin.
        plugin: String,
        /// The limit that it met, or its trap.
        #[source]
        source: Box<CallError>,
    },
    /// The folder for compiled plugins can't be used.
    #[error("compiled plugins can't be kept in `{folder}`")]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The engine itself can't work here.
    #[error("the plugin engine can't start: {detail}")]
    Engine {
        /// What it says.
        detail: String,
    },
}

impl PluginError {
    /// Tells what to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            PluginError::Imports { imports, .. } => Some(super::imports::build_without(imports)),
            PluginError::NoComponent { .. } => {
                Some("`sheetflow plugin new` writes a project that builds to a component".to_owned())
            }
            PluginError::Unreadable { .. }
            | PluginError::Project { .. }
            | PluginError::TooLarge { .. }
            | PluginError::TooIntricate { .. }
            | PluginError::NothingCallable { .. }
            | PluginError::TooManyExports { .. }
            | PluginError::Start { .. }
            | PluginError::Cache { .. }
            | PluginError::Engine { .. } => None,
        }
    }
}

/// Names up to five things, and counts the rest.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn reasons(uncallable: &[Uncallable]) -> String {
    let shown: Vec<String> = uncallable
        .iter()
        .take(5)
        .map(|export| format!("`{}` {}", export.name, export.reason))
        .collect();
    match (shown.is_empty(), uncallable.len().saturating_sub(shown.len())) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", shown.join("; ")),
        (false, more) => format!(": {}; and {more} more", shown.join("; ")),
    }
}
