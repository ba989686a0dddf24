use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::error::PluginError;
use super::stamp::{hash_sources, stamp_of};

/// The file that makes a folder a plugin's project.
pub const MANIFEST: &str = "plugin.toml";

/// A folder with a plugin's sources, its `plugin.toml`, and the component that was built of them.
#[derive(Clone, Debug)]
pub struct Project {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
}

/// What `plugin.toml` says. All paths are relative to the project's folder, and stay inside it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Manifest {
    /// The shell's command that makes `output`, run in the project's folder.
    pub(super) build: String,
    /// What the command makes: a component or a core module.
    pub(super) output: PathBuf,
    /// The component that flows use.
    pub(super) component: PathBuf,
    /// The WIT file or folder, for tool chains that write no component metadata into their modules.
    pub(super) wit: Option<PathBuf>,
    /// The files and folders that the component depends on.
    pub(super) sources: Vec<PathBuf>,
}

/// Why a plugin's project can't be used or built.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// A file of the project can't be read or written.
    #[error("`{path}` can't be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// `plugin.toml` is wrong.
    #[error("`{path}` is wrong: {detail}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The build command failed.
    #[error("`{command}` failed ({status}){}", last_words(output))]
    Build {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// The end of what it wrote.
        output: String,
    },
    /// The WIT can't be read, or does not fit the module.
    #[error("the WIT in `{path}` can't be used: {detail}")]
    Wit {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// What was built is no plugin.
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

fn last_words(output: &str) -> String {
    if output.trim().is_empty() {
        String::new()
    } else {
        format!(":\n{}", output.trim_end())
    }
}

impl Project {
    /// Reads the `plugin.toml` of a folder.
    pub fn read(folder: &Path) -> Result<Self, ProjectError> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|source| ProjectError::File {
            path: path.clone(),
            source,
        })?;
        let wrong = |detail: String| ProjectError::Manifest {
            path: path.clone(),
            detail,
        };
        let manifest: Manifest = toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
        for inner in manifest.paths() {
            if !inner
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
            {
                return Err(wrong(format!(
                    "`{}` leaves the project's folder",
                    inner.display()
                )));
            }
        }
        Ok(Project {
            folder: folder.to_owned(),
            manifest,
        })
    }

    /// Finds the project that the plugin at a path is built by: the folder itself, or the nearest one around a
    /// component, not above `root`, that builds this very file.
    pub fn of_plugin(path: &Path, root: &Path) -> Option<Self> {
        if path.is_dir() {
            return Project::read(path).ok();
        }
        path.ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(root))
            .filter_map(|folder| Project::read(folder).ok())
            .find(|project| project.component() == path)
    }

    /// Gives the folder with the `plugin.toml`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the files and folders that the component depends on.
    pub fn sources(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.manifest
            .sources
            .iter()
            .chain(&self.manifest.wit)
            .map(|path| self.folder.join(path))
    }

    /// Gives the path of the component that flows use.
    pub fn component(&self) -> PathBuf {
        self.folder.join(&self.manifest.component)
    }

    /// Gives the command that builds it.
    pub fn command(&self) -> &str {
        &self.manifest.build
    }

    /// Tells whether the component is missing, or was built of other sources than those that are there.
    pub fn is_stale(&self) -> Result<bool, ProjectError> {
        let component = match fs::read(self.component()) {
            Ok(component) => component,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(source) => {
                return Err(ProjectError::File {
                    path: self.component(),
                    source,
                });
            }
        };
        Ok(stamp_of(&component) != Some(self.source_hash()?.as_str()))
    }

    /// Hashes the sources.
    pub(super) fn source_hash(&self) -> Result<String, ProjectError> {
        hash_sources(&self.folder, &self.manifest.sources)
            .map_err(|(path, source)| ProjectError::File { path, source })
    }
}

impl Manifest {
    fn paths(&self) -> impl Iterator<Item = &Path> {
        [&self.output, &self.component]
            .into_iter()
            .chain(&self.wit)
            .chain(&self.sources)
            .map(PathBuf::as_path)
    }
}
