use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::EngineError;
use crate::engine::events::{Event, Progress};
use crate::engine::spool::Spool;
use crate::ledger::{ChangeRecord, IntentAction, Ledger, Page, RunId, RunSummary, StandingObject};
use crate::model::Form;
use crate::stripe::Client;

use super::decide::{Facts, Judge, Live, Maker, Noted};
use super::live::{path_of_change, path_of_object, read_all};
use super::rules::{rule_of, text_at};
use super::undoing::{Part, PlannedUndo, UndoTotals, Undoing};
use super::{RollbackPlan, RollbackWish};

/// How many changes are looked at together.
const PAGE: u32 = 500;

/// Plans to take a run back.
pub(super) struct UndoPlanner<'a, L> {
    pub(super) ledger: &'a Arc<L>,
    pub(super) client: &'a Client,
    pub(super) wish: &'a RollbackWish,
    pub(super) spool_directory: &'a Path,
    pub(super) progress: &'a Progress,
}

/// What a first walk over a run's changes finds out. Ids stand as hashes: a run may have a million.
#[derive(Default)]
struct Survey {
    /// What the run made.
    made: HashSet<u64>,
    changed_once: HashSet<u64>,
    /// What it changed more than once.
    changed_again: HashSet<u64>,
}

impl<L: Ledger> UndoPlanner<'_, L> {
    pub(super) async fn plan(&self) -> Result<RollbackPlan, EngineError> {
        let run = self.run().await?;
        let own_runs = self.own_runs().await?;
        let survey = self.survey().await?;
        let judge = Judge {
            wish: self.wish,
            own_runs: &own_runs,
        };
        let mut plan = RollbackPlan {
            run,
            totals: UndoTotals::default(),
            requests: 0,
            items: Spool::new(self.spool_directory, &format!("rollback-{}", self.wish.run)),
        };
        let mut known = Known::default();
        let mut parts = Parts::default();
        let mut page = Page::first(PAGE);
        loop {
            let changes = self.ledger.changes(self.wish.run, page).await?;
            let wanted: Vec<ChangeRecord> = changes
                .items
                .into_iter()
                .filter(|change| !survey.covers(change))
                .collect();
            self.note_undone(&wanted, &mut known.undone).await?;
            for planned in self.decide(&judge, &survey, wanted, &mut known).await? {
                parts.place(planned, &mut plan)?;
            }
            self.progress.send(Event::Reading {
                flow: format!("run {}", self.wish.run),
                rows: plan.totals.changes,
            });
            page.after = changes.next;
            if page.after.is_none() {
                parts.place_rest(&mut plan)?;
                return Ok(plan);
            }
        }
    }

    /// Reads what was taken back before, of flows that come for the first time.
    async fn note_undone(
        &self,
        changes: &[ChangeRecord],
        undone: &mut HashMap<String, HashSet<String>>,
    ) -> Result<(), EngineError> {
        for change in changes {
            if !undone.contains_key(&change.flow) {
                let ids = self.ledger.undone(&change.flow).await?;
                undone.insert(change.flow.clone(), ids.into_iter().collect());
            }
        }
        Ok(())
    }

    async fn run(&self) -> Result<RunSummary, EngineError> {
        let run = self.wish.run;
        if let Some(summary) = self.ledger.run(run).await? {
            return Ok(summary);
        }
        let newest = self.ledger.runs(1).await?.first().map(|newest| newest.id);
        Err(EngineError::NoRun { run, newest })
    }

    /// Finds the earlier rollbacks of the same run: what they changed is no change since.
    async fn own_runs(&self) -> Result<HashSet<RunId>, EngineError> {
        let newest = self.ledger.runs(1).await?.first().map_or(0, |newest| newest.id.0);
        let since = newest.saturating_sub(self.wish.run.0);
        let runs = self.ledger.runs(u32::try_from(since).unwrap_or(u32::MAX)).await?;
        let command = format!("rollback {}", self.wish.run);
        Ok(runs
            .into_iter()
            .filter(|run| run.start.command == command)
            .map(|run| run.id)
            .collect())
    }

    async fn survey(&self) -> Result<Survey, EngineError> {
        let mut survey = Survey::default();
        let mut page = Page::first(PAGE);
        loop {
            let changes = self.ledger.changes(self.wish.run, page).await?;
            for change in &changes.items {
                survey.note(change);
            }
            page.after = changes.next;
            if page.after.is_none() {
                return Ok(survey);
            }
        }
    }

    async fn decide(
        &self,
        judge: &Judge<'_>,
        survey: &Survey,
        changes: Vec<ChangeRecord>,
        known: &mut Known,
    ) -> Result<Vec<PlannedUndo>, EngineError> {
        let ids: Vec<String> = changes.iter().map(|change| change.stripe_id.clone()).collect();
        let standing = self.ledger.standing(&ids).await?;
        let live = read_all(self.client, changes.iter().filter_map(path_of_change)).await?;
        let invoices = invoices_of(&changes, &live);
        let live_invoices = read_all(
            self.client,
            invoices.values().filter_map(|id| path_of_object("invoice", id)),
        )
        .await?;
        let mut planned = Vec::with_capacity(changes.len());
        for (index, (change, standing)) in changes.into_iter().zip(standing).enumerate() {
            let invoice = invoices.get(&index);
            let live_invoice = invoice
                .and_then(|id| live_invoices.get(&path_of_object("invoice", id)?))
                .unwrap_or(&Live::Unread);
            let object = path_of_change(&change).and_then(|path| live.get(&path));
            let undoing = judge.decide(&Facts {
                change: &change,
                standing: &standing,
                live: object.unwrap_or(&Live::Unread),
                invoice: invoice.map(|id| (id.as_str(), live_invoice, survey.maker(id))),
                expected: known.expected.get(&change.stripe_id),
                noted: known.noted(&change),
            });
            survey.expect(&change, &undoing, &mut known.expected);
            planned.push(PlannedUndo {
                place: place_of(&change, &standing),
                change,
                undoing,
            });
        }
        Ok(planned)
    }
}

/// What is known while a run's changes are looked at.
#[derive(Default)]
struct Known {
    /// What objects will be like, once the undos so far are done.
    expected: HashMap<String, Form>,
    /// What earlier rollbacks took back, by flow.
    undone: HashMap<String, HashSet<String>>,
}

impl Known {
    fn noted(&self, change: &ChangeRecord) -> Noted {
        let of_flow = self.undone.get(&change.flow);
        match of_flow.is_some_and(|ids| ids.contains(&change.stripe_id)) {
            true => Noted::AsUndone,
            false => Noted::Nothing,
        }
    }
}

/// What goes with invoices that are still to come: a part is made after its invoice, and so comes before it here.
#[derive(Default)]
struct Parts(HashMap<String, Vec<PlannedUndo>>);

impl Parts {
    /// Adds a planned change to the plan, and behind an invoice its parts; a part waits for its invoice.
    fn place(&mut self, mut planned: PlannedUndo, plan: &mut RollbackPlan) -> Result<(), EngineError> {
        if let Undoing::With { id } = &planned.undoing {
            self.0.entry(id.clone()).or_default().push(planned);
            return Ok(());
        }
        let mut waiting = self.0.remove(&planned.change.stripe_id).unwrap_or_default();
        match &mut planned.undoing {
            Undoing::TakeBack { parts, .. } => parts.extend(waiting.iter().map(|part| Part {
                flow: part.change.flow.clone(),
                stripe_id: part.change.stripe_id.clone(),
            })),
            _ => stay(&mut waiting),
        }
        for planned in std::iter::once(planned).chain(waiting) {
            plan.add(planned)?;
        }
        Ok(())
    }

    /// Adds parts whose invoice did not come.
    fn place_rest(self, plan: &mut RollbackPlan) -> Result<(), EngineError> {
        for mut waiting in self.0.into_values() {
            stay(&mut waiting);
            for planned in waiting {
                plan.add(planned)?;
            }
        }
        Ok(())
    }
}

/// Parts of an invoice that is not taken back stay, too.
fn stay(parts: &mut [PlannedUndo]) {
    for part in parts {
        if let Undoing::With { id } = &part.undoing {
            part.undoing = Undoing::Impossible {
                reason: format!("its invoice {id} is not taken back"),
            };
        }
    }
}

impl RollbackPlan {
    fn add(&mut self, planned: PlannedUndo) -> Result<(), EngineError> {
        self.totals.add(&planned.undoing);
        self.requests += planned.undoing.requests();
        self.items.push(planned)
    }
}

impl Survey {
    fn note(&mut self, change: &ChangeRecord) {
        let id = short_hash(&change.stripe_id);
        match change.action {
            IntentAction::Create => {
                self.made.insert(id);
            }
            IntentAction::Update => {
                if !self.changed_once.insert(id) {
                    self.changed_again.insert(id);
                }
            }
            IntentAction::Delete | IntentAction::Call => {}
        }
    }

    /// Tells whether a change goes with the making of its object by the same run.
    fn covers(&self, change: &ChangeRecord) -> bool {
        change.action != IntentAction::Create && self.made.contains(&short_hash(&change.stripe_id))
    }

    fn maker(&self, id: &str) -> Maker {
        match self.made.contains(&short_hash(id)) {
            true => Maker::ThisRun,
            false => Maker::Others,
        }
    }

    /// Notes what an object will be like once a change is taken back, for the changes before it.
    fn expect(&self, change: &ChangeRecord, undoing: &Undoing, expected: &mut HashMap<String, Form>) {
        let (Undoing::Restore { fields, .. }, true) = (
            undoing,
            self.changed_again.contains(&short_hash(&change.stripe_id)),
        ) else {
            return;
        };
        let form = expected.entry(change.stripe_id.clone()).or_default();
        for field in fields {
            form.set(field.field.clone(), field.new.clone());
        }
    }
}

/// Finds the invoices that objects are part of, by the place of their change.
fn invoices_of(changes: &[ChangeRecord], live: &HashMap<String, Live>) -> HashMap<usize, String> {
    let of = |change: &ChangeRecord| {
        let member = rule_of(&change.resource)?.invoice?;
        let made = change.action == IntentAction::Create;
        let object: &Value = match live.get(&path_of_change(change)?)? {
            Live::Here(object) if made => object,
            _ => return None,
        };
        Some(text_at(object, member)).filter(|id| !id.is_empty())
    };
    let found = changes.iter().enumerate();
    found
        .filter_map(|(index, change)| Some((index, of(change)?)))
        .collect()
}

/// Gives the place of a change's own record.
fn place_of(change: &ChangeRecord, standing: &[StandingObject]) -> Option<String> {
    let of = standing.iter().map(|object| &object.provenance);
    let mut own = of.filter(|from| from.flow == change.flow && from.key == change.key);
    own.next().map(|from| from.place.clone())
}

/// 64 bits of an id: two of a million share theirs with a probability below one in ten million, and then an update
/// is left as it is that could have been taken back.
fn short_hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
