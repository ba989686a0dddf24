use super::{ClientError, Method};

/// What is known of the object after a request has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This request did nothing, and says nothing about an earlier one with its key: it did not leave, or
    /// was turned away before it ran (401, 429, `lock_timeout`). The same key can be used again.
    NotSent,
    /// Stripe decided against it: a definite 4xx. A next attempt needs a new key, since Stripe may have
    /// stored the answer.
    Rejected,
    /// It may have run: a lost answer, a 5xx, another request with the same key still running. Only the
    /// same key, or a look at the objects, can tell.
    Unknown,
}

impl Outcome {
    /// Reads what an error of Stripe's means for the object.
    ///
    /// Answers of 429, 401 and of a conflict are given before the endpoint runs and are not stored under
    /// the key; a 500 is stored (<https://docs.stripe.com/error-low-level>).
    pub(super) fn of_status(status: u16, kind: Option<&str>, code: Option<&str>) -> Self {
        match (status, code) {
            (401 | 429, _) | (409, Some("lock_timeout")) => Outcome::NotSent,
            // A request with this key is under way.
            (409, None | Some("idempotency_key_in_use")) => Outcome::Unknown,
            // Another request had this key before; what became of it isn't said.
            (400..=499, _) if kind == Some("idempotency_error") => Outcome::Unknown,
            (400..=499, _) => Outcome::Rejected,
            _ => Outcome::Unknown,
        }
    }

    /// Tells what is known when `latest` follows an earlier attempt of the same request.
    ///
    /// After an attempt whose answer was lost, a POST's rejection is the answer to both, since the same
    /// key makes Stripe repeat what it did. A DELETE has no such memory: its 404 may mean that the lost
    /// attempt worked. A 403 is given before the key is looked at.
    pub(super) fn followed_by(self, latest: &ClientError, method: Method) -> Self {
        match (self, latest.outcome()) {
            (Outcome::NotSent | Outcome::Rejected, latest) => latest,
            (Outcome::Unknown, Outcome::NotSent | Outcome::Unknown) => Outcome::Unknown,
            (Outcome::Unknown, Outcome::Rejected) if latest.status() == Some(403) => Outcome::Unknown,
            (Outcome::Unknown, Outcome::Rejected) => match method {
                Method::Get | Method::Post => Outcome::Rejected,
                Method::Delete => Outcome::Unknown,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;
    use crate::stripe::{ApiError, ClientError, Method};

    fn api(status: u16, code: Option<&str>) -> ClientError {
        ClientError::Api(Box::new(ApiError {
            status,
            kind: None,
            code: code.map(str::to_owned),
            param: None,
            message: "no".to_owned(),
            request_id: None,
            doc_url: None,
            decline_code: None,
            outcome: Outcome::of_status(status, None, code),
        }))
    }

    #[test]
    fn a_definite_4xx_is_a_rejection_and_a_5xx_is_not() {
        assert_eq!(api(400, None).outcome(), Outcome::Rejected);
        assert_eq!(api(402, Some("card_declined")).outcome(), Outcome::Rejected);
        assert_eq!(api(404, None).outcome(), Outcome::Rejected);
        assert_eq!(api(500, None).outcome(), Outcome::Unknown);
        assert_eq!(api(503, None).outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_is_turned_away_before_it_runs_did_nothing() {
        assert_eq!(api(401, None).outcome(), Outcome::NotSent);
        assert_eq!(api(429, Some("rate_limit")).outcome(), Outcome::NotSent);
        assert_eq!(api(429, Some("lock_timeout")).outcome(), Outcome::NotSent);
        assert_eq!(api(409, Some("lock_timeout")).outcome(), Outcome::NotSent);
    }

    #[test]
    fn a_key_in_use_or_used_otherwise_settles_nothing() {
        assert_eq!(
            api(409, Some("idempotency_key_in_use")).outcome(),
            Outcome::Unknown
        );
        assert_eq!(api(409, None).outcome(), Outcome::Unknown);
        let mismatch = Outcome::of_status(400, Some("idempotency_error"), None);
        assert_eq!(mismatch, Outcome::Unknown);
    }

    #[test]
    fn a_lost_answer_stays_unknown_until_the_key_tells() {
        let lost = Outcome::Unknown;
        assert_eq!(lost.followed_by(&api(429, None), Method::Post), Outcome::Unknown);
        assert_eq!(lost.followed_by(&api(401, None), Method::Post), Outcome::Unknown);
        assert_eq!(lost.followed_by(&api(403, None), Method::Post), Outcome::Unknown);
        assert_eq!(lost.followed_by(&api(400, None), Method::Post), Outcome::Rejected);
    }

    #[test]
    fn a_delete_that_finds_nothing_after_a_lost_answer_is_unknown() {
        let lost = Outcome::Unknown;
        assert_eq!(
            lost.followed_by(&api(404, None), Method::Delete),
            Outcome::Unknown
        );
        assert_eq!(
            Outcome::NotSent.followed_by(&api(404, None), Method::Delete),
            Outcome::Rejected
        );
    }
}
