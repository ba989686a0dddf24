use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::model::Fingerprint;

use super::content::{Content, Stamp};
use super::input::Inputs;

/// What all inputs held at one time, file by file.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    files: BTreeMap<PathBuf, Stamp>,
}

/// A file that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub kind: DifferenceKind,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It has come.
    New,
    /// Its content is another one.
    Changed,
    /// It is no longer there.
    Gone,
}

impl Snapshot {
    /// Looks at all files of the inputs. Those that are plainly as they were in `former` are not read.
    pub fn take(inputs: &Inputs, former: &Snapshot) -> Snapshot {
        let mut files = BTreeMap::new();
        for path in inputs.iter().flat_map(super::Input::files) {
            if let Entry::Vacant(place) = files.entry(path) {
                let stamp = Stamp::take(place.key(), former.files.get(place.key()));
                place.insert(stamp);
            }
        }
        Snapshot { files }
    }

    /// Gives the part of it that is about these inputs.
    #[must_use]
    pub fn of(&self, inputs: &Inputs) -> Snapshot {
        let covered = |path: &PathBuf| inputs.iter().any(|input| input.covers(path));
        let files = self.files.iter().filter(|(path, _)| covered(path));
        Snapshot {
            files: files.map(|(path, stamp)| (path.clone(), stamp.clone())).collect(),
        }
    }

    /// Gives the fingerprint of a file's content; `None` when it can't be read, or was not looked at.
    pub fn fingerprint(&self, path: &Path) -> Option<&Fingerprint> {
        match &self.files.get(path)?.content {
            Content::File(fingerprint) => Some(fingerprint),
            Content::Nothing | Content::Unreadable(_) => None,
        }
    }

    /// Finds what is not as it was in a former look. Files that only one of the two looked at count as not being
    /// there in the other.
    pub fn differences(&self, former: &Snapshot) -> Vec<Difference> {
        let mut paths: Vec<&PathBuf> = self.files.keys().chain(former.files.keys()).collect();
        paths.sort();
        paths.dedup();
        paths
            .into_iter()
            .filter_map(|path| {
                let kind = match (former.content(path), self.content(path)) {
                    (before, after) if before == after => return None,
                    (_, Content::Nothing) => DifferenceKind::Gone,
                    (Content::Nothing, _) => DifferenceKind::New,
                    _ => DifferenceKind::Changed,
                };
                Some(Difference {
                    path: path.clone(),
                    kind,
                })
            })
            .collect()
    }

    /// Tells whether both looks saw the same.
    pub fn is_same(&self, other: &Snapshot) -> bool {
        self.differences(other).is_empty()
    }

    fn content(&self, path: &Path) -> &Content {
        self.files
            .get(path)
            .map_or(&Content::Nothing, |stamp| &stamp.content)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{DifferenceKind, Snapshot};
    use crate::watch::{Input, Inputs};

    fn look(root: &Path, former: &Snapshot) -> Snapshot {
        let inputs: Inputs = [
            Input::File(root.join("sheet.csv")),
            Input::Files {
                folder: root.to_owned(),
                extension: "flow",
            },
        ]
        .into_iter()
        .collect();
        Snapshot::take(&inputs, former)
    }

    #[test]
    fn what_came_changed_and_went_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let write = |name: &str, text: &str| fs::write(root.join(name), text).expect("it is written");
        write("a.flow", "a");
        write("b.flow", "b");
        let first = look(root, &Snapshot::default());
        assert!(look(root, &first).is_same(&first));
        write("sheet.csv", "x");
        write("a.flow", "A");
        fs::remove_file(root.join("b.flow")).expect("it goes");
        let second = look(root, &first);
        let told: Vec<_> = second
            .differences(&first)
            .into_iter()
            .map(|difference| {
                let name = difference.path.file_name().expect("a name").to_owned();
                (name.into_string().expect("text"), difference.kind)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("a.flow".to_owned(), DifferenceKind::Changed),
                ("b.flow".to_owned(), DifferenceKind::Gone),
                ("sheet.csv".to_owned(), DifferenceKind::New),
            ]
        );
        assert!(second.fingerprint(&root.join("sheet.csv")).is_some());
        let sheet = Inputs::from_iter([Input::File(root.join("sheet.csv"))]);
        assert_eq!(second.of(&sheet).differences(&Snapshot::default()).len(), 1);
    }
}
