//! `adopt`: existing objects into the ledger, and nothing sent.

use serde_json::json;

use crate::ledger::{
    Entry, Ledger, ObjectRecord, ProjectLock, RecordFingerprint, RecordOutcome, RecordResult, RunId, RunState,
};
use crate::model::Rejection;
use crate::plan::{Action, AdoptionCounts, NotAdopted, Outcome, PlannedRecord};

use super::events::{Event, Progress};
use super::planning::planner::{FlowPlan, Plan, Planner, Purpose};
use super::{EngineError, Session};

/// How many records share a commit.
const CHUNK: usize = 500;

/// What an adoption did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The run's number; `None` when there was nothing to take.
    pub run: Option<RunId>,
    /// What was taken.
    pub counts: AdoptionCounts,
}

impl<L: Ledger> Planner<'_, L> {
    /// Passes over a record of which the ledger knows all that can be known, and rejects one that would take the
    /// object of another record.
    pub(super) async fn adoptable(
        &self,
        flow: &str,
        mut record: PlannedRecord,
    ) -> Result<Option<PlannedRecord>, EngineError> {
        let tells = record.steps().iter().any(|step| tells(&step.action));
        if !tells && matches!(record.outcome, Outcome::Steps(_)) {
            return Ok(None);
        }
        for step in record.steps() {
            let Action::Adopt { id, .. } = &step.action else {
                continue;
            };
            let owner = self.ledger.object_by_id(id).await?;
            let other = owner.filter(|owner| owner.flow == flow && Some(&owner.key) != record.key.as_ref());
            if let Some(other) = other {
                let message = format!("the match, {id}, stands for the record `{}` already", other.key);
                let place = record.place.clone();
                record.outcome = Outcome::Rejected(Rejection {
                    message,
                    place,
                    field: None,
                });
                break;
            }
        }
        Ok(Some(record))
    }
}

impl Session {
    /// Plans which existing objects are taken into the ledger, by which rows. Sends nothing that changes anything.
    pub async fn plan_adoption(&self, progress: &Progress) -> Result<Plan, EngineError> {
        self.plan_for(Purpose::Adopt, progress).await
    }

    /// Takes the objects of such a plan into the ledger. Sends nothing. Needs the lock.
    pub async fn adopt(
        &self,
        _lock: &ProjectLock,
        mut plan: Plan,
        progress: &Progress,
    ) -> Result<Adopted, EngineError> {
        let counts = plan.summary().adoption;
        if counts.adopted == 0 {
            return Ok(Adopted { run: None, counts });
        }
        let (run, journal) = (self.start_run("adopt", &[]).await?, self.journal());
        for flow in &mut plan.flows {
            progress.send(Event::Applying {
                flow: flow.flow.name.to_string(),
                records: flow.summary.adoption.adopted,
            });
            let adopting = Adopting {
                flow: flow.flow.name.to_string(),
                run,
                updated: self.clock().now(),
            };
            adopting
                .flow(flow, async |entries| Ok(journal.append(entries).await?))
                .await?;
        }
        journal.close().await?;
        self.finish_run(run, RunState::Finished, json!({ "adoption": counts }))
            .await?;
        Ok(Adopted {
            run: Some(run),
            counts,
        })
    }
}

/// Tells whether an adoption has something to say of a step.
fn tells(action: &Action) -> bool {
    matches!(
        action,
        Action::Adopt { .. }
            | Action::NotAdopted {
                why: NotAdopted::NoMatch | NotAdopted::Later
            }
    )
}

/// The adoption of one flow.
struct Adopting {
    flow: String,
    run: RunId,
    updated: jiff::Timestamp,
}

impl Adopting {
    async fn flow(
        &self,
        plan: &mut FlowPlan,
        commit: impl AsyncFn(Vec<Entry>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let mut items = plan.records()?;
        loop {
            let chunk = items.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>()?;
            if chunk.is_empty() {
                return Ok(());
            }
            let entries: Vec<Entry> = chunk.iter().flat_map(|record| self.entries(record)).collect();
            commit(entries).await?;
        }
    }

    /// Gives what the ledger is told of a record.
    fn entries(&self, record: &PlannedRecord) -> Vec<Entry> {
        let Some(key) = record.key.as_ref().filter(|_| record.adopts()) else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        let mut first = None;
        for step in record.steps() {
            let Action::Adopt {
                id, form, made_here, ..
            } = &step.action
            else {
                continue;
            };
            first = first.or(Some(id.clone()));
            entries.push(Entry::Object(ObjectRecord {
                flow: self.flow.clone(),
                key: key.clone(),
                step: step.name.clone(),
                resource: step.resource.clone(),
                stripe_id: id.clone(),
                fingerprint: form.fingerprint(),
                form: form.clone(),
                created_by_us: *made_here,
                run: self.run,
                place: record.place.clone(),
                updated: self.updated,
            }));
        }
        if record.steps().iter().all(|step| agrees(&step.action)) {
            entries.push(Entry::Fingerprint(RecordFingerprint {
                flow: self.flow.clone(),
                key: key.clone(),
                fingerprint: record.fingerprint.clone(),
                basis: record.basis.clone(),
            }));
        }
        entries.push(Entry::Result(RecordResult {
            run: self.run,
            flow: self.flow.clone(),
            key: Some(key.clone()),
            place: record.place.clone(),
            step: None,
            outcome: RecordOutcome::Unchanged,
            message: first.as_ref().map(|id| format!("adopted {id}")),
            stripe_id: first,
            code: None,
            param: None,
            request_id: None,
            status: None,
        }));
        entries
    }
}

/// Tells whether the next plan has nothing to do at a step.
fn agrees(action: &Action) -> bool {
    match action {
        Action::Adopt { changes, .. } => changes.is_empty(),
        Action::Unchanged { .. } | Action::Found { .. } => true,
        _ => false,
    }
}
