use std::collections::{HashMap, HashSet, VecDeque};

use axum::body::Bytes;
use sha2::{Digest, Sha256};

use super::call::Call;
use super::refusal::Refusal;

/// How long a key is kept, in seconds. Stripe: at least 24 hours.
pub(super) const LIFETIME: i64 = 24 * 60 * 60;

/// The longest key. Source: <https://docs.stripe.com/api/idempotent_requests>.
const LONGEST_KEY: usize = 255;

/// The answer that a key gives again.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) key: String,
    pub(super) fingerprint: Vec<u8>,
    pub(super) status: u16,
    pub(super) body: Bytes,
    /// The request id of the first answer.
    pub(super) request: String,
    /// Unix seconds.
    pub(super) created: i64,
}

/// The idempotency keys of an account.
#[derive(Debug, Default)]
pub(super) struct Keys {
    kept: HashMap<String, Kept>,
    by_age: VecDeque<(i64, String)>,
    running: HashSet<String>,
}

impl Keys {
    /// Looks a key up: the answer to give again, or `None` when the request is to run.
    ///
    /// Errors when the key was used with other parameters, is at work, or is too long.
    pub(super) fn look_up(
        &mut self,
        key: &str,
        fingerprint: &[u8],
        now: i64,
    ) -> Result<Option<&Kept>, Refusal> {
        if key.chars().count() > LONGEST_KEY {
            return Err(Refusal::request(format!(
                "Idempotency keys can have up to {LONGEST_KEY} characters."
            )));
        }
        self.forget_old(now);
        if let Some(kept) = self.kept.get(key).filter(|kept| kept.fingerprint != fingerprint) {
            return Err(Refusal::key_mismatch(&kept.key));
        }
        if self.running.contains(key) {
            return Err(Refusal::key_in_use(key));
        }
        Ok(self.kept.get(key))
    }

    /// Marks a key as at work, until [`Keys::end`].
    pub(super) fn begin(&mut self, key: &str) {
        self.running.insert(key.to_owned());
    }

    /// Marks a key as no longer at work.
    pub(super) fn end(&mut self, key: &str) {
        self.running.remove(key);
    }

    /// Keeps an answer.
    pub(super) fn keep(&mut self, kept: Kept) {
        self.by_age.push_back((kept.created, kept.key.clone()));
        self.kept.insert(kept.key.clone(), kept);
    }

    fn forget_old(&mut self, now: i64) {
        while let Some((created, key)) = self.by_age.front() {
            if !is_old(*created, now) {
                return;
            }
            if self.kept.get(key).is_some_and(|kept| is_old(kept.created, now)) {
                self.kept.remove(key);
            }
            self.by_age.pop_front();
        }
    }
}

/// Tells whether a key of that age is gone.
pub(super) fn is_old(created: i64, now: i64) -> bool {
    now.saturating_sub(created) >= LIFETIME
}

/// Gives the fingerprint of a request: its method, path and parameters, in whatever order.
pub(super) fn fingerprint(call: &Call) -> Vec<u8> {
    let mut pairs: Vec<_> = form_urlencoded::parse(&call.body).collect();
    pairs.sort_unstable();
    let mut digest = Sha256::new();
    let texts = [call.method.as_str(), call.path.as_str(), call.query.as_str()];
    let pairs = pairs.iter().flat_map(|(name, value)| [&**name, &**value]);
    for text in texts.into_iter().chain(pairs) {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    digest.finalize().to_vec()
}
