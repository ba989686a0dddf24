use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The most files that are taken from one tree. What has more is no plugin's source.
const MOST_FILES: usize = 20_000;

/// Something whose content matters. Paths are absolute; links in them stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// One file, whether it is there or not.
    File(PathBuf),
    /// The files of a folder whose names end in `.extension`; folders inside it are passed over.
    Files {
        /// The folder.
        folder: PathBuf,
        /// The extension, without its dot.
        extension: &'static str,
    },
    /// A file, or all files below a folder; links inside it are not followed.
    Tree {
        /// The file or folder.
        path: PathBuf,
        /// Names of files and folders that don't count.
        without: &'static [&'static str],
    },
}

/// Everything that is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs(BTreeSet<Input>);

impl Inputs {
    /// Tells whether every input of others is among these.
    pub fn contains_all(&self, others: &Inputs) -> bool {
        self.0.is_superset(&others.0)
    }

    /// Gives these inputs and others.
    #[must_use]
    pub fn with(&self, others: &Inputs) -> Inputs {
        Inputs(self.0.union(&others.0).cloned().collect())
    }

    /// Walks over the inputs.
    pub fn iter(&self) -> impl Iterator<Item = &Input> {
        self.0.iter()
    }
}

impl FromIterator<Input> for Inputs {
    fn from_iter<Items: IntoIterator<Item = Input>>(items: Items) -> Self {
        Inputs(items.into_iter().collect())
    }
}

impl Input {
    /// Gives the path that the input is named by.
    pub fn path(&self) -> &Path {
        match self {
            Input::File(path) | Input::Files { folder: path, .. } | Input::Tree { path, .. } => path,
        }
    }

    /// Tells whether a file is, or would be, one of those that the input stands for.
    pub(super) fn covers(&self, file: &Path) -> bool {
        match self {
            Input::File(path) => path == file,
            Input::Files { folder, extension } => {
                file.parent() == Some(folder) && file.extension().is_some_and(|ending| ending == *extension)
            }
            Input::Tree { path, without } => file.strip_prefix(path).is_ok_and(|inside| {
                inside
                    .iter()
                    .all(|part| without.iter().all(|other| part != *other))
            }),
        }
    }

    /// Finds the files that the input stands for now. A file that is named is among them, also when it is gone.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        match self {
            Input::File(path) => vec![path.clone()],
            Input::Files { folder, extension } => {
                let ends = |path: &PathBuf| path.extension().is_some_and(|ending| ending == *extension);
                entries(folder)
                    .into_iter()
                    .filter(ends)
                    .filter(|path| !path.is_dir())
                    .collect()
            }
            Input::Tree { path, without } => tree(path, without).0,
        }
    }

    /// Finds the folders of a tree, itself included; none for the other inputs.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        match self {
            Input::File(_) | Input::Files { .. } => Vec::new(),
            Input::Tree { path, without } => tree(path, without).1,
        }
    }
}

/// Collects the files and the folders below a path. Links are not followed, so this ends.
fn tree(root: &Path, without: &[&str]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        if !is_folder {
            files.push(path);
        } else if files.len() < MOST_FILES {
            let counts = |path: &PathBuf| {
                path.file_name()
                    .is_some_and(|name| without.iter().all(|other| name != *other))
            };
            waiting.extend(entries(&path).into_iter().filter(counts));
            folders.push(path);
        }
    }
    (files, folders)
}

/// Lists a folder; one that can't be listed has no entries.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Input;

    fn names(input: &Input, root: &Path) -> Vec<String> {
        let mut names: Vec<String> = input
            .files()
            .iter()
            .map(|path| {
                path.strip_prefix(root)
                    .expect("it lies there")
                    .display()
                    .to_string()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn an_input_stands_for_the_files_that_are_there_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in [
            "a.flow",
            "b.flow",
            "c.csv",
            "src/x.rs",
            "src/deep/y.rs",
            "src/skip/z.rs",
        ] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "").expect("a file");
        }
        fs::create_dir(root.join("d.flow")).expect("a folder");
        let flows = Input::Files {
            folder: root.to_owned(),
            extension: "flow",
        };
        assert_eq!(names(&flows, root), ["a.flow", "b.flow"]);
        let tree = Input::Tree {
            path: root.join("src"),
            without: &["skip"],
        };
        assert_eq!(names(&tree, root), ["src/deep/y.rs", "src/x.rs"]);
        assert_eq!(tree.folders().len(), 2);
        assert_eq!(names(&Input::File(root.join("gone")), root), ["gone"]);
    }
}
