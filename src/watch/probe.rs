use std::fs;
use std::path::Path;
use std::time::Duration;

use super::directories::Directories;
use super::hints::Hints;
use super::input::{Input, Inputs};

/// How long an event may take. On a machine at rest it takes less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes a file into a folder and waits to hear of it: tells whether events come. Where nothing can be written,
/// they are taken to come.
pub(super) async fn events_come(folder: &Path, directories: &mut Directories, hints: &Hints) -> bool {
    let name = format!("watch-probe-{}", std::process::id());
    let Ok(folder) = fs::create_dir_all(folder).and_then(|()| fs::canonicalize(folder)) else {
        return true;
    };
    let file = folder.join(name);
    directories.follow(&Inputs::from_iter([Input::File(file.clone())]));
    if fs::write(&file, "sheetflow looks whether it hears of this file\n").is_err() {
        return true;
    }
    let heard = tokio::time::timeout(PATIENCE, hints.wait()).await.is_ok();
    // It may be gone already, and nobody minds if it stays.
    let _ = fs::remove_file(&file);
    hints.take();
    heard
}
