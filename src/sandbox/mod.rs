//! A local Stripe, driven by the catalogue: a server on the loopback interface for tests, for first
//! steps without an account, and for trying a flow before it meets real data.
//!
//! A request goes through `desk` (key, rate, path, idempotency), `check` (parameters against the
//! catalogue) and `run` (create, read, update, delete, list, search). What the catalogue can't say of a
//! resource is in `life`: what follows from a change, and the actions. What a request wrote becomes events
//! in `event`. Objects are JSON texts in memory (`store`); with a state file, every request is
//! answered after its commit (`writer`, `state_file`). Faults that were asked for are in `fault`.
//!
//! Whatever the key, and whatever `Stripe-Account` says, there is one account. It shares no code with the client in `stripe`: what both
//! misunderstood alike would look right.
#![expect(
    clippy::disallowed_methods,
    reason = "a server: it reads the clock, locks its state file and spawns the tasks that it owns"
)]

mod blank;
mod books;
mod call;
mod check;
mod counts;
mod desk;
mod error;
mod event;
mod expand;
mod fault;
mod filter;
mod idempotency;
mod ids;
mod key;
mod life;
mod merge;
mod place;
mod query;
mod rate;
mod refusal;
mod routes;
mod run;
mod scalar;
mod server;
mod settings;
mod shapes;
mod state_file;
mod store;
mod tree;
mod upload;
mod work;
mod writer;

pub use counts::Counts;
pub use error::SandboxError;
pub use fault::{FaultKind, FaultRate, FaultRateError, Faults};
pub use server::{Sandbox, start};
pub use settings::Settings;

/// A key that every sandbox takes; any other that begins with `sk_test_` or `rk_test_` does as well.
pub const TEST_KEY: &str = "sk_test_sheetflow_sandbox";
