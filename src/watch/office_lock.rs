use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Gives the names of the files that office programs put beside a file for as long as they have it open:
/// Excel's `~$book.xlsx`, which drops the first two letters of long names, and LibreOffice's
/// `.~lock.book.xlsx#`.
pub(super) fn names(file: &OsStr) -> Vec<OsString> {
    let Some(name) = file.to_str() else {
        return Vec::new();
    };
    let mut names = vec![
        OsString::from(format!("~${name}")),
        OsString::from(format!(".~lock.{name}#")),
    ];
    let shortened: String = name.chars().skip(2).collect();
    if !shortened.is_empty() {
        names.push(OsString::from(format!("~${shortened}")));
    }
    names
}

/// Finds the lock that an office program holds on a file.
pub(super) fn find(file: &Path) -> Option<PathBuf> {
    names(file.file_name()?)
        .into_iter()
        .map(|name| file.with_file_name(name))
        .find(|lock| lock.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::find;

    #[test]
    fn the_locks_of_excel_and_libreoffice_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = folder.path().join("book.xlsx");
        assert_eq!(find(&book), None);
        for name in ["~$book.xlsx", ".~lock.book.xlsx#", "~$ok.xlsx"] {
            let lock = folder.path().join(name);
            fs::write(&lock, "").expect("a file");
            assert_eq!(find(&book).as_ref(), Some(&lock));
            fs::remove_file(&lock).expect("it goes");
        }
        fs::write(folder.path().join("~$other.xlsx"), "").expect("a file");
        assert_eq!(find(&book), None);
    }
}
