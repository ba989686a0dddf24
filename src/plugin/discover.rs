use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::project::{MANIFEST, Project, ProjectError};

/// The folder of a project where its plugins lie.
const FOLDER: &str = "plugins";

/// A plugin that lies in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name that flows would give it, in snake case.
    pub name: String,
    /// The file, or the folder with a `plugin.toml`.
    pub path: PathBuf,
    /// Whether it has sources, and can be built.
    pub has_sources: bool,
}

/// Finds the plugins of a folder, by name: itself when it has a `plugin.toml`, otherwise what lies in its
/// `plugins` folder. A file stands for the folder that it lies in. No `plugins` folder means no plugins.
pub fn discover(path: &Path) -> Result<Vec<Found>, ProjectError> {
    let folder = if path.is_file() {
        match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    } else {
        path
    };
    let unreadable = |path: &Path, source: io::Error| ProjectError::File {
        path: path.to_owned(),
        source,
    };
    if folder.join(MANIFEST).is_file() {
        return Ok(vec![source_project(folder)]);
    }
    fs::metadata(folder).map_err(|error| unreadable(folder, error))?;
    // Here, `plugins/…` reads better than `./plugins/…`.
    let plugins = folder.strip_prefix(".").unwrap_or(folder).join(FOLDER);
    let entries = match fs::read_dir(&plugins) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&plugins, error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&plugins, error))?.path();
        if path.join(MANIFEST).is_file() {
            found.push(source_project(&path));
        } else if is_component(&path) {
            found.push(Found {
                name: name_of(&path),
                path,
                has_sources: false,
            });
        }
    }
    found.sort_by(|one, other| (&one.name, &one.path).cmp(&(&other.name, &other.path)));
    Ok(found)
}

fn source_project(folder: &Path) -> Found {
    // `.` has no name of its own, and a component's name serves as well.
    let component = Project::read(folder).ok().map(|project| project.component());
    let name = match (folder.file_name(), component) {
        (None, Some(component)) => name_of(&component),
        _ => name_of(folder),
    };
    Found {
        name,
        path: folder.to_owned(),
        has_sources: true,
    }
}

fn is_component(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    (extension == "wasm" || extension == "wat") && path.is_file()
}

/// Gives the name that a flow would give to the plugin in a file or folder, in snake case.
pub fn name_of(path: &Path) -> String {
    path.file_stem()
        .map(|stem| super::function::snake_case(&stem.to_string_lossy()))
        .unwrap_or_else(|| "plugin".to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{discover, name_of};

    #[test]
    fn files_and_folders_are_found_by_name_and_nothing_else_is() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(discover(folder.path()).expect("it is read"), []);
        let plugins = folder.path().join("plugins");
        fs::create_dir_all(plugins.join("b-two")).expect("a folder");
        fs::create_dir_all(plugins.join("empty")).expect("a folder");
        for name in ["b-two/plugin.toml", "c.wasm", "a.wat", "README.md"] {
            fs::write(plugins.join(name), "").expect("a file");
        }
        let found = discover(folder.path()).expect("it is read");
        let found: Vec<(&str, bool)> = found
            .iter()
            .map(|found| (found.name.as_str(), found.has_sources))
            .collect();
        assert_eq!(found, [("a", false), ("b_two", true), ("c", false)]);
        assert_eq!(discover(&plugins.join("b-two")).expect("it is read").len(), 1);
        assert!(discover(&folder.path().join("missing")).is_err());
    }

    #[test]
    fn a_name_is_that_of_the_file_in_the_words_of_flows() {
        assert_eq!(name_of(Path::new("plugins/Item-Code.wasm")), "item_code");
        assert_eq!(name_of(Path::new("..")), "plugin");
    }
}
