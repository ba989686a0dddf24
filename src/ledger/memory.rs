mod check;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Basis, Fingerprint, RecordKey};

use super::{
    AccountMark, ChangeRecord, Cursor, Entry, Intent, KnownObject, KnownRecord, Ledger, LedgerError,
    ObjectRecord, Page, Paged, Provenance, RecordOutcome, RecordResult, ResultCount, ResultPage, RunEnd,
    RunId, RunStart, RunSummary, StandingObject,
};

use check::Check;

/// A ledger that ends with the process: for tests, and for runs that leave nothing behind.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    state: Mutex<State>,
}

/// Flow and key.
type Record = (String, RecordKey);

#[derive(Debug, Default)]
struct State {
    account: Option<AccountMark>,
    runs: Vec<RunSummary>,
    fingerprints: BTreeMap<Record, (Fingerprint, Basis)>,
    objects: BTreeMap<Record, BTreeMap<String, StoredObject>>,
    /// By idempotency key; `None` when settled.
    intents: BTreeMap<String, Option<Intent>>,
    /// All generations of each step, and the idempotency key of its open intent.
    attempts: BTreeMap<Record, BTreeMap<String, Attempts>>,
    changes: Vec<ChangeRecord>,
    /// Flow and id of what was taken back.
    undone: BTreeSet<(String, String)>,
    results: Vec<RecordResult>,
}

#[derive(Debug)]
struct StoredObject {
    record: ObjectRecord,
    made_run: RunId,
}

#[derive(Clone, Debug, Default)]
struct Attempts {
    generations: BTreeSet<u32>,
    open: Option<String>,
}

impl State {
    /// Gives the keys of a flow behind `after` that have objects.
    fn keys<'a>(
        &'a self,
        flow: &'a str,
        after: Option<&'a RecordKey>,
    ) -> impl Iterator<Item = &'a RecordKey> {
        self.objects
            .iter()
            .filter(move |((of, _), objects)| of == flow && !objects.is_empty())
            .map(|((_, key), _)| key)
            .filter(move |key| after.is_none_or(|after| *key > after))
    }
}

impl MemoryLedger {
    /// Makes an empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// A commit checks before it changes anything, so the state is whole even behind a poisoned lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    async fn account(&self) -> Result<Option<AccountMark>, LedgerError> {
        Ok(self.state().account.clone())
    }

    async fn record_account(&self, account: &AccountMark) -> Result<(), LedgerError> {
        let mut state = self.state();
        let known = state.account.get_or_insert_with(|| account.clone());
        if known == account {
            Ok(())
        } else {
            Err(LedgerError::other_account(known, account))
        }
    }

    async fn start_run(&self, start: &RunStart) -> Result<RunId, LedgerError> {
        let mut state = self.state();
        let id = RunId(
            i64::try_from(state.runs.len())
                .unwrap_or(i64::MAX)
                .saturating_add(1),
        );
        state.runs.push(RunSummary {
            id,
            start: start.clone(),
            end: None,
        });
        Ok(id)
    }

    async fn finish_run(&self, run: RunId, end: &RunEnd) -> Result<(), LedgerError> {
        let mut state = self.state();
        let known = state
            .runs
            .iter_mut()
            .find(|known| known.id == run)
            .ok_or(LedgerError::NoRun { run })?;
        known.end = Some(end.clone());
        Ok(())
    }

    async fn runs(&self, limit: u32) -> Result<Vec<RunSummary>, LedgerError> {
        Ok(self
            .state()
            .runs
            .iter()
            .rev()
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn run(&self, run: RunId) -> Result<Option<RunSummary>, LedgerError> {
        Ok(self.state().runs.iter().find(|known| known.id == run).cloned())
    }

    async fn last_run(&self, flow: &str) -> Result<Option<RunSummary>, LedgerError> {
        let state = self.state();
        let of_flow = |run: &&RunSummary| run.start.flows.iter().any(|(name, _)| name == flow);
        Ok(state.runs.iter().rev().find(of_flow).cloned())
    }

    async fn fingerprints(
        &self,
        flow: &str,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<Fingerprint>>, LedgerError> {
        let state = self.state();
        Ok(keys
            .iter()
            .map(|key| state.fingerprints.get(&(flow.to_owned(), key.clone())))
            .map(|found| found.map(|(fingerprint, _)| fingerprint.clone()))
            .collect())
    }

    async fn known(&self, flow: &str, keys: &[RecordKey]) -> Result<Vec<KnownRecord>, LedgerError> {
        let state = self.state();
        Ok(keys
            .iter()
            .map(|key| state.known(&(flow.to_owned(), key.clone())))
            .collect())
    }

    async fn open_intents(&self, flow: Option<&str>) -> Result<Vec<Intent>, LedgerError> {
        let state = self.state();
        let open = state.intents.values().flatten();
        let mut open: Vec<Intent> = open
            .filter(|intent| flow.is_none_or(|flow| intent.flow == flow))
            .cloned()
            .collect();
        open.sort_by(|one, two| {
            (one.created, &one.idempotency_key).cmp(&(two.created, &two.idempotency_key))
        });
        Ok(open)
    }

    async fn commit(&self, entries: Vec<Entry>) -> Result<(), LedgerError> {
        let mut state = self.state();
        Check::new(&state).all(&entries)?;
        for entry in entries {
            state.keep(entry);
        }
        Ok(())
    }

    async fn results(&self, run: RunId, page: &ResultPage) -> Result<Paged<RecordResult>, LedgerError> {
        let state = self.state();
        let wanted = numbered(&state.results)
            .filter(|(_, result)| result.run == run)
            .filter(|(_, result)| page.outcomes.is_empty() || page.outcomes.contains(&result.outcome))
            .filter(|(_, result)| page.flow.as_ref().is_none_or(|flow| result.flow == *flow))
            .filter(|(cursor, _)| page.page.after.is_none_or(|after| *cursor > after));
        Ok(take_page(wanted, page.page.limit))
    }

    async fn result_counts(&self, run: RunId) -> Result<Vec<ResultCount>, LedgerError> {
        let state = self.state();
        let mut counts: BTreeMap<(&str, &str), (RecordOutcome, u64)> = BTreeMap::new();
        for result in state.results.iter().filter(|result| result.run == run) {
            let (_, count) = counts
                .entry((&result.flow, result.outcome.as_str()))
                .or_insert((result.outcome, 0));
            *count += 1;
        }
        Ok(counts
            .into_iter()
            .map(|((flow, _), (outcome, count))| ResultCount {
                flow: flow.to_owned(),
                outcome,
                count,
            })
            .collect())
    }

    async fn changes_of(&self, stripe_id: &str, limit: u32) -> Result<Vec<ChangeRecord>, LedgerError> {
        let state = self.state();
        let changes = state
            .changes
            .iter()
            .filter(|change| change.stripe_id == stripe_id);
        Ok(changes.take(limit as usize).cloned().collect())
    }

    async fn standing(&self, stripe_ids: &[String]) -> Result<Vec<Vec<StandingObject>>, LedgerError> {
        let state = self.state();
        Ok(stripe_ids.iter().map(|id| state.standing(id)).collect())
    }

    async fn changes(&self, run: RunId, page: Page) -> Result<Paged<ChangeRecord>, LedgerError> {
        let state = self.state();
        let mut wanted: Vec<_> = numbered(&state.changes)
            .filter(|(_, change)| change.run == run)
            .filter(|(cursor, _)| page.after.is_none_or(|after| *cursor < after))
            .collect();
        wanted.reverse();
        Ok(take_page(wanted.into_iter(), page.limit))
    }

    async fn object_by_id(&self, stripe_id: &str) -> Result<Option<Provenance>, LedgerError> {
        let state = self.state();
        let objects = state.objects.values().flat_map(BTreeMap::values);
        Ok(objects
            .filter(|object| object.record.stripe_id == stripe_id)
            .min_by_key(|object| (!object.record.created_by_us, object.made_run))
            .map(StoredObject::provenance))
    }

    async fn undone(&self, flow: &str) -> Result<Vec<String>, LedgerError> {
        let state = self.state();
        let undone = state.undone.iter().filter(|(of, _)| of == flow);
        Ok(undone.map(|(_, id)| id.clone()).collect())
    }

    async fn keys(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<RecordKey>, LedgerError> {
        let state = self.state();
        let keys = state.keys(flow, after);
        Ok(keys.take(limit as usize).cloned().collect())
    }

    async fn unfinished(
        &self,
        flow: &str,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<RecordKey>, LedgerError> {
        let state = self.state();
        let is_finished = |key: &RecordKey| state.fingerprints.contains_key(&(flow.to_owned(), key.clone()));
        let keys = state.keys(flow, after).filter(|key| !is_finished(key));
        Ok(keys.take(limit as usize).cloned().collect())
    }
}

fn numbered<Item>(items: &[Item]) -> impl Iterator<Item = (Cursor, &Item)> {
    (1..).map(Cursor).zip(items)
}

fn take_page<'a, Item: Clone + 'a>(
    items: impl Iterator<Item = (Cursor, &'a Item)>,
    limit: u32,
) -> Paged<Item> {
    let taken: Vec<(Cursor, &Item)> = items.take(limit as usize).collect();
    let next = taken
        .last()
        .map(|(cursor, _)| *cursor)
        .filter(|_| taken.len() == limit as usize);
    Paged {
        items: taken.into_iter().map(|(_, item)| item.clone()).collect(),
        next,
    }
}

impl State {
    fn known(&self, record: &Record) -> KnownRecord {
        let mut known = KnownRecord::unknown(record.1.clone());
        (known.fingerprint, known.basis) = self.fingerprints.get(record).cloned().unzip();
        known.objects = self
            .objects
            .get(record)
            .into_iter()
            .flatten()
            .map(|(_, object)| object.known())
            .collect();
        for (step, attempts) in self.attempts.get(record).into_iter().flatten() {
            known.generations.extend(
                attempts
                    .generations
                    .last()
                    .map(|highest| (step.clone(), *highest)),
            );
            let open = attempts.open.as_ref().and_then(|key| self.intents.get(key));
            known.intents.extend(open.cloned().flatten());
        }
        known
    }

    fn standing(&self, stripe_id: &str) -> Vec<StandingObject> {
        let objects = self.objects.values().flat_map(BTreeMap::values);
        let mut standing: Vec<StandingObject> = objects
            .filter(|object| object.record.stripe_id == stripe_id)
            .map(|object| StandingObject {
                provenance: object.provenance(),
                form: object.record.form.clone(),
            })
            .collect();
        // Flow, record and step are in order already.
        standing.sort_by_key(|object| (!object.provenance.created_by_us, object.provenance.made_run));
        standing
    }

    /// Keeps an entry that [`Check`] has let through.
    fn keep(&mut self, entry: Entry) {
        match entry {
            Entry::Intent(intent) => self.open(intent),
            Entry::Settled(settlement) => self.settle(&settlement.idempotency_key),
            Entry::Object(object) => self.keep_object(object),
            Entry::ObjectGone(gone) => {
                let record = (gone.flow, gone.key);
                self.fingerprints.remove(&record);
                if let Some(objects) = self.objects.get_mut(&record) {
                    objects.remove(&gone.step);
                }
            }
            Entry::Change(change) => self.changes.push(change),
            Entry::Result(result) => self.results.push(result),
            Entry::Fingerprint(known) => {
                self.fingerprints
                    .insert((known.flow, known.key), (known.fingerprint, known.basis));
            }
            Entry::Undone(object) => {
                self.undone.insert((object.flow, object.stripe_id));
            }
            Entry::Stale(record) => {
                self.fingerprints.remove(&(record.flow, record.key));
            }
        }
    }

    fn open(&mut self, intent: Intent) {
        let record = (intent.flow.clone(), intent.key.clone());
        self.fingerprints.remove(&record);
        let attempts = self
            .attempts
            .entry(record)
            .or_default()
            .entry(intent.step.clone())
            .or_default();
        if attempts.open.as_ref() == Some(&intent.idempotency_key) {
            return;
        }
        attempts.generations.insert(intent.generation);
        attempts.open = Some(intent.idempotency_key.clone());
        self.intents.insert(intent.idempotency_key.clone(), Some(intent));
    }

    fn settle(&mut self, idempotency_key: &str) {
        let Some(intent) = self.intents.get_mut(idempotency_key).and_then(Option::take) else {
            return;
        };
        let steps = self.attempts.entry((intent.flow, intent.key)).or_default();
        steps.entry(intent.step).or_default().open = None;
    }

    fn keep_object(&mut self, record: ObjectRecord) {
        let objects = self
            .objects
            .entry((record.flow.clone(), record.key.clone()))
            .or_default();
        let made_run = match objects.get(&record.step) {
            Some(known) if known.record.stripe_id == record.stripe_id => known.made_run,
            _ => record.run,
        };
        objects.insert(record.step.clone(), StoredObject { record, made_run });
    }
}

impl StoredObject {
    fn known(&self) -> KnownObject {
        KnownObject {
            step: self.record.step.clone(),
            resource: self.record.resource.clone(),
            stripe_id: self.record.stripe_id.clone(),
            form: self.record.form.clone(),
            fingerprint: self.record.fingerprint.clone(),
            created_by_us: self.record.created_by_us,
            made_run: self.made_run,
            run: self.record.run,
        }
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            flow: self.record.flow.clone(),
            key: self.record.key.clone(),
            step: self.record.step.clone(),
            resource: self.record.resource.clone(),
            stripe_id: self.record.stripe_id.clone(),
            created_by_us: self.record.created_by_us,
            made_run: self.made_run,
            run: self.record.run,
            place: self.record.place.clone(),
            updated: self.record.updated,
        }
    }
}
