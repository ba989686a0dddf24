//! One file per command: its arguments, and what it does with them.

pub(crate) mod accounts;
pub(crate) mod adopt;
pub(crate) mod apply;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod flows;
pub(crate) mod fmt;
pub(crate) mod functions;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod plugin;
pub(crate) mod preview;
pub(crate) mod resources;
pub(crate) mod rollback;
pub(crate) mod runs;
pub(crate) mod sandbox;
pub(crate) mod settle;
pub(crate) mod sources;
pub(crate) mod test;
pub(crate) mod watch;
