use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::watch::Difference;

/// Why everything is read again.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// What is not as it was; nothing at the start and when a person asks.
    pub(super) differences: Vec<Difference>,
    /// When it was told of.
    pub(super) at: Instant,
    /// Whether the account is opened again too.
    pub(super) accounts_too: bool,
}

impl Change {
    /// The start: everything is new.
    pub(super) fn first() -> Self {
        Change::files(Vec::new())
    }

    /// A save.
    pub(super) fn files(differences: Vec<Difference>) -> Self {
        Change {
            differences,
            at: Instant::now(),
            accounts_too: false,
        }
    }

    /// The wish of a person to read everything again.
    pub(super) fn reread() -> Self {
        Change {
            accounts_too: true,
            ..Change::first()
        }
    }

    /// Takes an earlier change in that no attempt has come to an end with.
    pub(super) fn and(self, earlier: Option<Change>) -> Self {
        let Some(earlier) = earlier else { return self };
        let mut differences = BTreeMap::new();
        for difference in earlier.differences.into_iter().chain(self.differences) {
            differences.insert(difference.path, difference.kind);
        }
        Change {
            differences: differences
                .into_iter()
                .map(|(path, kind)| Difference { path, kind })
                .collect(),
            at: self.at,
            accounts_too: self.accounts_too || earlier.accounts_too,
        }
    }
}
