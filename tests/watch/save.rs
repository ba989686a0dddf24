//! The ways in which programs save, each as it was seen to be done.

use std::fs;
use std::io::Write;
use std::path::Path;

/// A way to save one file of a project's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The file is emptied and written again.
    InPlace,
    /// Another file is written, and takes its name.
    Rename,
    /// The file becomes the backup, and a new one is written (vim's `backup` with `writebackup`).
    Backup,
    /// The files are links through a link to a folder, which is replaced (Kubernetes).
    Kubernetes,
    /// The project's folder is a link to a folder, which is replaced (git-sync).
    GitSync,
    /// The file is deleted, and written a little later.
    DeleteAndRestore,
}

impl Way {
    /// The path of the project in the folder around it.
    pub(super) fn project(self) -> &'static str {
        match self {
            Way::GitSync => "current",
            _ => "books",
        }
    }

    /// Lays the files of a project out in a folder.
    pub(super) fn lay_out(self, folder: &Path, files: &[(&str, Vec<u8>)]) {
        match self {
            Way::Kubernetes => {
                let books = folder.join("books");
                fs::create_dir_all(books.join("..1")).expect("a folder");
                for (name, content) in files {
                    fs::write(books.join("..1").join(name), content).expect("a file");
                    link(&format!("..data/{name}"), &books.join(name));
                }
                link("..1", &books.join("..data"));
            }
            Way::GitSync => {
                fs::create_dir_all(folder.join("trees/1")).expect("a folder");
                for (name, content) in files {
                    fs::write(folder.join("trees/1").join(name), content).expect("a file");
                }
                link("trees/1", &folder.join("current"));
            }
            Way::InPlace | Way::Rename | Way::Backup | Way::DeleteAndRestore => {
                fs::create_dir_all(folder.join("books")).expect("a folder");
                for (name, content) in files {
                    fs::write(folder.join("books").join(name), content).expect("a file");
                }
            }
        }
    }

    /// Saves one file, for the `count`th time in this folder, counted from 1.
    pub(super) fn save(self, folder: &Path, (name, content): (&str, &[u8]), count: usize) {
        let books = folder.join("books");
        let file = books.join(name);
        match self {
            Way::InPlace => fs::write(file, content).expect("it is written"),
            Way::Rename => {
                let new = books.join(format!("{name}.new"));
                let mut written = fs::File::create(&new).expect("it is made");
                written.write_all(content).expect("it is written");
                written.sync_all().expect("it is on disk");
                fs::rename(new, file).expect("it takes the name");
            }
            Way::Backup => {
                let backup = books.join(format!("{name}~"));
                fs::rename(&file, &backup).expect("the backup");
                fs::write(&file, content).expect("it is written");
                fs::remove_file(backup).expect("the backup goes");
            }
            Way::Kubernetes => {
                let data = books.join("..data");
                let (old, new) = swapped(&books, &data, &format!("..{}", count + 1), (name, content));
                let next = books.join("..data_tmp");
                link(&new, &next);
                fs::rename(next, data).expect("the link is replaced");
                fs::remove_dir_all(books.join(old)).expect("the old folder goes");
            }
            Way::GitSync => {
                let current = folder.join("current");
                let (old, new) = swapped(folder, &current, &format!("trees/{}", count + 1), (name, content));
                let next = folder.join("current.new");
                link(&new, &next);
                fs::rename(next, current).expect("the link is replaced");
                fs::remove_dir_all(folder.join(old)).expect("the old folder goes");
            }
            Way::DeleteAndRestore => {
                fs::remove_file(&file).expect("it goes");
                fs::write(file, content).expect("it is back");
            }
        }
    }
}

/// Copies the folder that a link leads to, with one file changed. Gives the names of both.
fn swapped(root: &Path, from: &Path, new: &str, (name, content): (&str, &[u8])) -> (String, String) {
    let old = fs::read_link(from).expect("a link").display().to_string();
    fs::create_dir_all(root.join(new)).expect("a folder");
    for entry in fs::read_dir(root.join(&old)).expect("the old folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_file() {
            fs::copy(entry.path(), root.join(new).join(entry.file_name())).expect("a copy");
        }
    }
    fs::write(root.join(new).join(name), content).expect("it is written");
    (old, new.to_owned())
}

fn link(to: &str, at: &Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(to, at).expect("a link");
    #[cfg(not(unix))]
    unreachable!("links from {} to {to} are tried on Unix", at.display());
}
