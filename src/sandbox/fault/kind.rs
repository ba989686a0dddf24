use std::fmt;

/// What may happen to a request instead of its plain answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// 429 `rate_limit`, before anything ran: too many requests.
    TooMany,
    /// 429 `lock_timeout`, before anything ran: another request holds the object.
    LockTimeout,
    /// 409 `idempotency_key_in_use`: another request with this key is still at work. Only with a key.
    Conflict,
    /// 500 that has done nothing. It is kept under the idempotency key, and given again.
    ErrorBefore,
    /// 500 although everything was done. It is kept under the idempotency key, and given again.
    ErrorAfter,
    /// The connection is closed before anything is done.
    DropBefore,
    /// The connection is closed when everything is done, before the answer.
    DropAfter,
    /// The answer comes when the client has given up, and everything is done by then.
    Stall,
    /// The answer comes in pieces.
    Slow,
    /// The connection is closed in the middle of the answer.
    Truncated,
    /// An answer of 200 that is no object of Stripe's.
    WrongJson,
}

impl FaultKind {
    /// All kinds, in the order of their names' table.
    pub const ALL: [FaultKind; 11] = [
        FaultKind::TooMany,
        FaultKind::LockTimeout,
        FaultKind::Conflict,
        FaultKind::ErrorBefore,
        FaultKind::ErrorAfter,
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Stall,
        FaultKind::Slow,
        FaultKind::Truncated,
        FaultKind::WrongJson,
    ];

    /// Gives the word that commands and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            FaultKind::TooMany => "429",
            FaultKind::LockTimeout => "lock-timeout",
            FaultKind::Conflict => "409",
            FaultKind::ErrorBefore => "500-before",
            FaultKind::ErrorAfter => "500-after",
            FaultKind::DropBefore => "drop-before",
            FaultKind::DropAfter => "drop-after",
            FaultKind::Stall => "stall",
            FaultKind::Slow => "slow",
            FaultKind::Truncated => "truncated",
            FaultKind::WrongJson => "wrong-json",
        }
    }

    /// Finds the kind with this name.
    pub fn parse(text: &str) -> Option<Self> {
        FaultKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Gives the place in [`FaultKind::ALL`].
    pub(in crate::sandbox) fn index(self) -> usize {
        self as usize
    }

    /// Tells whether only a request with an idempotency key can meet it.
    pub(super) fn needs_key(self) -> bool {
        self == FaultKind::Conflict
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::FaultKind;

    #[test]
    fn names_and_places_are_told_apart() {
        for (place, kind) in FaultKind::ALL.into_iter().enumerate() {
            assert_eq!(FaultKind::parse(kind.as_str()), Some(kind));
            assert_eq!(kind.index(), place);
        }
        assert_eq!(FaultKind::parse("all"), None);
    }
}
