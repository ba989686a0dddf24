use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::hints::Hints;
use super::input::Inputs;
use super::notice::PollReason;
use super::places::Places;

/// How often the way to the inputs is looked at again when it changes meanwhile.
const MOST_ROUNDS: usize = 5;

/// The folders that the system watches for us.
#[derive(Debug)]
pub(super) struct Directories {
    watcher: Option<RecommendedWatcher>,
    hints: Arc<Hints>,
    watched: BTreeMap<PathBuf, Identity>,
}

/// By which a folder is told from another one that takes its name.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    entry: Option<(u64, u64)>,
    made: Option<SystemTime>,
}

impl Directories {
    /// Watches through the system; nothing yet. `Err` says why the system does not.
    pub(super) fn new(hints: Arc<Hints>) -> (Self, Option<PollReason>) {
        let listener = Arc::clone(&hints);
        let made = notify::recommended_watcher(move |event| listener.hear(event));
        let (watcher, trouble) = match made {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(reason(&error, Path::new("")))),
        };
        let directories = Directories {
            watcher,
            hints,
            watched: BTreeMap::new(),
        };
        (directories, trouble)
    }

    /// Watches nothing: files are looked at again and again instead.
    pub(super) fn deaf(hints: Arc<Hints>) -> Self {
        Directories {
            watcher: None,
            hints,
            watched: BTreeMap::new(),
        }
    }

    /// Watches every folder on the way to the inputs, and no others. Whatever happens there from now on is heard.
    /// Gives the folders, and why some of them can't be watched.
    pub(super) fn follow(&mut self, inputs: &Inputs) -> (Arc<Places>, Option<PollReason>) {
        let mut places = Arc::new(Places::find(inputs));
        let mut trouble = None;
        for _ in 0..MOST_ROUNDS {
            trouble = self.sync(&places);
            // What came between looking and watching made no event.
            let now = Places::find(inputs);
            if now == *places {
                break;
            }
            places = Arc::new(now);
        }
        (places, trouble)
    }

    fn sync(&mut self, places: &Arc<Places>) -> Option<PollReason> {
        self.hints.set_places(Arc::clone(places));
        let watcher = self.watcher.as_mut()?;
        let mut trouble = None;
        let mut watched = BTreeMap::new();
        for folder in places.folders() {
            let Some(identity) = Identity::of(folder) else {
                continue;
            };
            if self
                .watched
                .remove(folder)
                .is_some_and(|former| former != identity)
            {
                // Another folder of this name: the watch is on the old one. It may have ended with it.
                let _ = watcher.unwatch(folder);
            }
            // Once more each time: the system forgets a folder that was away for a moment.
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    watched.insert(folder.clone(), identity);
                }
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) => trouble = Some(reason(&error, folder)),
            }
        }
        for folder in self.watched.keys() {
            // The watch may have ended with its folder.
            let _ = watcher.unwatch(folder);
        }
        self.watched = watched;
        trouble
    }
}

impl Identity {
    fn of(folder: &Path) -> Option<Self> {
        let metadata = fs::metadata(folder).ok()?;
        Some(Identity {
            entry: entry(&metadata),
            made: metadata.created().ok(),
        })
    }
}

#[cfg(unix)]
fn entry(metadata: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn entry(_metadata: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

fn reason(error: &notify::Error, folder: &Path) -> PollReason {
    /// What Linux says when a process, or a user, may not have one more.
    const TOO_MANY: [i32; 2] = [23, 24];
    match &error.kind {
        ErrorKind::MaxFilesWatch => PollReason::WatchLimit,
        ErrorKind::Io(error) if error.raw_os_error().is_some_and(|code| TOO_MANY.contains(&code)) => {
            PollReason::WatcherLimit
        }
        _ => PollReason::Refused {
            folder: folder.to_owned(),
            message: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use notify::{Error, ErrorKind};

    use super::reason;
    use crate::watch::notice::PollReason;

    #[test]
    fn the_limits_of_the_system_are_told_from_other_trouble() {
        let reason = |error: &Error| reason(error, Path::new("/x"));
        assert_eq!(
            reason(&Error::new(ErrorKind::MaxFilesWatch)),
            PollReason::WatchLimit
        );
        assert_eq!(
            reason(&Error::io(io::Error::from_raw_os_error(24))),
            PollReason::WatcherLimit
        );
        assert!(matches!(
            reason(&Error::io(io::Error::from_raw_os_error(13))),
            PollReason::Refused { .. }
        ));
    }
}
