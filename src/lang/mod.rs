//! The flow language: text to tree (`syntax`), tree to program (`check`), tree to text.
//!
//! This room does no input or output. What a check needs from outside (the columns of the sources, the
//! functions that exist, what plugins export, Stripe's API) comes in as an environment.

pub mod program;
pub mod syntax;

mod check;
mod codes;
mod format;
mod forms;
mod signature;

pub use check::{
    Checked, Declarations, Declared, Environment, FlowOutline, OftenEmpty, SourceColumns, check, declare,
};
pub use codes::codes;
pub use codes::trials::FAILED_TEST;
pub use format::format;
pub use forms::{line_forms, special_forms};
pub use signature::{
    Accepts, Example, LiteralCheck, ParameterKind, Parameters, PluginFunction, PluginFunctions,
    PluginParameter, Returns, Signature,
};
pub use syntax::parse;
