use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::admission::Admission;
use super::answer::read_answer;
use super::http::Http;
use super::objects::Objects;
use super::retry::{Advice, Failure, RetryPolicy};
use super::window::Place;
use super::{Answer, ClientError, Method, Outcome, Request, Settings};

/// The way to one account. Clones share connections, limits and counts.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    http: Http,
    admission: Admission,
    objects: Objects,
    retry: RetryPolicy,
    random: Mutex<fastrand::Rng>,
    tally: Tally,
    /// The server's time when it answered last, in Unix seconds; 0 before the first answer.
    server_second: AtomicI64,
}

/// How many requests were sent, each attempt counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reads.
    pub get: u64,
    /// Creates, updates and calls.
    pub post: u64,
    /// Deletes.
    pub delete: u64,
    /// How many of all of them were sent again.
    pub retried: u64,
}

impl Counts {
    /// Gives what was sent since an earlier count.
    #[must_use]
    pub fn since(&self, earlier: &Counts) -> Counts {
        Counts {
            get: self.get.saturating_sub(earlier.get),
            post: self.post.saturating_sub(earlier.post),
            delete: self.delete.saturating_sub(earlier.delete),
            retried: self.retried.saturating_sub(earlier.retried),
        }
    }
}

#[derive(Default)]
struct Tally {
    get: AtomicU64,
    post: AtomicU64,
    delete: AtomicU64,
    retried: AtomicU64,
}

impl Client {
    /// Makes a client. Nothing is sent yet.
    ///
    /// Refuses a publishable or unknown key, a base URL without TLS that is not on loopback, and limits
    /// of 0.
    pub fn new(settings: Settings) -> Result<Client, ClientError> {
        super::key_mode(&settings.key)?;
        settings.check_limits()?;
        Ok(Client {
            inner: Arc::new(Inner {
                http: Http::new(&settings)?,
                admission: Admission::new(&settings),
                objects: Objects::default(),
                retry: RetryPolicy {
                    retries: settings.retries,
                    backoff: settings.backoff,
                },
                random: Mutex::new(fastrand::Rng::new()),
                tally: Tally::default(),
                server_second: AtomicI64::new(0),
                settings,
            }),
        })
    }

    /// Sends a request, and again where that may help, always with the same idempotency key.
    ///
    /// The error of the last attempt comes back; its [`ClientError::outcome`] speaks for all of them.
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, ClientError> {
        let inner = &*self.inner;
        let prepared = inner.http.prepare(request)?;
        let _held = match request.object {
            Some(id) => Some(inner.objects.hold(id).await),
            None => None,
        };
        let mut earlier = Outcome::NotSent;
        let mut retried = 0;
        loop {
            let failure = match inner.attempt(request, &prepared).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let outcome = match request.method {
                Method::Get => Outcome::NotSent,
                Method::Post | Method::Delete => earlier.followed_by(&failure.error, request.method),
            };
            let Some(delay) = inner.retry_delay(&failure, (request.method, retried)) else {
                return Err(failure.error.with_outcome(outcome));
            };
            earlier = outcome;
            retried += 1;
            inner.tally.retried.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(delay).await;
        }
    }

    /// Gives the number of requests that were sent so far, by this client and its clones.
    pub fn counts(&self) -> Counts {
        let tally = &self.inner.tally;
        Counts {
            get: tally.get.load(Ordering::Relaxed),
            post: tally.post.load(Ordering::Relaxed),
            delete: tally.delete.load(Ordering::Relaxed),
            retried: tally.retried.load(Ordering::Relaxed),
        }
    }

    /// Gives the server's time when it answered last, to the second; `None` before that.
    pub fn server_time(&self) -> Option<Timestamp> {
        match self.inner.server_second.load(Ordering::Relaxed) {
            0 => None,
            second => Timestamp::from_second(second).ok(),
        }
    }

    /// Gives the settings that the client was made with.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
}

impl Inner {
    async fn attempt(&self, request: &Request<'_>, prepared: &reqwest::Request) -> Result<Answer, Failure> {
        let place = self.admission.enter(request.endpoint).await;
        self.tally.count(request.method);
        let started = Instant::now();
        let exchanged = self.http.exchange(request, prepared).await;
        let ms = started.elapsed().as_millis() as u64;
        match exchanged {
            Ok(received) => {
                if let Some(date) = received.date {
                    self.server_second.store(date.as_second(), Ordering::Relaxed);
                }
                tracing::debug!(
                    method = %request.method,
                    path = request.path,
                    status = received.status,
                    request_id = received.request_id.as_deref(),
                    ms,
                    "answered"
                );
                let result = read_answer(&self.http, request, received);
                adapt(&place, &result);
                result
            }
            Err(error) => {
                tracing::debug!(method = %request.method, path = request.path, ms, %error, "not answered");
                Err(Failure {
                    error,
                    advice: Advice::default(),
                })
            }
        }
    }

    fn retry_delay(&self, failure: &Failure, tried: (Method, u32)) -> Option<Duration> {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        self.retry.delay(failure, tried, &mut random)
    }
}

/// Lets the window grow with good answers and shrink with 429. A `lock_timeout` is about one object, not
/// about how much is sent.
fn adapt(place: &Place<'_>, result: &Result<Answer, Failure>) {
    match result {
        Ok(_) => place.widen(),
        Err(Failure {
            error: ClientError::Api(error),
            ..
        }) if error.status == 429 && error.code.as_deref() != Some("lock_timeout") => place.narrow(),
        Err(_) => {}
    }
}

impl Tally {
    fn count(&self, method: Method) {
        let counter = match method {
            Method::Get => &self.get,
            Method::Post => &self.post,
            Method::Delete => &self.delete,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.inner.settings)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
