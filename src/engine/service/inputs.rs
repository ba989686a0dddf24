//! Which files decide what a project is.

use std::path::{Path, PathBuf, absolute};

use crate::engine::Project;
use crate::model::{PluginSpec, SourceSpec};
use crate::plugin;
use crate::watch::{Input, Inputs};

/// Gives the flows of a project: what is known of it before it is read.
pub(super) fn flows(path: &Path) -> Inputs {
    let flows = absolute_path(path);
    let is_flow = flows.extension().is_some_and(|extension| extension == "flow");
    Inputs::from_iter([match is_flow && !flows.is_dir() {
        true => Input::File(flows),
        false => Input::Files {
            folder: flows,
            extension: "flow",
        },
    }])
}

/// Gives everything that a project was read from, as far as its declarations can be understood.
pub(super) fn of_project(path: &Path, project: &Project) -> Inputs {
    let sources = project
        .sources
        .iter()
        .map(|(spec, _)| Input::File(source_file(&project.root, spec)));
    let plugins = project
        .plugin_specs()
        .iter()
        .flat_map(|spec| of_plugin(&project.root, spec));
    flows(path).with(&sources.chain(plugins).collect())
}

/// Gives the file of a source.
pub(super) fn source_file(root: &Path, spec: &SourceSpec) -> PathBuf {
    absolute_path(&root.join(spec.kind.path()))
}

/// Finds the project that a declared plugin is built by, if it has sources.
pub(super) fn plugin_project(root: &Path, spec: &PluginSpec) -> Option<plugin::Project> {
    let root = absolute_path(root);
    plugin::Project::of_plugin(&absolute_path(&root.join(&spec.path)), &root)
}

fn of_plugin(root: &Path, spec: &PluginSpec) -> Vec<Input> {
    let path = absolute_path(&root.join(&spec.path));
    let Some(project) = plugin_project(root, spec) else {
        let manifest = path.join(plugin::MANIFEST);
        return vec![Input::File(path), Input::File(manifest)];
    };
    let mut inputs = vec![
        Input::File(project.folder().join(plugin::MANIFEST)),
        Input::File(project.component()),
    ];
    inputs.extend(trees(&project).iter().cloned());
    inputs
}

/// Gives the sources of a plugin.
pub(super) fn trees(project: &plugin::Project) -> Inputs {
    let tree = |path| Input::Tree {
        path,
        without: &plugin::LEFTOVERS,
    };
    project.sources().map(tree).collect()
}

/// Makes a path that means the same wherever the process stands. Links stay: they may lead elsewhere later.
fn absolute_path(path: &Path) -> PathBuf {
    // It fails for the empty path alone, or when the process stands nowhere.
    absolute(path).unwrap_or_else(|_| path.to_owned())
}
