//! WebAssembly components as functions of the flow language: compile, cache, inspect, limit, call.
//!
//! | step | file | what it holds to |
//! | --- | --- | --- |
//! | bytes to component | `binary`, `survey` | text and core modules become components; anything else is refused |
//! | component to machine code | `host`, `cache`, `kept` | compiled once; a cache file is run only when its seal holds |
//! | sources to component | `project`, `build`, `stamp` | a folder with a `plugin.toml`; built only when asked |
//! | exports to functions | `inspect`, `plugin_type` | each export is callable, or there is a reason why not |
//! | imports | `imports`, `stub` | nothing is given; asked for, a frozen WASI |
//! | values in and out | `lower`, `lift` | exact, or an error that names the argument |
//! | types to the check | `signature` | a call is held against the plugin's own types |
//! | a new plugin | `template`, `templates/` | a project that builds with what its own registry gives |
//! | plugins of a project | `discover` | what lies in `plugins`; nothing is run |
//! | a sample of calls | `purity` | an instance that served others answers as a fresh one does |
//! | calls | `pool`, `worker`, `batch`, `limits` | limits are set anew before each call; a trap costs one row |
//!
//! A plugin never gets authority, never ends the run, and gives the same bytes for the same row.
#![expect(
    clippy::disallowed_methods,
    reason = "the host reads and builds plugins, keeps compiled code and owns the thread that ends long calls"
)]

mod batch;
mod binary;
mod build;
mod cache;
mod call_error;
mod discover;
mod engine;
mod error;
mod function;
mod granted;
mod host;
mod imports;
mod inspect;
mod kept;
mod lift;
mod limits;
mod lower;
mod measured;
mod message;
mod plugin_type;
mod pool;
mod project;
mod purity;
mod seal;
mod signature;
mod stamp;
mod stub;
mod survey;
mod template;
mod worker;

pub use call_error::{CallError, CallFailure};
pub use discover::{Found, discover, name_of};
pub use error::PluginError;
pub use function::{Function, Parameter, Uncallable};
pub use host::{Compilation, Host, Plugin};
pub use kept::project_of;
pub use limits::{Imports, Limits};
pub use measured::Measured;
pub use message::with_causes;
pub use plugin_type::{Field, IntegerKind, PluginType};
pub use pool::Pool;
pub use project::{MANIFEST, Project, ProjectError};
pub use purity::{Answer, Difference, Purity};
pub use stamp::LEFTOVERS;
pub use template::{Language, NewProjectError, create_project};
pub use worker::Worker;
