//! The file before the database sees it.
//!
//! SQLite takes a file that is empty, or cut off to less than its header, for a new database. For a
//! ledger that would be a loss in silence: every row would be sent again. So a mark stands beside the
//! file while it is made, and a file that is too short without that mark is refused.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::ledger::LedgerError;
use crate::ledger::lock::private;

/// No database is shorter: this is SQLite's smallest page.
const SHORTEST: u64 = 512;

/// Makes the file where there is none, readable by its owner alone; SQLite gives its journals the same
/// mode. A file that is there is not opened: closing it would drop the locks that this process holds.
pub(super) fn prepare(path: &Path) -> Result<(), LedgerError> {
    let failed = |error| LedgerError::opening(path, error);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    if !path.try_exists().map_err(failed)? {
        make(&mark(path)).map_err(failed)?;
        return make(path).map_err(failed);
    }
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let being_made = || mark(path).try_exists().map_err(failed);
    // Asked twice, since another process may begin or end making it in between.
    if being_made()? || fs::metadata(path).map_err(failed)?.len() >= SHORTEST || being_made()? {
        return Ok(());
    }
    Err(LedgerError::Corrupt {
        path: path.to_owned(),
        detail: "it is empty or cut off".to_owned(),
    })
}

/// Takes the mark away, once the database holds its layout.
pub(super) fn made(path: &Path) -> Result<(), LedgerError> {
    match fs::remove_file(mark(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(LedgerError::opening(path, error)),
        _ => Ok(()),
    }
}

fn mark(path: &Path) -> PathBuf {
    let mut mark = OsString::from(path);
    mark.push("-new");
    PathBuf::from(mark)
}

/// Makes an empty file. It is no error when another process was faster.
fn make(path: &Path) -> io::Result<()> {
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
