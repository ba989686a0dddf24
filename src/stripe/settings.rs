use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::{Backoff, ClientError, key_mode};
use crate::catalog::Catalog;
use crate::model::Mode;

/// How a client reaches an account, and how hard it may press.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where paths such as `/v1/customers` begin. Without TLS on loopback only.
    pub base_url: String,
    /// The secret or restricted key. Does not print.
    pub key: SecretString,
    /// The `Stripe-Version` to send.
    pub version: String,
    /// The longest time for one request with its answer, without the time that it waits to be sent.
    pub timeout: Duration,
    /// A connected account to act for (`Stripe-Account`).
    pub connect_account: Option<String>,
    /// The limit in requests a second for the whole account; requests keep just under it. `None` is no limit.
    pub account_rate: Option<u32>,
    /// The limit in requests a second for each endpoint; requests keep just under it. `None` is no limit.
    pub endpoint_rate: Option<u32>,
    /// The most requests in flight at once, at least 1.
    pub concurrency: usize,
    /// How many times one request that changes something is sent again; one that reads is, three times as often.
    pub retries: u32,
    /// How long to wait before a request is sent again.
    pub backoff: Backoff,
}

impl Settings {
    /// Makes the settings that fit a key: Stripe's server, the catalogue's version, 80 seconds as
    /// Stripe's own libraries have it, and Stripe's limits.
    ///
    /// Stripe allows 25 requests a second in test mode, 100 live, and 25 for each endpoint
    /// (<https://docs.stripe.com/rate-limits>). Refuses what [`key_mode`] refuses.
    pub fn for_key(key: SecretString) -> Result<Self, ClientError> {
        let (account_rate, concurrency) = match key_mode(&key)? {
            Mode::Test => (25, 24),
            Mode::Live => (100, 96),
        };
        Ok(Settings {
            base_url: "https://api.stripe.com".to_owned(),
            key,
            version: Catalog::embedded().api_version.to_owned(),
            timeout: Duration::from_secs(80),
            connect_account: None,
            account_rate: Some(account_rate),
            endpoint_rate: Some(25),
            concurrency,
            // More than the 2 of Stripe's libraries: ten seconds without a network shouldn't fail rows.
            retries: 5,
            backoff: Backoff::default(),
        })
    }

    /// Reads the base URL. The result has no `/` at its end.
    pub(super) fn checked_base(&self) -> Result<Url, ClientError> {
        let refuse = |problem| ClientError::BaseUrl {
            url: self.base_url.clone(),
            problem,
        };
        let url = Url::parse(&self.base_url).map_err(|_| refuse("is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            // The text isn't repeated: what stands before the `@` is a secret.
            return Err(ClientError::BaseUrl {
                url: "…".to_owned(),
                problem: "holds a user or a password",
            });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or a fragment"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback(&url) => Ok(url),
            "http" => Err(refuse("has no TLS, which is for loopback only")),
            _ => Err(refuse("is neither https nor http")),
        }
    }

    /// Checks the numbers that would stop every request.
    pub(super) fn check_limits(&self) -> Result<(), ClientError> {
        let zero = [
            ("rate", self.account_rate == Some(0)),
            ("endpoint rate", self.endpoint_rate == Some(0)),
            ("concurrency", self.concurrency == 0),
            ("timeout", self.timeout.is_zero()),
        ];
        match zero.iter().find(|(_, is_zero)| *is_zero) {
            Some((setting, _)) => Err(ClientError::ZeroSetting { setting }),
            None => Ok(()),
        }
    }
}

/// Tells whether a URL's host can only be this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn with_base(base_url: &str) -> Settings {
        Settings {
            base_url: base_url.to_owned(),
            ..Settings::for_key("sk_test_1".into()).expect("a key")
        }
    }

    #[test]
    fn limits_are_those_of_stripe() {
        let test = Settings::for_key("sk_test_1".into()).expect("a key");
        let live = Settings::for_key("rk_live_1".into()).expect("a key");
        assert_eq!((test.account_rate, test.endpoint_rate), (Some(25), Some(25)));
        assert_eq!((live.account_rate, live.endpoint_rate), (Some(100), Some(25)));
    }

    #[test]
    fn tls_may_be_missing_on_loopback_only() {
        for allowed in [
            "https://api.stripe.com",
            "http://127.0.0.1:12111",
            "http://127.8.8.8/",
            "http://[::1]:80",
            "http://localhost:1",
        ] {
            assert!(with_base(allowed).checked_base().is_ok(), "{allowed}");
        }
        for refused in [
            "http://api.stripe.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://0.0.0.0",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "https://api.stripe.com?x=1",
            "127.0.0.1:80",
            "",
        ] {
            assert!(with_base(refused).checked_base().is_err(), "{refused}");
        }
    }

    #[test]
    fn a_password_in_the_base_url_is_refused_and_not_repeated() {
        let error = with_base("https://me:hunter2@example.com")
            .checked_base()
            .expect_err("a secret");
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_limit_of_zero_is_refused() {
        let mut settings = with_base("https://api.stripe.com");
        settings.account_rate = Some(0);
        assert!(settings.check_limits().is_err());
        settings.account_rate = None;
        assert!(settings.check_limits().is_ok());
    }

    #[test]
    fn settings_print_without_the_key() {
        let printed = format!(
            "{:?}",
            Settings::for_key("sk_test_hunter2".into()).expect("a key")
        );
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
