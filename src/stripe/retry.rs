use std::time::Duration;

use super::{ApiError, ClientError, Flaw, Method, Outcome};

/// The longest `Retry-After` that is waited for. A longer one is left aside, as Stripe's libraries did.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// How many times as often a read is sent again: it changes nothing, and a run that ends for the lack of one
/// answer has to read all the others again.
const PATIENCE_WITH_READS: u32 = 3;

/// How long to wait before a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The least delay, and the first one.
    pub shortest: Duration,
    /// What the doubling delay never exceeds.
    pub longest: Duration,
}

impl Default for Backoff {
    /// 0.5 to 5 seconds, as Stripe's libraries have it.
    fn default() -> Self {
        Backoff {
            shortest: Duration::from_millis(500),
            longest: Duration::from_secs(5),
        }
    }
}

impl Backoff {
    /// Gives the delay before the `n`th retry, counted from 1: `shortest · 2^(n−1)`, at most `longest`,
    /// times a random number from 0.5 to 1, at least `shortest`.
    fn before_retry(self, n: u32, random: &mut fastrand::Rng) -> Duration {
        let doubled = self
            .shortest
            .saturating_mul(2_u32.saturating_pow(n.saturating_sub(1)));
        let jittered = doubled.min(self.longest) * random.u32(500..=1000) / 1000;
        jittered.max(self.shortest)
    }
}

/// What the server's headers say of sending again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Advice {
    /// `Stripe-Should-Retry`.
    pub(super) should_retry: Option<bool>,
    /// `Retry-After`, in seconds. Dates are not read: Stripe sends none.
    pub(super) retry_after: Option<Duration>,
}

impl Advice {
    pub(super) fn from_headers(should_retry: Option<&str>, retry_after: Option<&str>) -> Self {
        Advice {
            should_retry: match should_retry {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            },
            retry_after: retry_after
                .and_then(|text| text.trim().parse().ok())
                .map(Duration::from_secs)
                .filter(|wait| *wait <= LONGEST_RETRY_AFTER),
        }
    }
}

/// An attempt that failed, and what the server advised.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: ClientError,
    pub(super) advice: Advice,
}

/// How many times to send again, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    pub(super) retries: u32,
    pub(super) backoff: Backoff,
}

impl RetryPolicy {
    /// Gives the time to wait before sending again after `retried` retries; `None` means to stop.
    pub(super) fn delay(
        &self,
        failure: &Failure,
        (method, retried): (Method, u32),
        random: &mut fastrand::Rng,
    ) -> Option<Duration> {
        let retries = match method {
            Method::Get if !is_out_of_reach(failure) => self.retries.saturating_mul(PATIENCE_WITH_READS),
            Method::Get | Method::Post | Method::Delete => self.retries,
        };
        if retried >= retries || !is_worth_retrying(failure) {
            return None;
        }
        let backoff = self.backoff.before_retry(retried + 1, random);
        Some(backoff.max(failure.advice.retry_after.unwrap_or_default()))
    }
}

/// Tells whether no connection came about at all.
fn is_out_of_reach(failure: &Failure) -> bool {
    matches!(
        failure.error,
        ClientError::NoAnswer {
            outcome: Outcome::NotSent,
            ..
        }
    )
}

/// Decides whether the same request, with the same key, may end otherwise.
///
/// The order is that of Stripe's libraries: a lost answer, the server's advice, conflicts, 5xx. They leave
/// a 429 alone without advice, since they can't slow down; this client can, so it always sends it again: a
/// 429 has done nothing and isn't stored under the key.
fn is_worth_retrying(failure: &Failure) -> bool {
    match &failure.error {
        ClientError::NoAnswer { .. } => true,
        ClientError::BadAnswer { flaw, .. } => match flaw {
            // The key makes Stripe repeat its answer, this time whole.
            Flaw::Truncated | Flaw::NotJson | Flaw::NoObject => failure.advice.should_retry.unwrap_or(true),
            Flaw::TooLarge | Flaw::Redirect | Flaw::Foreign | Flaw::NoList | Flaw::Circular => false,
        },
        ClientError::Api(error) if error.status == 429 => true,
        ClientError::Api(error) => failure.advice.should_retry.unwrap_or_else(|| may_pass(error)),
        ClientError::PublishableKey
        | ClientError::UnknownKey
        | ClientError::BaseUrl { .. }
        | ClientError::ZeroSetting { .. }
        | ClientError::Setup { .. }
        | ClientError::Refused { .. } => false,
    }
}

/// Tells whether an error passes with time: a conflict with another request, or a failure of Stripe's.
fn may_pass(error: &ApiError) -> bool {
    match error.status {
        409 => matches!(
            error.code.as_deref(),
            None | Some("idempotency_key_in_use" | "lock_timeout")
        ),
        status => status >= 500,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Advice, Backoff, Failure, RetryPolicy, is_worth_retrying};
    use crate::stripe::{ApiError, ClientError, Flaw, Method, Outcome};

    fn api(status: u16, code: Option<&str>, should_retry: Option<bool>) -> Failure {
        Failure {
            error: ClientError::Api(Box::new(ApiError {
                status,
                kind: None,
                code: code.map(str::to_owned),
                param: None,
                message: "no".to_owned(),
                request_id: None,
                doc_url: None,
                decline_code: None,
                outcome: Outcome::Unknown,
            })),
            advice: Advice {
                should_retry,
                retry_after: None,
            },
        }
    }

    fn no_answer() -> Failure {
        Failure {
            error: ClientError::NoAnswer {
                method: Method::Get,
                path: "/v1/x".to_owned(),
                reason: "timed out".to_owned(),
                outcome: Outcome::Unknown,
            },
            advice: Advice::default(),
        }
    }

    fn bad_answer(flaw: Flaw) -> Failure {
        Failure {
            error: ClientError::BadAnswer {
                method: Method::Post,
                path: "/v1/x".to_owned(),
                status: 200,
                flaw,
                request_id: None,
                outcome: Outcome::Unknown,
            },
            advice: Advice::default(),
        }
    }

    #[test]
    fn what_may_pass_is_sent_again() {
        assert!(is_worth_retrying(&no_answer()));
        assert!(is_worth_retrying(&bad_answer(Flaw::Truncated)));
        for (status, code) in [
            (409, None),
            (409, Some("idempotency_key_in_use")),
            (409, Some("lock_timeout")),
            (429, None),
            (429, Some("lock_timeout")),
            (500, None),
            (503, None),
        ] {
            assert!(is_worth_retrying(&api(status, code, None)), "{status} {code:?}");
        }
    }

    #[test]
    fn a_rows_own_error_is_not() {
        for (status, code) in [
            (400, Some("parameter_unknown")),
            (401, None),
            (402, Some("card_declined")),
            (403, None),
            (404, Some("resource_missing")),
            (409, Some("resource_already_exists")),
        ] {
            assert!(!is_worth_retrying(&api(status, code, None)), "{status} {code:?}");
        }
        assert!(!is_worth_retrying(&bad_answer(Flaw::Redirect)));
        assert!(!is_worth_retrying(&bad_answer(Flaw::TooLarge)));
    }

    #[test]
    fn the_servers_advice_is_obeyed_but_for_429() {
        assert!(!is_worth_retrying(&api(500, None, Some(false))));
        assert!(!is_worth_retrying(&api(409, None, Some(false))));
        assert!(is_worth_retrying(&api(400, None, Some(true))));
        assert!(is_worth_retrying(&api(429, None, Some(false))));
    }

    #[test]
    fn the_number_of_retries_is_kept() {
        let policy = RetryPolicy {
            retries: 2,
            backoff: Backoff::default(),
        };
        let mut random = fastrand::Rng::with_seed(7);
        let mut is_sent_again = |method, retried| {
            policy
                .delay(&no_answer(), (method, retried), &mut random)
                .is_some()
        };
        assert!(is_sent_again(Method::Post, 1) && !is_sent_again(Method::Post, 2));
        assert!(is_sent_again(Method::Delete, 1) && !is_sent_again(Method::Delete, 2));
        // A read changes nothing.
        assert!(is_sent_again(Method::Get, 5) && !is_sent_again(Method::Get, 6));
    }

    #[test]
    fn delays_are_those_of_stripes_libraries() {
        let mut random = fastrand::Rng::with_seed(7);
        for (n, least, most) in [
            (1, 500, 500),
            (2, 500, 1000),
            (3, 1000, 2000),
            (4, 2000, 4000),
            (5, 2500, 5000),
            (40, 2500, 5000),
            (u32::MAX, 2500, 5000),
        ] {
            for _ in 0..100 {
                let delay = Backoff::default().before_retry(n, &mut random).as_millis();
                assert!((least..=most).contains(&delay), "retry {n} after {delay} ms");
            }
        }
    }

    #[test]
    fn a_retry_after_is_waited_for_when_it_is_bearable() {
        let policy = RetryPolicy {
            retries: 1,
            backoff: Backoff::default(),
        };
        let mut failure = api(429, None, None);
        failure.advice = Advice::from_headers(None, Some("7"));
        let mut random = fastrand::Rng::with_seed(7);
        assert_eq!(
            policy.delay(&failure, (Method::Post, 0), &mut random),
            Some(Duration::from_secs(7))
        );
        assert_eq!(Advice::from_headers(None, Some("3600")).retry_after, None);
        assert_eq!(Advice::from_headers(None, Some("tomorrow")).retry_after, None);
    }
}
