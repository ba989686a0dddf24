use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use super::key::mask;
use super::request::encode;
use super::retry::Advice;
use super::settings::is_loopback;
use super::{ClientError, Flaw, Method, Outcome, Request, Settings};

/// The longest body that is read, in bytes: a page of 100 large objects is below 2 MiB.
pub const MAX_BODY: usize = 32 * 1024 * 1024;

/// The longest time for a connection, as Stripe's libraries have it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest idempotency key that Stripe takes.
const MAX_IDEMPOTENCY_KEY: usize = 255;

const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const STRIPE_ACCOUNT: HeaderName = HeaderName::from_static("stripe-account");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The connection to one server: makes requests of ours into those of HTTP, and reads the answers.
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
    key: SecretString,
}

/// An answer as it came, with the key masked.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    pub(super) replayed: bool,
    /// The server's time.
    pub(super) date: Option<Timestamp>,
    pub(super) advice: Advice,
    /// The text, or what is wrong with it.
    pub(super) body: Result<String, Flaw>,
}

impl Http {
    /// Makes the one HTTP client of an account. Certificates are always checked, redirects never followed.
    pub(super) fn new(settings: &Settings) -> Result<Self, ClientError> {
        // One provider of TLS for the whole program. When one is there already, it is this one.
        rustls::crypto::ring::default_provider().install_default().ok();
        let base = settings.checked_base()?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("sheetflow/", env!("CARGO_PKG_VERSION")))
            .default_headers(fixed_headers(settings)?)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
            .timeout(settings.timeout);
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if base.scheme() == "http" {
            // No certificate is looked at, so the system's aren't read: that takes time, and it fails where
            // there are none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| ClientError::Setup {
            reason: causes(&error),
        })?;
        Ok(Http {
            client,
            base: base.as_str().trim_end_matches('/').to_owned(),
            key: settings.key.clone(),
        })
    }

    /// Makes a request ready to be sent, any number of times. Refuses what must not be sent.
    pub(super) fn prepare(&self, request: &Request<'_>) -> Result<reqwest::Request, ClientError> {
        let form = encode(request.form)?;
        let mut url = self.url(request.path)?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let has_body = request.method == Method::Post;
        if !has_body && !form.is_empty() {
            url.set_query(Some(&form));
        }
        let mut prepared = reqwest::Request::new(method, url);
        if has_body {
            let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
            prepared.headers_mut().insert(CONTENT_TYPE, content_type);
            *prepared.body_mut() = Some(Body::from(form));
        }
        if let Some(key) = checked_idempotency_key(request)? {
            prepared.headers_mut().insert(IDEMPOTENCY_KEY, key);
        }
        Ok(prepared)
    }

    /// Sends a prepared request once and reads the whole answer.
    pub(super) async fn exchange(
        &self,
        request: &Request<'_>,
        prepared: &reqwest::Request,
    ) -> Result<Received, ClientError> {
        let copy = prepared
            .try_clone()
            .ok_or_else(|| ClientError::refused("its body can't be sent twice"))?;
        let response = self
            .client
            .execute(copy)
            .await
            .map_err(|error| self.no_answer(request, error))?;
        let received = self.read_head(&response);
        let body = match read_body(response).await {
            Ok(body) => Ok(mask(body, &self.key)),
            Err(Unread::Flawed(flaw)) => Err(flaw),
            Err(Unread::Lost(error)) if error.is_timeout() => return Err(self.no_answer(request, error)),
            Err(Unread::Lost(_)) => Err(Flaw::Truncated),
        };
        Ok(Received { body, ..received })
    }

    /// Replaces the key wherever a text repeats it.
    pub(super) fn mask(&self, text: String) -> String {
        mask(text, &self.key)
    }

    fn url(&self, path: &str) -> Result<Url, ClientError> {
        let refuse = || ClientError::refused(format!("`{path}` is no path of the API"));
        if !path.starts_with('/') || path.contains(['?', '#']) {
            return Err(refuse());
        }
        let text = format!("{}{path}", self.base);
        let url = Url::parse(&text).map_err(|_| refuse())?;
        // A URL that was rewritten while it was read, as with `..`, names something else.
        if url.as_str() == text {
            Ok(url)
        } else {
            Err(refuse())
        }
    }

    fn read_head(&self, response: &reqwest::Response) -> Received {
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        Received {
            status: response.status().as_u16(),
            request_id: header("request-id").map(|id| self.mask(id.to_owned())),
            replayed: header("idempotent-replayed") == Some("true"),
            date: header("date").and_then(read_date),
            advice: Advice::from_headers(header("stripe-should-retry"), header("retry-after")),
            body: Ok(String::new()),
        }
    }

    /// A connection that never came to be carried nothing; any other loss leaves the outcome open.
    fn no_answer(&self, request: &Request<'_>, error: reqwest::Error) -> ClientError {
        let outcome = if error.is_connect() {
            Outcome::NotSent
        } else {
            Outcome::Unknown
        };
        let reason = if error.is_timeout() {
            "timed out".to_owned()
        } else {
            causes(&error.without_url())
        };
        ClientError::NoAnswer {
            method: request.method,
            path: request.path.to_owned(),
            reason: self.mask(reason),
            outcome,
        }
    }
}

/// Why a body could not be read.
enum Unread {
    Flawed(Flaw),
    Lost(reqwest::Error),
}

/// Reads a date as HTTP writes it: `Sat, 21 Nov 2026 20:16:49 GMT`.
fn read_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

async fn read_body(mut response: reqwest::Response) -> Result<String, Unread> {
    let announced = response.content_length().unwrap_or(0);
    if announced > MAX_BODY as u64 {
        return Err(Unread::Flawed(Flaw::TooLarge));
    }
    let mut body = Vec::with_capacity(announced as usize);
    while let Some(chunk) = response.chunk().await.map_err(Unread::Lost)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Unread::Flawed(Flaw::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| Unread::Flawed(Flaw::NotJson))
}

/// The headers that every request carries.
fn fixed_headers(settings: &Settings) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::with_capacity(4);
    let bearer = format!("Bearer {}", settings.key.expose_secret());
    let mut authorization = HeaderValue::from_str(&bearer).map_err(|_| ClientError::UnknownKey)?;
    authorization.set_sensitive(true);
    headers.insert(AUTHORIZATION, authorization);
    headers.insert(STRIPE_VERSION, header_value("version", &settings.version)?);
    if let Some(account) = &settings.connect_account {
        headers.insert(STRIPE_ACCOUNT, header_value("connected account", account)?);
    }
    Ok(headers)
}

fn checked_idempotency_key(request: &Request<'_>) -> Result<Option<HeaderValue>, ClientError> {
    match (request.method, request.idempotency_key) {
        (Method::Get, _) => Ok(None),
        (Method::Post | Method::Delete, None) => Err(ClientError::refused(format!(
            "a {} needs an idempotency key",
            request.method
        ))),
        (Method::Post | Method::Delete, Some(key)) if key.is_empty() || key.len() > MAX_IDEMPOTENCY_KEY => {
            Err(ClientError::refused(
                "its idempotency key is empty or longer than 255 characters",
            ))
        }
        (Method::Post | Method::Delete, Some(key)) => header_value("idempotency key", key).map(Some),
    }
}

fn header_value(what: &str, text: &str) -> Result<HeaderValue, ClientError> {
    HeaderValue::from_str(text)
        .map_err(|_| ClientError::refused(format!("the {what} has characters that can't be sent")))
}

/// Tells an error with its causes, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let told = cause.to_string();
        if !text.contains(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        next = cause.source();
    }
    text
}
