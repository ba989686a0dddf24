use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

/// Why a sandbox could not start or stop well.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The address can't be listened on.
    #[error("can't listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The connections could not be served.
    #[error("can't serve connections")]
    Serve(#[source] io::Error),
    /// Another process has the state file.
    #[error("another sandbox uses the state file `{}`; a state file belongs to one sandbox at a time", path.display())]
    InUse {
        /// The state file.
        path: PathBuf,
    },
    /// The lock beside the state file can't be made.
    #[error("can't make the lock `{}`", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The state file can't be read or written.
    #[error("can't use the state file `{}`", path.display())]
    State {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// The file is not a sandbox's state, or a newer program's.
    #[error("`{}` is no state file of this version (it says {found}, expected {expected})", path.display())]
    Format {
        /// The state file.
        path: PathBuf,
        /// The format that it has.
        found: i64,
        /// The format that this program writes.
        expected: i64,
    },
    /// A task of the sandbox came to an end of its own.
    #[error("a task of the sandbox ended early")]
    Task,
}
