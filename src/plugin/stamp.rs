use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::Fingerprint;

/// The custom section at the end of a built component that names the sources it was built of.
const SECTION: &[u8] = b"sheetflow-sources";

/// Hex digits of a stamp.
const HASH: usize = 32;

/// The section's header: id 0, its size, its name's size, its name. All sizes are below 128, and so one
/// byte each.
fn header() -> Vec<u8> {
    let size = 1 + SECTION.len() + HASH;
    [&[0, size as u8, SECTION.len() as u8], SECTION].concat()
}

/// Adds the hash of its sources to a component. Engines pass over custom sections.
pub(super) fn stamp(component: &mut Vec<u8>, source_hash: &str) {
    component.extend(header());
    component.extend(source_hash.as_bytes());
}

/// Gives the hash of the sources that a component was built of.
pub(super) fn stamp_of(component: &[u8]) -> Option<&str> {
    let (rest, hash) = component.split_last_chunk::<HASH>()?;
    if !rest.ends_with(&header()) {
        return None;
    }
    std::str::from_utf8(hash).ok()
}

/// Hashes files and folders with their names, in the same order everywhere. Line ends count as `\n`, since
/// a checkout may change them.
pub(super) fn hash_sources(folder: &Path, sources: &[PathBuf]) -> Result<String, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    for source in sources {
        collect(folder, source, &mut files)?;
    }
    files.sort();
    files.dedup();
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for file in files {
        let path = folder.join(&file);
        let mut bytes = fs::read(&path).map_err(|error| (path, error))?;
        bytes.retain(|byte| *byte != b'\r');
        parts.push(file.to_string_lossy().replace('\\', "/").into_bytes());
        parts.push(bytes);
    }
    Ok(Fingerprint::of(parts).as_str().to_owned())
}

/// What tools leave among the sources of a plugin.
pub const LEFTOVERS: [&str; 3] = ["__pycache__", "node_modules", ".DS_Store"];

/// Collects the files below a path. Links are not followed, so this ends.
fn collect(folder: &Path, source: &Path, files: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let mut waiting = vec![source.to_owned()];
    while let Some(place) = waiting.pop() {
        let path = folder.join(&place);
        let fail = |error| (path.clone(), error);
        if !fs::symlink_metadata(&path).map_err(fail)?.is_dir() {
            files.push(place);
            continue;
        }
        for entry in fs::read_dir(&path).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            if !LEFTOVERS.iter().any(|leftover| name == *leftover) {
                waiting.push(place.join(name));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{hash_sources, stamp, stamp_of};

    #[test]
    fn a_stamp_is_found_again_and_nothing_else_is() {
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        assert_eq!(stamp_of(&component), None);
        assert_eq!(stamp_of(b""), None);
        stamp(&mut component, "0123456789abcdef0123456789abcdef");
        assert_eq!(stamp_of(&component), Some("0123456789abcdef0123456789abcdef"));
    }

    #[test]
    fn what_python_leaves_behind_is_no_source() {
        let folder = tempfile::tempdir().expect("a folder");
        let hash = || hash_sources(folder.path(), &[PathBuf::from("src")]).expect("the sources are read");
        fs::create_dir(folder.path().join("src")).expect("a folder");
        fs::write(folder.path().join("src/plugin.py"), "x = 1").expect("a file");
        let before = hash();
        fs::create_dir(folder.path().join("src/__pycache__")).expect("a folder");
        fs::write(folder.path().join("src/__pycache__/plugin.pyc"), "code").expect("a file");
        assert_eq!(hash(), before);
    }

    #[test]
    fn the_hash_changes_with_names_and_contents_not_with_line_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("src");
        fs::create_dir(&source).expect("a folder");
        let hash = |name: &str, text: &str| {
            fs::write(source.join(name), text).expect("a file");
            let hash = hash_sources(folder.path(), &[PathBuf::from("src")]).expect("the sources are read");
            fs::remove_file(source.join(name)).expect("the file goes");
            hash
        };
        assert_eq!(hash("a", "one\ntwo"), hash("a", "one\r\ntwo"));
        assert_ne!(hash("a", "one"), hash("a", "two"));
        assert_ne!(hash("a", "one"), hash("b", "one"));
    }
}
