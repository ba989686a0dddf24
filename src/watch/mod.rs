//! Files and folders to watch in, "these inputs changed" out. Knows nothing of flows.
//!
//! | question | file | what it holds to |
//! | --- | --- | --- |
//! | what is watched | `input` | files, the files of a folder, whole trees |
//! | did it change | `snapshot`, `content` | size and times, then content; a save that changes no byte is none |
//! | which folders | `places`, `directories` | every folder on the way to an input, links followed; never a file |
//! | did something happen | `hints` | an event says that it is time to look, and nothing else |
//! | is the save over | `settle`, `office_lock` | quiet, then two equal looks; no office program holds the file |
//! | do events come at all | `probe`, `network` | otherwise files are looked at again and again |
//! | all of it, in a task | `watcher` | one loop; every change is told once |
#![expect(
    clippy::disallowed_methods,
    reason = "the watcher looks at files and folders, and owns the task that does"
)]

mod content;
mod directories;
mod hints;
mod input;
mod network;
mod notice;
mod office_lock;
mod places;
mod probe;
mod settle;
mod snapshot;
mod watcher;

pub use input::{Input, Inputs};
pub use notice::Notice;
pub use settle::Timing;
pub use snapshot::{Difference, DifferenceKind, Snapshot};
pub use watcher::{Observer, Settings, Sign, Watcher};
