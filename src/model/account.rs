use std::sync::Arc;
use std::time::Duration;

/// A Stripe account as a flow declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSpec {
    /// The name that flows use.
    pub name: Arc<str>,
    /// Where the secret key comes from. Never the key itself.
    pub key: KeySource,
    /// Test unless the flow says live.
    pub mode: Mode,
    /// The `Stripe-Version` to send; the catalogue's by default.
    pub version: Option<String>,
    /// The longest time for one request; 80 s by default, as Stripe's own libraries have it.
    pub timeout: Option<Duration>,
    /// Requests a second for the whole account; just under Stripe's limit by default.
    pub rate: Option<u32>,
    /// Requests in flight at once.
    pub concurrency: Option<u32>,
    /// A connected account to act for (`Stripe-Account`).
    pub connect: Option<String>,
    /// Another server than Stripe's; without TLS on loopback only.
    pub base_url: Option<String>,
}

/// Where a secret key is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable of this name.
    Environment(String),
    /// The first line of a file.
    File(String),
}

/// Which of an account's two worlds a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Simulated money.
    Test,
    /// Real money.
    Live,
}

impl Mode {
    /// Gives the word that flows and key prefixes use.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Test => "test",
            Mode::Live => "live",
        }
    }
}
