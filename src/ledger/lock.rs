use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::LedgerError;

/// The name of the file that is locked, in the project's state directory.
const FILE: &str = "lock";

/// Holds other applies of the same project off for as long as it lives. The system releases it when the
/// process ends in any way, so a crash leaves nothing to clean up.
#[derive(Debug)]
pub struct ProjectLock {
    file: File,
}

impl ProjectLock {
    /// Takes the lock of a state directory (such as `.sheetflow`), which is made when there is none.
    ///
    /// `holder` tells others who has it: the command and since when; the process number is added.
    /// Errors with [`LedgerError::Locked`], which says who holds it, without waiting.
    pub fn acquire(directory: &Path, holder: &str) -> Result<Self, LedgerError> {
        let path = directory.join(FILE);
        let failed = |error| LedgerError::opening(&path, error);
        fs::create_dir_all(directory).map_err(failed)?;
        let mut file = private(OpenOptions::new().read(true).write(true).create(true))
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::Locked {
                    holder: read_holder(&mut file),
                    path,
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        write_holder(&mut file, holder).map_err(failed)?;
        Ok(ProjectLock { file })
    }
}

impl ProjectLock {
    /// Tells whether somebody holds the lock of a state directory at this moment.
    pub fn is_held(directory: &Path) -> Result<bool, LedgerError> {
        let path = directory.join(FILE);
        let failed = |error| LedgerError::opening(&path, error);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => {
                file.unlock().map_err(failed)?;
                Ok(false)
            }
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// The name goes before the lock does, so that nobody is told of a holder who has left. The lock is given
/// back by name too: a program that is being started at this moment may hold a copy of the file handle.
impl Drop for ProjectLock {
    fn drop(&mut self) {
        // The name is for people only, and the system gives the lock back at the latest with the process.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Asks for a file that its owner alone can read.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.truncate(false)
}

fn write_holder(file: &mut File, holder: &str) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{holder}, process {}", std::process::id())
}

/// Reads who holds the lock, one short line. Where a locked file can't be read (Windows), and in the
/// moment before the holder has written it, nobody is named.
fn read_holder(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = file.take(400).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    if read.is_err() || line.is_empty() {
        "it has not given its name".to_owned()
    } else {
        line
    }
}
