use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::input::{Input, Inputs};
use super::office_lock;

/// Links on one way. More than the system itself follows are a circle.
const MOST_LINKS: usize = 40;

/// The folders to watch, each with the names in it that matter. All of them exist and are no links: a link on the
/// way to an input is a name in its folder, and its target is followed from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places(BTreeMap<PathBuf, Names>);

/// Which names of a folder matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names {
    all: bool,
    exact: BTreeSet<OsString>,
    extensions: BTreeSet<&'static str>,
}

impl Places {
    /// Finds every folder on the way to the inputs, or as far as there are any.
    pub(super) fn find(inputs: &Inputs) -> Places {
        let mut places = Places::default();
        for input in inputs.iter() {
            places.add(input);
        }
        places
    }

    /// Gives the folders.
    pub(super) fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.keys()
    }

    /// Tells whether an event about a path may be about an input. What lies in no folder of ours may.
    pub(super) fn concerns(&self, path: &Path) -> bool {
        if self.0.contains_key(path) {
            return true;
        }
        match (
            path.parent().and_then(|folder| self.0.get(folder)),
            path.file_name(),
        ) {
            (Some(names), Some(name)) => names.contain(name),
            _ => true,
        }
    }

    fn add(&mut self, input: &Input) {
        let end = self.walk(input.path());
        match input {
            Input::File(path) => {
                if let (Some(name), Some(folder)) =
                    (path.file_name(), path.parent().and_then(|up| self.walk(up)))
                {
                    let locks = office_lock::names(name);
                    self.0.entry(folder).or_default().exact.extend(locks);
                }
            }
            Input::Files { extension, .. } => {
                if let Some(folder) = end {
                    self.0.entry(folder).or_default().extensions.insert(extension);
                }
                for file in input.files() {
                    self.walk(&file);
                }
            }
            Input::Tree { .. } => {
                for folder in input.folders() {
                    if let Some(folder) = self.walk(&folder) {
                        self.0.entry(folder).or_default().all = true;
                    }
                }
            }
        }
    }

    /// Goes from folder to folder as the system does, and notes each name on the way in the folder where it
    /// stands. Gives the folder at the end, if there is one.
    fn walk(&mut self, path: &Path) -> Option<PathBuf> {
        let mut at = PathBuf::new();
        let mut ahead: VecDeque<OsString> = parts(path);
        let mut links = 0;
        while let Some(part) = ahead.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::Normal(name)) => {
                    self.0
                        .entry(at.clone())
                        .or_default()
                        .exact
                        .insert(name.to_owned());
                    let next = at.join(name);
                    let metadata = fs::symlink_metadata(&next).ok()?;
                    if metadata.is_dir() {
                        at = next;
                    } else if metadata.is_symlink() {
                        links += 1;
                        if links > MOST_LINKS {
                            return None;
                        }
                        for part in parts(&fs::read_link(&next).ok()?).into_iter().rev() {
                            ahead.push_front(part);
                        }
                    } else {
                        return None;
                    }
                }
                Some(Component::ParentDir) => {
                    at.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => at.push(&part),
                Some(Component::CurDir) | None => {}
            }
        }
        Some(at)
    }
}

impl Names {
    fn contain(&self, name: &OsStr) -> bool {
        let extension = Path::new(name).extension();
        self.all
            || self.exact.contains(name)
            || extension.is_some_and(|extension| self.extensions.iter().any(|wanted| extension == *wanted))
    }
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components()
        .map(|part| part.as_os_str().to_owned())
        .collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::Places;
    use crate::watch::{Input, Inputs};

    fn places(input: Input) -> Places {
        Places::find(&Inputs::from_iter([input]))
    }

    fn root() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = fs::canonicalize(folder.path()).expect("it is there");
        (folder, path)
    }

    #[test]
    fn every_folder_on_the_way_is_watched_for_the_next_name() {
        let (_folder, root) = root();
        fs::create_dir_all(root.join("a/b")).expect("folders");
        let places = places(Input::File(root.join("a/b/sheet.csv")));
        let folders: Vec<&PathBuf> = places.folders().collect();
        for folder in [Path::new("/"), &root, &root.join("a"), &root.join("a/b")] {
            assert!(folders.contains(&&folder.to_owned()), "{}", folder.display());
        }
        for (path, concerns) in [
            ("a/b/sheet.csv", true),
            ("a/b/.~lock.sheet.csv#", true),
            ("a/b/~$sheet.csv", true),
            ("a/b/sheet.csv.tmp", false),
            ("a/b", true),
            ("a/c", false),
            ("elsewhere/x", true),
        ] {
            assert_eq!(places.concerns(&root.join(path)), concerns, "{path}");
        }
    }

    #[test]
    fn links_are_followed_and_watched_where_they_stand() {
        // As Kubernetes mounts a file: sheet.csv -> ..data/sheet.csv, ..data -> ..2026_01.
        let (_folder, root) = root();
        fs::create_dir_all(root.join("..2026_01")).expect("a folder");
        fs::write(root.join("..2026_01/sheet.csv"), "").expect("a file");
        symlink("..2026_01", root.join("..data")).expect("a link");
        symlink("..data/sheet.csv", root.join("sheet.csv")).expect("a link");
        let places = places(Input::File(root.join("sheet.csv")));
        for path in ["sheet.csv", "..data", "..2026_01", "..2026_01/sheet.csv"] {
            assert!(places.concerns(&root.join(path)), "{path}");
        }
        assert!(!places.concerns(&root.join("..data_tmp")));
    }

    #[test]
    fn what_is_not_there_yet_is_waited_for_in_the_nearest_folder() {
        let (_folder, root) = root();
        let places = places(Input::File(root.join("later/deep/sheet.csv")));
        assert!(places.concerns(&root.join("later")));
        assert!(
            !places
                .folders()
                .any(|folder| folder.starts_with(root.join("later")))
        );
    }

    #[test]
    fn a_circle_of_links_has_an_end() {
        let (_folder, root) = root();
        symlink("one", root.join("other")).expect("a link");
        symlink("other", root.join("one")).expect("a link");
        assert!(places(Input::File(root.join("one/x"))).concerns(&root.join("other")));
    }

    #[test]
    fn new_flows_and_new_sources_concern() {
        let (_folder, root) = root();
        fs::create_dir_all(root.join("src/deep")).expect("folders");
        let flows = places(Input::Files {
            folder: root.clone(),
            extension: "flow",
        });
        assert!(flows.concerns(&root.join("new.flow")));
        assert!(!flows.concerns(&root.join("report.csv")));
        let tree = places(Input::Tree {
            path: root.join("src"),
            without: &[],
        });
        assert!(tree.concerns(&root.join("src/deep/new.rs")));
    }
}
