//! The host of a project: what it compiles stays beside the project.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::PluginError;
use super::host::Host;
use super::message::with_causes;

impl Host {
    /// Starts an engine that keeps compiled code beside a project, in `.sheetflow/plugins`, sealed with a key
    /// of the user's own, so that nothing is run that came with the project. Where there is no home directory
    /// for the key, or the project can't be written to, nothing is kept.
    pub fn of_project(root: &Path) -> Result<Host, PluginError> {
        let Some(key_file) = key_file() else {
            return Host::new();
        };
        Host::new()?
            .with_cache(&root.join(".sheetflow").join("plugins"), &key_file)
            .or_else(|error| {
                tracing::warn!("{}", with_causes(&error));
                Host::new()
            })
    }
}

fn key_file() -> Option<PathBuf> {
    let folder = env::home_dir()?.join(".config").join("sheetflow");
    if let Err(error) = fs::create_dir_all(&folder) {
        tracing::warn!("compiled plugins are not kept: {error}");
        return None;
    }
    Some(folder.join("plugins.key"))
}

/// Finds the project that a plugin belongs to: the nearest folder above it with a `.flow` file.
pub fn project_of(plugin: &Path) -> Option<PathBuf> {
    let plugin = fs::canonicalize(plugin).ok()?;
    plugin
        .ancestors()
        .find(|folder| has_flow(folder))
        .map(Path::to_owned)
}

fn has_flow(folder: &Path) -> bool {
    let is_flow = |path: &Path| path.extension().is_some_and(|ending| ending == "flow");
    fs::read_dir(folder)
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| is_flow(&entry.path()))))
}
