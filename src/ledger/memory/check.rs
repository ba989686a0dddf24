use std::collections::BTreeMap;

use crate::ledger::{Entry, Intent, LedgerError, RunId};
use crate::model::RecordKey;

use super::{Attempts, State};

/// Goes through a commit's entries without changing anything, and says which would break the protocol.
pub(super) struct Check<'a> {
    state: &'a State,
    /// What the commit itself has done so far: open or settled, by idempotency key.
    open: BTreeMap<&'a str, bool>,
    /// The attempts of the steps that the commit has touched.
    attempts: BTreeMap<(&'a str, &'a RecordKey, &'a str), Attempts>,
    /// The intents that the commit has opened.
    opened: BTreeMap<&'a str, &'a Intent>,
}

impl<'a> Check<'a> {
    pub(super) fn new(state: &'a State) -> Self {
        Check {
            state,
            open: BTreeMap::new(),
            attempts: BTreeMap::new(),
            opened: BTreeMap::new(),
        }
    }

    /// Gives the first error.
    pub(super) fn all(mut self, entries: &'a [Entry]) -> Result<(), LedgerError> {
        for entry in entries {
            match entry {
                Entry::Intent(intent) => self.run(intent.run).and_then(|()| self.intent(intent))?,
                Entry::Settled(settlement) => self.settled(&settlement.idempotency_key)?,
                Entry::Object(object) => self.run(object.run)?,
                Entry::Change(change) => self.run(change.run)?,
                Entry::Result(result) => self.run(result.run)?,
                Entry::Undone(object) => self.run(object.run)?,
                Entry::ObjectGone(_) | Entry::Fingerprint(_) | Entry::Stale(_) => {}
            }
        }
        Ok(())
    }

    fn run(&self, run: RunId) -> Result<(), LedgerError> {
        let known = self.state.runs.iter().any(|known| known.id == run);
        if known {
            Ok(())
        } else {
            Err(LedgerError::NoRun { run })
        }
    }

    fn is_open(&self, idempotency_key: &str) -> Option<bool> {
        let before = || self.state.intents.get(idempotency_key).map(Option::is_some);
        self.open.get(idempotency_key).copied().or_else(before)
    }

    fn attempts(&mut self, intent: &'a Intent) -> &mut Attempts {
        let state = self.state;
        self.attempts
            .entry((&intent.flow, &intent.key, &intent.step))
            .or_insert_with(|| {
                let steps = state.attempts.get(&(intent.flow.clone(), intent.key.clone()));
                steps
                    .and_then(|steps| steps.get(&intent.step))
                    .cloned()
                    .unwrap_or_default()
            })
    }

    fn intent(&mut self, intent: &'a Intent) -> Result<(), LedgerError> {
        let idempotency_key = intent.idempotency_key.clone();
        match self.is_open(&idempotency_key) {
            Some(true) => return Ok(()),
            Some(false) => return Err(LedgerError::IntentSettled { idempotency_key }),
            None => {}
        }
        let attempts = self.attempts(intent);
        if attempts.open.is_some() || attempts.generations.contains(&intent.generation) {
            return Err(LedgerError::IntentConflict { idempotency_key });
        }
        attempts.open = Some(idempotency_key);
        attempts.generations.insert(intent.generation);
        self.open.insert(&intent.idempotency_key, true);
        self.opened.insert(&intent.idempotency_key, intent);
        Ok(())
    }

    fn settled(&mut self, idempotency_key: &'a str) -> Result<(), LedgerError> {
        if self.is_open(idempotency_key) != Some(true) {
            return Err(LedgerError::IntentNotOpen {
                idempotency_key: idempotency_key.to_owned(),
            });
        }
        self.open.insert(idempotency_key, false);
        let state = self.state;
        let before = || state.intents.get(idempotency_key).and_then(Option::as_ref);
        if let Some(intent) = self.opened.get(idempotency_key).copied().or_else(before) {
            self.attempts(intent).open = None;
        }
        Ok(())
    }
}
