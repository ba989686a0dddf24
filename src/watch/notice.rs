use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

/// What a person should know of the watching itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Files are looked at again and again.
    Polling {
        /// How often.
        every: Duration,
        /// Why.
        reason: PollReason,
    },
    /// A file was saved, and an office program still has it open.
    Locked {
        /// The file.
        file: PathBuf,
        /// The program's lock beside it.
        lock: PathBuf,
    },
}

/// Why files are looked at again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum PollReason {
    /// A person said so.
    Asked,
    /// A file that was written for the purpose was not heard of.
    NoEvents,
    /// What others write on a network file system makes no event here.
    NetworkFileSystem {
        /// The folder.
        folder: PathBuf,
        /// The kind of file system: `nfs4`.
        kind: String,
    },
    /// The system watches no more folders for this user.
    WatchLimit,
    /// The system has no more watchers for this user, or no more files for this process.
    WatcherLimit,
    /// The system does not watch a folder.
    Refused {
        /// The folder; empty when it is none in particular.
        folder: PathBuf,
        /// What the system says.
        message: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Polling { every, reason } => {
                write!(f, "{reason}: files are looked at every {} s", every.as_secs_f32())
            }
            Notice::Locked { file, lock } => write!(
                f,
                "`{}` is open in an office program, and is read when that closes it (it holds `{}`)",
                file.display(),
                lock.file_name().unwrap_or_default().display()
            ),
        }
    }
}

impl fmt::Display for PollReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PollReason::Asked => f.write_str("as asked for"),
            PollReason::NoEvents => f.write_str("the system tells nothing of what is written here"),
            PollReason::NetworkFileSystem { folder, kind } => write!(
                f,
                "`{}` is on a network ({kind}), where what others write makes no event",
                folder.display()
            ),
            PollReason::WatchLimit => f.write_str(
                "the system watches no more folders; `sysctl fs.inotify.max_user_watches=524288` raises the limit",
            ),
            PollReason::WatcherLimit => f.write_str(
                "the system has no more watchers; `sysctl fs.inotify.max_user_instances=512` raises the limit, \
                 or `ulimit -n` where this process has too many files open",
            ),
            PollReason::Refused { folder, message } if folder.as_os_str().is_empty() => {
                write!(f, "the system does not watch ({message})")
            }
            PollReason::Refused { folder, message } => {
                write!(f, "`{}` can't be watched ({message})", folder.display())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Notice, PollReason};

    #[test]
    fn a_limit_is_told_with_the_setting_that_raises_it() {
        let every = Duration::from_secs(2);
        for (reason, setting) in [
            (PollReason::WatchLimit, "fs.inotify.max_user_watches"),
            (PollReason::WatcherLimit, "fs.inotify.max_user_instances"),
        ] {
            let text = Notice::Polling { every, reason }.to_string();
            assert!(text.contains(setting) && text.ends_with("every 2 s"), "{text}");
        }
    }
}
