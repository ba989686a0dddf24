use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// What a record was made from when it was applied: what a person may have changed since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Its cells.
    pub row: Fingerprint,
    /// The flow, with its source's declaration and without its plugins.
    pub flow: Fingerprint,
    /// The plugins that the flow calls, each with the fingerprint of its file and limits, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<(Arc<str>, Fingerprint)>,
}

/// Why a record that was applied before is planned again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A cell of its row changed.
    Row,
    /// The flow changed.
    Flow,
    /// A plugin that the flow calls changed, or its limits.
    Plugin(Arc<str>),
}

impl Basis {
    /// Tells what has changed since an earlier apply, in the order row, flow, plugins.
    pub fn changed_since(&self, earlier: &Basis) -> Vec<Reason> {
        let row = (self.row != earlier.row).then_some(Reason::Row);
        let flow = (self.flow != earlier.flow).then_some(Reason::Flow);
        let plugins = self
            .plugins
            .iter()
            .filter(|plugin| !earlier.plugins.contains(plugin))
            .map(|(name, _)| Reason::Plugin(Arc::clone(name)));
        row.into_iter().chain(flow).chain(plugins).collect()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Row => f.write_str("the row"),
            Reason::Flow => f.write_str("the flow"),
            Reason::Plugin(name) => write!(f, "the plugin `{name}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Basis, Reason};
    use crate::model::Fingerprint;

    fn basis(row: &str, flow: &str, plugin: &str) -> Basis {
        Basis {
            row: Fingerprint::of([row]),
            flow: Fingerprint::of([flow]),
            plugins: vec![("phone".into(), Fingerprint::of([plugin]))],
        }
    }

    #[test]
    fn what_changed_is_named_and_nothing_else() {
        let earlier = basis("a", "b", "c");
        assert_eq!(earlier.changed_since(&earlier), []);
        assert_eq!(
            basis("x", "b", "x").changed_since(&earlier),
            [Reason::Row, Reason::Plugin("phone".into())]
        );
        assert_eq!(basis("a", "x", "c").changed_since(&earlier), [Reason::Flow]);
        // A plugin that is no longer called changes the flow, and is no reason of its own.
        let without = Basis {
            plugins: Vec::new(),
            ..basis("a", "x", "c")
        };
        assert_eq!(without.changed_since(&earlier), [Reason::Flow]);
    }
}
