use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::model::{AccountSpec, Clock, KeySource, Mode};
use crate::plan::Limits;
use crate::sandbox::{self, Sandbox};
use crate::stripe::{self, Backoff, Client, Settings};

use super::EngineError;

/// Requests in flight to a sandbox, which has no limit of its own.
const SANDBOX_CONCURRENCY: usize = 64;
/// What a sandbox fails at is over at once: nobody else uses it.
const SANDBOX_BACKOFF: Backoff = Backoff {
    shortest: Duration::from_millis(5),
    longest: Duration::from_millis(200),
};

/// Which server a run talks to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The account that the flow names.
    Account,
    /// The sandbox inside the process, with its objects beside the project.
    Sandbox,
    /// A server that runs already and speaks Stripe's API.
    Server(String),
}

/// An open way to one account, and the sandbox behind it where it is inside the process.
#[derive(Debug)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The account's id; empty where the key may not ask for it.
    pub account: String,
    /// Whether real money moves.
    pub mode: Mode,
    /// The rates that requests are kept below.
    pub limits: Limits,
    /// Stripe's time, which decides how long idempotency keys live.
    pub clock: Clock,
    sandbox: Option<Sandbox>,
}

impl Connection {
    /// Opens an account. `state` is where the embedded sandbox keeps its objects. `live` says that the
    /// person allowed live mode on the command line.
    pub async fn open(
        account: Option<&AccountSpec>,
        (target, live): (&Target, bool),
        state: &Path,
        clock: &Clock,
    ) -> Result<Connection, EngineError> {
        let (settings, mode, sandbox) = match (target, account) {
            (Target::Sandbox, _) | (Target::Account, None) => {
                let sandbox = start_sandbox(state, clock).await?;
                (
                    sandbox_settings(sandbox.base_url(), account)?,
                    Mode::Test,
                    Some(sandbox),
                )
            }
            (Target::Server(url), _) => (sandbox_settings(url.clone(), account)?, Mode::Test, None),
            (Target::Account, Some(spec)) => {
                check_live(spec, live)?;
                (account_settings(spec)?, spec.mode, None)
            }
        };
        let limits = Limits {
            account: settings.account_rate,
            endpoint: settings.endpoint_rate,
        };
        let client = Client::new(settings)?;
        let info = stripe::whoami(&client).await;
        let info = info.map_err(|error| EngineError::Account {
            message: error.to_string(),
        })?;
        let account = info.id.unwrap_or_default();
        let clock = stripes_clock(clock, &client);
        Ok(Connection {
            client,
            account,
            mode,
            limits,
            clock,
            sandbox,
        })
    }

    /// Makes the client of an account that the flow declares, for reading alone: live mode needs no
    /// permission here.
    pub fn client_of(account: &AccountSpec) -> Result<Client, EngineError> {
        Ok(Client::new(account_settings(account)?)?)
    }

    /// Tells whether the server is the sandbox inside the process.
    pub fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Ends the connection, and the embedded sandbox with it once its state is on disk.
    pub async fn close(self) -> Result<(), EngineError> {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await?;
        }
        Ok(())
    }
}

/// How far this machine's clock may be from Stripe's before Stripe's is taken: the header counts whole seconds, and
/// the answer took its time.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Gives Stripe's time, by the last answer. A machine whose clock is wrong would misjudge which keys Stripe still knows.
fn stripes_clock(clock: &Clock, client: &Client) -> Clock {
    let Some(server) = client.server_time() else {
        return clock.clone();
    };
    let offset = server.duration_since(clock.now());
    match offset.abs() > CLOCK_TOLERANCE {
        true => clock.shifted(offset),
        false => clock.clone(),
    }
}

async fn start_sandbox(state: &Path, clock: &Clock) -> Result<Sandbox, EngineError> {
    let write = |source| EngineError::Write {
        path: state.to_owned(),
        source,
    };
    fs::create_dir_all(state).map_err(write)?;
    let settings = sandbox::Settings {
        state: Some(state.join("stripe.db")),
        clock: clock.clone(),
        ..sandbox::Settings::default()
    };
    Ok(sandbox::start(settings).await?)
}

/// A sandbox takes any rate. How long it is waited for is the account's own.
fn sandbox_settings(base_url: String, account: Option<&AccountSpec>) -> Result<Settings, EngineError> {
    let mut settings = Settings::for_key(SecretString::from(sandbox::TEST_KEY))?;
    settings.base_url = base_url;
    settings.account_rate = None;
    settings.endpoint_rate = None;
    settings.concurrency = SANDBOX_CONCURRENCY;
    settings.backoff = SANDBOX_BACKOFF;
    if let Some(timeout) = account.and_then(|spec| spec.timeout) {
        settings.timeout = timeout;
    }
    Ok(settings)
}

fn check_live(spec: &AccountSpec, live: bool) -> Result<(), EngineError> {
    if spec.mode == Mode::Test || live {
        return Ok(());
    }
    let message = format!(
        "account `{}` is live: real money moves. Say `--live` to go on",
        spec.name
    );
    Err(EngineError::Account { message })
}

fn account_settings(spec: &AccountSpec) -> Result<Settings, EngineError> {
    let refused = |message: String| EngineError::Account { message };
    let key = read_key(spec)?;
    let mode =
        stripe::key_mode(&key).map_err(|error| refused(format!("account `{}`: {error}", spec.name)))?;
    if mode != spec.mode {
        return Err(refused(format!(
            "account `{}` says `mode = {}`, and its key is a {} key",
            spec.name,
            spec.mode.as_str(),
            mode.as_str()
        )));
    }
    let mut settings = Settings::for_key(key)?;
    settings.version = spec
        .version
        .clone()
        .unwrap_or_else(|| Catalog::embedded().api_version.to_owned());
    settings.timeout = spec.timeout.unwrap_or(Duration::from_secs(80));
    settings.connect_account = spec.connect.clone();
    if let Some(base_url) = &spec.base_url {
        settings.base_url = base_url.clone();
    }
    if let Some(rate) = spec.rate {
        settings.account_rate = Some(rate);
    }
    if let Some(concurrency) = spec.concurrency {
        settings.concurrency = concurrency as usize;
    }
    Ok(settings)
}

fn read_key(spec: &AccountSpec) -> Result<SecretString, EngineError> {
    let missing = |what: String| EngineError::Account {
        message: format!("account `{}`: {what}", spec.name),
    };
    let text = match &spec.key {
        KeySource::Environment(name) => env::var(name).map_err(|_| {
            missing(format!(
                "the environment has no `{name}`; set it to a secret key of Stripe"
            ))
        })?,
        KeySource::File(path) => fs::read_to_string(path)
            .map_err(|error| missing(format!("can't read the key file `{path}`: {error}")))?,
    };
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        _ => Err(missing("the key is empty".to_owned())),
    }
}
