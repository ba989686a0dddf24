//! The client: encoding, limits, retries, paging, errors. Knows nothing of flows and sheets.
//!
//! A request goes one way: it is encoded and checked ([`Request`]), waits for its object, its turn and its
//! place, is sent, is read ([`Answer`], [`ClientError`]), and may be sent again with the same key.

mod account;
mod admission;
mod answer;
mod client;
mod error;
mod http;
mod key;
mod list;
mod objects;
mod outcome;
mod request;
mod retry;
mod settings;
mod slots;
mod turns;
mod window;

pub use account::{AccountInfo, whoami};
pub use answer::Answer;
pub use client::{Client, Counts};
pub use error::{ApiError, ClientError, Flaw};
pub use http::MAX_BODY;
pub use key::{KeyKind, key_mode};
pub use list::{PAGE_SIZE, Page, Pager};
pub use outcome::Outcome;
pub use request::{Method, Request, endpoint_of, fill};
pub use retry::Backoff;
pub use settings::Settings;
