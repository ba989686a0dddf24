use std::fmt;

use thiserror::Error;

use super::{Method, Outcome};

/// Why there is no good answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The key begins with `pk_`.
    #[error("a publishable key (`pk_…`) is for browsers; use a secret or restricted key (`sk_…`, `rk_…`)")]
    PublishableKey,
    /// The text is no key.
    #[error("the key does not begin with `sk_test_`, `rk_test_`, `sk_live_` or `rk_live_`")]
    UnknownKey,
    /// The base URL can't be used.
    #[error("the base URL `{url}` {problem}")]
    BaseUrl {
        /// As it was given.
        url: String,
        /// What is wrong, such as `is no URL`.
        problem: &'static str,
    },
    /// A setting of 0 would stop every request.
    #[error("the {setting} must be at least 1")]
    ZeroSetting {
        /// Which one.
        setting: &'static str,
    },
    /// The client for HTTP could not be made, as when the system has no certificates.
    #[error("the connection can't be prepared: {reason}")]
    Setup {
        /// What it said.
        reason: String,
    },
    /// The request was not fit to be sent.
    #[error("the request can't be sent: {reason}")]
    Refused {
        /// What is wrong with it. No values of the form.
        reason: String,
    },
    /// Nothing came back: no connection, a lost one, a timeout.
    #[error("no answer to {method} {path}: {reason}")]
    NoAnswer {
        /// The request's method.
        method: Method,
        /// The request's path.
        path: String,
        /// What failed, such as `timed out`.
        reason: String,
        /// What it means for the object.
        outcome: Outcome,
    },
    /// Something came back that is no answer of Stripe's.
    #[error("a bad answer to {method} {path} ({status}): {flaw}")]
    BadAnswer {
        /// The request's method.
        method: Method,
        /// The request's path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        flaw: Flaw,
        /// The `Request-Id`, when there is one.
        request_id: Option<String>,
        /// What it means for the object.
        outcome: Outcome,
    },
    /// Stripe's own error.
    #[error(transparent)]
    Api(Box<ApiError>),
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// The body ended too early.
    #[error("its body is cut off")]
    Truncated,
    /// The body is no JSON.
    #[error("its body is no JSON")]
    NotJson,
    /// The body is JSON, and neither an object nor a list of Stripe's.
    #[error("its body is no object of Stripe's")]
    NoObject,
    /// The body is longer than [`super::MAX_BODY`].
    #[error("its body is longer than 32 MiB")]
    TooLarge,
    /// The server points elsewhere. Redirects are never followed, since the key would go along.
    #[error("it redirects, which is not followed")]
    Redirect,
    /// A refusal without Stripe's `error`, such as a proxy's.
    #[error("it is not in Stripe's form; a proxy may have answered")]
    Foreign,
    /// A list was asked for.
    #[error("it is no list")]
    NoList,
    /// A list said that there is more, without a way on.
    #[error("the list goes in circles")]
    Circular,
}

/// An error as Stripe reports it. Source: <https://docs.stripe.com/api/errors>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Stripe's `type`, such as `invalid_request_error`.
    pub kind: Option<String>,
    /// Stripe's `code`, such as `parameter_unknown`.
    pub code: Option<String>,
    /// The parameter in question, such as `line_items[0][price]`.
    pub param: Option<String>,
    /// What Stripe says.
    pub message: String,
    /// The `Request-Id`.
    pub request_id: Option<String>,
    /// Where Stripe explains the code.
    pub doc_url: Option<String>,
    /// Why a card was declined.
    pub decline_code: Option<String>,
    /// What it means for the object.
    pub outcome: Outcome,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        write!(f, " ({}", self.status)?;
        for part in [&self.code, &self.decline_code, &self.request_id]
            .into_iter()
            .flatten()
        {
            write!(f, ", {part}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for ApiError {}

impl ClientError {
    /// Tells what is known of the object after this error.
    pub fn outcome(&self) -> Outcome {
        match self {
            ClientError::PublishableKey
            | ClientError::UnknownKey
            | ClientError::BaseUrl { .. }
            | ClientError::ZeroSetting { .. }
            | ClientError::Setup { .. }
            | ClientError::Refused { .. } => Outcome::NotSent,
            ClientError::NoAnswer { outcome, .. } | ClientError::BadAnswer { outcome, .. } => *outcome,
            ClientError::Api(error) => error.outcome,
        }
    }

    /// Gives the HTTP status, when a server answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            ClientError::BadAnswer { status, .. } => Some(*status),
            ClientError::Api(error) => Some(error.status),
            _ => None,
        }
    }

    /// Gives Stripe's request id, when it sent one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            ClientError::BadAnswer { request_id, .. } => request_id.as_deref(),
            ClientError::Api(error) => error.request_id.as_deref(),
            _ => None,
        }
    }

    /// Puts what all attempts together tell in the place of what the last one told.
    pub(super) fn with_outcome(mut self, settled: Outcome) -> Self {
        match &mut self {
            ClientError::NoAnswer { outcome, .. } | ClientError::BadAnswer { outcome, .. } => {
                *outcome = settled;
            }
            ClientError::Api(error) => error.outcome = settled,
            _ => {}
        }
        self
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        ClientError::Refused {
            reason: reason.into(),
        }
    }
}
