use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind};
use tokio::sync::Notify;

use super::places::Places;

/// Whether this system tells when a file that was written to is closed.
const TELLS_OF_CLOSES: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// What an event says: that it is time to look, and how long to wait first. Where something happened is not taken
/// from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// A save may have ended: a file was closed, renamed, made or deleted; or nobody knows what happened.
    Ended,
    /// A file was written to.
    Writing,
    /// A file was written to, and whoever did it has not closed it.
    Open,
    /// A file that was there is not.
    Gone,
}

/// Where events of the system's thread are gathered for the watcher's task. However many there are, they take one
/// place.
#[derive(Debug, Default)]
pub(super) struct Hints {
    state: Mutex<State>,
    places: RwLock<Arc<Places>>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    pending: Option<Hint>,
    /// Inputs that were written to and not closed since.
    open: BTreeSet<PathBuf>,
}

impl Hints {
    /// Says which events are about inputs.
    pub(super) fn set_places(&self, places: Arc<Places>) {
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = places;
    }

    /// Takes in what the system says.
    pub(super) fn hear(&self, heard: notify::Result<Event>) {
        let Ok(event) = heard else {
            return self.overflow();
        };
        if event.need_rescan() || event.paths.is_empty() {
            return self.overflow();
        }
        // Reading a file opens it: these would wake the watcher by its own looks.
        let is_own = matches!(
            event.kind,
            EventKind::Access(AccessKind::Open(_) | AccessKind::Read | AccessKind::Close(AccessMode::Read))
        );
        if is_own {
            return;
        }
        let places = Arc::clone(&self.places.read().unwrap_or_else(PoisonError::into_inner));
        let concerning: Vec<&PathBuf> = event.paths.iter().filter(|path| places.concerns(path)).collect();
        if !concerning.is_empty() {
            self.note(event.kind, &concerning);
        }
    }

    /// Notes that something happened, and nobody knows what: events were lost.
    pub(super) fn overflow(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // The closes may be among what was lost.
        state.open.clear();
        state.pending = Some(Hint::Ended);
        drop(state);
        self.wake.notify_one();
    }

    /// Waits till something has happened.
    pub(super) async fn wait(&self) {
        self.wake.notified().await;
    }

    /// Tells whether something has happened that was not taken yet.
    pub(super) fn any(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pending.is_some()
    }

    /// Takes what has happened since the last time.
    pub(super) fn take(&self) -> Option<Hint> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let hint = state.pending.take()?;
        Some(if state.open.is_empty() { hint } else { Hint::Open })
    }

    fn note(&self, kind: EventKind, paths: &[&PathBuf]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let hint = match kind {
            EventKind::Modify(ModifyKind::Data(_)) => {
                if TELLS_OF_CLOSES {
                    state.open.extend(paths.iter().map(|path| Path::to_owned(path)));
                }
                Hint::Writing
            }
            EventKind::Modify(ModifyKind::Any | ModifyKind::Other) | EventKind::Any => Hint::Writing,
            EventKind::Access(_)
            | EventKind::Create(_)
            | EventKind::Modify(ModifyKind::Metadata(_) | ModifyKind::Name(_))
            | EventKind::Remove(_)
            | EventKind::Other => Hint::Ended,
        };
        let closes = matches!(
            kind,
            EventKind::Access(AccessKind::Close(_))
                | EventKind::Remove(_)
                | EventKind::Modify(ModifyKind::Name(_))
        );
        if closes {
            for path in paths {
                state.open.remove(*path);
            }
        }
        state.pending = Some(hint);
        drop(state);
        self.wake.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use notify::event::{AccessKind, AccessMode, DataChange, Flag, ModifyKind, RenameMode};
    use notify::{Event, EventKind};

    use super::{Hint, Hints, TELLS_OF_CLOSES};
    use crate::watch::places::Places;
    use crate::watch::{Input, Inputs};

    const WRITE: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CLOSE: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));
    const OPEN: EventKind = EventKind::Access(AccessKind::Open(AccessMode::Any));
    const RENAME: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));

    struct Heard {
        hints: Hints,
        folder: tempfile::TempDir,
    }

    fn hints() -> Heard {
        let folder = tempfile::tempdir().expect("a folder");
        let hints = Hints::default();
        let root = std::fs::canonicalize(folder.path()).expect("it is there");
        let inputs = Inputs::from_iter([Input::File(root.join("sheet.csv"))]);
        hints.set_places(Arc::new(Places::find(&inputs)));
        Heard { hints, folder }
    }

    impl Heard {
        fn event(&self, kind: EventKind, name: &str) {
            let root = std::fs::canonicalize(self.folder.path()).expect("it is there");
            let path: PathBuf = root.join(name);
            self.hints.hear(Ok(Event::new(kind).add_path(path)));
        }
    }

    #[test]
    fn what_happens_beside_the_inputs_and_what_looking_does_is_no_hint() {
        let heard = hints();
        heard.event(WRITE, "other.csv");
        heard.event(OPEN, "sheet.csv");
        assert_eq!(heard.hints.take(), None);
        heard.event(RENAME, "sheet.csv");
        assert_eq!(heard.hints.take(), Some(Hint::Ended));
        assert_eq!(heard.hints.take(), None);
    }

    #[test]
    fn a_write_is_open_till_it_is_closed() {
        let heard = hints();
        heard.event(WRITE, "sheet.csv");
        let while_open = if TELLS_OF_CLOSES {
            Hint::Open
        } else {
            Hint::Writing
        };
        assert_eq!(heard.hints.take(), Some(while_open));
        heard.event(CLOSE, "sheet.csv");
        assert_eq!(heard.hints.take(), Some(Hint::Ended));
    }

    #[test]
    fn lost_events_and_errors_are_hints_without_a_path() {
        let heard = hints();
        heard.event(WRITE, "sheet.csv");
        let overflow = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        heard.hints.hear(Ok(overflow));
        assert_eq!(heard.hints.take(), Some(Hint::Ended));
        heard
            .hints
            .hear(Err(notify::Error::generic("the system says no more")));
        assert_eq!(heard.hints.take(), Some(Hint::Ended));
    }
}
