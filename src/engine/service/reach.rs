//! Which flows a new generation has something to do for.

use std::sync::Arc;

use serde::Serialize;

use crate::model::Fingerprint;

/// The content of each source that a flow reads, `None` where it can't be read.
pub(super) type Rows = Vec<(Arc<str>, Option<Fingerprint>)>;

/// What a flow was planned with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    /// What decides what it sends.
    pub(super) program: String,
    /// What stands around that: guards, what a run leaves behind.
    pub(super) frame: String,
    /// The plugins that it calls.
    pub(super) plugins: Vec<(Arc<str>, Fingerprint)>,
    /// The account's declaration.
    pub(super) account: Option<String>,
    /// Its rows.
    pub(super) rows: Rows,
}

/// Why a flow is planned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It was not planned yet.
    New,
    /// The flow itself changed, or what it is declared with.
    Flow,
    /// A plugin that it calls changed.
    Plugin(Arc<str>),
    /// A sheet that it reads, or looks into, changed.
    Rows(Arc<str>),
    /// Its account's declaration changed.
    Account,
    /// Its time has come.
    Schedule,
    /// Its last run came to nothing.
    Again,
}

/// A flow that is planned, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// Its name.
    pub flow: Arc<str>,
    /// Why.
    pub because: Vec<Because>,
}

impl Basis {
    /// Tells what is not as it was when the flow was last planned; nothing when all is.
    pub(super) fn changes_since(&self, planned: Option<&Basis>) -> Vec<Because> {
        let Some(planned) = planned else {
            return vec![Because::New];
        };
        let mut because = Vec::new();
        if self.program != planned.program || self.frame != planned.frame {
            because.push(Because::Flow);
        }
        if self.account != planned.account {
            because.push(Because::Account);
        }
        let plugins = self
            .plugins
            .iter()
            .filter(|plugin| !planned.plugins.contains(plugin));
        because.extend(plugins.map(|(name, _)| Because::Plugin(Arc::clone(name))));
        let rows = self.rows.iter().filter(|rows| !planned.rows.contains(rows));
        because.extend(rows.map(|(name, _)| Because::Rows(Arc::clone(name))));
        because
    }
}

#[cfg(test)]
mod tests {
    use super::{Basis, Because};
    use crate::model::Fingerprint;

    fn basis(program: &str, plugin: &str, rows: &str) -> Basis {
        Basis {
            program: program.to_owned(),
            frame: String::new(),
            plugins: vec![("phone".into(), Fingerprint::of([plugin]))],
            account: None,
            rows: vec![
                ("sales".into(), Some(Fingerprint::of([rows]))),
                ("prices".into(), None),
            ],
        }
    }

    #[test]
    fn only_what_changed_is_a_reason() {
        let planned = basis("a", "b", "c");
        assert_eq!(planned.changes_since(Some(&planned)), []);
        assert_eq!(planned.changes_since(None), [Because::New]);
        assert_eq!(
            basis("x", "b", "c").changes_since(Some(&planned)),
            [Because::Flow]
        );
        assert_eq!(
            basis("a", "x", "x").changes_since(Some(&planned)),
            [Because::Plugin("phone".into()), Because::Rows("sales".into())]
        );
        let framed = Basis {
            frame: "a guard".to_owned(),
            account: Some("main".to_owned()),
            ..planned.clone()
        };
        assert_eq!(
            framed.changes_since(Some(&planned)),
            [Because::Flow, Because::Account]
        );
    }
}
