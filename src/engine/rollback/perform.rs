//! One change, taken back, and what the ledger is told of it.

use std::sync::Arc;

use crate::engine::EngineError;
use crate::engine::sending::answer::failed;
use crate::ledger::{
    ChangeRecord, Entry, GoneObject, IntentAction, Journal, Ledger, ObjectRecord, RecordOutcome,
    RecordResult, RunId, StaleRecord, StandingObject, UndoneObject,
};
use crate::model::{Clock, Form};
use crate::stripe::{Answer, Client, ClientError};

use super::restore::{concerns, former_form};
use super::undoing::{Part, PlannedUndo, UndoRequest, Undoing};

/// Takes changes back.
pub(super) struct Undoer<L> {
    pub(super) client: Client,
    pub(super) ledger: Arc<L>,
    pub(super) journal: Arc<Journal<L>>,
    /// The rollback's own run.
    pub(super) run: RunId,
    /// The account's id, for idempotency keys.
    pub(super) account: String,
    pub(super) clock: Clock,
}

/// What was done, for the ledger and the report.
struct Done {
    outcome: RecordOutcome,
    entries: Vec<Entry>,
    message: Option<String>,
    request_id: Option<String>,
}

impl Done {
    fn new(outcome: RecordOutcome, entries: Vec<Entry>) -> Self {
        Done {
            outcome,
            entries,
            message: None,
            request_id: None,
        }
    }

    fn said(outcome: RecordOutcome, message: &str) -> Self {
        Done {
            message: Some(message.to_owned()),
            ..Done::new(outcome, Vec::new())
        }
    }
}

/// Why a change could not be taken back.
enum Trouble {
    Refused(Box<ClientError>, Vec<Entry>),
    /// What became of an earlier request for the step is not known.
    Open,
    Run(EngineError),
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        Trouble::Run(error)
    }
}

impl<L: Ledger> Undoer<L> {
    /// Takes one change back. An error means that the rollback must stop.
    pub(super) async fn undo(&self, item: &PlannedUndo) -> Result<RecordResult, EngineError> {
        let change = &item.change;
        let done = match &item.undoing {
            Undoing::TakeBack { request, parts, .. } => self.take_back(item, request, parts).await,
            Undoing::Restore { request, .. } => self.restore(item, request.as_ref()).await,
            Undoing::Revive { request } => self.revive(item, request.as_ref()).await,
            Undoing::Reverse { request, .. } => self.reverse(item, request).await,
            Undoing::Forget { reason } => self.forget(change, reason).await,
            Undoing::With { id } => self.with_invoice(change, id).await,
            Undoing::Nothing { reason } | Undoing::Keep { reason } => {
                Ok(Done::said(RecordOutcome::Unchanged, reason))
            }
            Undoing::Impossible { reason } => Ok(Done::said(RecordOutcome::Rejected, reason)),
        };
        let result = self.result(item, RecordOutcome::Failed);
        let (result, mut entries) = match done {
            Ok(done) => {
                let result = RecordResult {
                    outcome: done.outcome,
                    message: done.message,
                    request_id: done.request_id,
                    ..result
                };
                (result, done.entries)
            }
            Err(Trouble::Refused(error, entries)) => (failed(result, change.step.clone(), &error), entries),
            Err(Trouble::Open) => {
                let message = "what became of an earlier request is not known; `sheetflow settle` shows it";
                let result = RecordResult {
                    message: Some(message.to_owned()),
                    ..result
                };
                (result, Vec::new())
            }
            Err(Trouble::Run(error)) => return Err(error),
        };
        entries.push(Entry::Result(result.clone()));
        self.journal.append(entries).await?;
        Ok(result)
    }

    /// Sends a request, and gives its answer with the entry that settles it.
    async fn request(
        &self,
        item: &PlannedUndo,
        request: &UndoRequest,
        action: IntentAction,
    ) -> Result<(Answer, Vec<Entry>), Trouble> {
        let place = item.place.as_deref().unwrap_or_default();
        let outcome = self.send(&item.change, request, (action, place)).await?;
        let outcome = outcome.ok_or(Trouble::Open)?;
        let entries: Vec<Entry> = outcome.settlement.into_iter().collect();
        match outcome.sent {
            Ok(answer) => Ok((answer, entries)),
            Err(error) => Err(Trouble::Refused(Box::new(error), entries)),
        }
    }

    /// Sends the request that takes an object back. The ledger forgets the object's parts before: an invoice that is
    /// void by then, while its parts still stand for their lines, would be made anew without them.
    async fn take_back(
        &self,
        item: &PlannedUndo,
        request: &UndoRequest,
        parts: &[Part],
    ) -> Result<Done, Trouble> {
        let change = &item.change;
        let ids: Vec<String> = parts.iter().map(|part| part.stripe_id.clone()).collect();
        let standing_parts: Vec<StandingObject> = self.all_standing(&ids).await?;
        let mut without_parts: Vec<Entry> = gone(&standing_parts).collect();
        without_parts.extend(parts.iter().map(|part| self.undone(&part.flow, &part.stripe_id)));
        if !parts.is_empty() {
            self.append(without_parts).await?;
        }
        let sent = self.request(item, request, IntentAction::Delete).await;
        let (request_id, mut entries) = match sent {
            Ok((answer, entries)) => (answer.request_id, entries),
            // An object that is gone already is as well taken back.
            Err(Trouble::Refused(error, entries)) if error.status() == Some(404) => {
                (error.request_id().map(str::to_owned), entries)
            }
            Err(Trouble::Refused(error, mut entries)) => {
                let stay = standing_parts.iter();
                entries.extend(stay.map(|part| Entry::Object(self.object(part, part.form.clone()))));
                return Err(Trouble::Refused(error, entries));
            }
            Err(trouble) => return Err(trouble),
        };
        let standing = self.standing(&change.stripe_id).await?;
        let known = standing.iter().find(|object| is_own(change, object));
        let before = known.map(|object| object.form.clone());
        entries.push(self.change(change, (IntentAction::Delete, before), request));
        entries.extend(gone(&standing));
        entries.push(self.undone(&change.flow, &change.stripe_id));
        Ok(Done {
            request_id,
            ..Done::new(RecordOutcome::Deleted, entries)
        })
    }

    async fn restore(&self, item: &PlannedUndo, request: Option<&UndoRequest>) -> Result<Done, Trouble> {
        let change = &item.change;
        let (mut entries, mut request_id) = (Vec::new(), None);
        if let Some(request) = request {
            let (answer, settled) = self.request(item, request, IntentAction::Update).await?;
            request_id = answer.request_id;
            entries.extend(settled);
            let before = request.form.iter().map(|(name, value)| {
                let sent = change.after.get(name).cloned();
                (name.to_owned(), sent.unwrap_or_else(|| value.clone()))
            });
            let before = Some(before.collect());
            entries.push(self.change(change, (IntentAction::Update, before), request));
        }
        let before = change.before.clone().unwrap_or_default();
        for object in self.standing(&change.stripe_id).await? {
            if !concerns(&object, change, &before) {
                continue;
            }
            let form = former_form(&object.form, &before);
            entries.push(Entry::Stale(StaleRecord {
                flow: object.provenance.flow.clone(),
                key: object.provenance.key.clone(),
            }));
            entries.push(Entry::Object(self.object(&object, form)));
        }
        Ok(Done {
            request_id,
            ..Done::new(RecordOutcome::Updated, entries)
        })
    }

    /// Puts an object to use again, and lets it stand for its step again.
    async fn revive(&self, item: &PlannedUndo, request: Option<&UndoRequest>) -> Result<Done, Trouble> {
        let change = &item.change;
        let (mut entries, mut request_id) = (Vec::new(), None);
        if let Some(request) = request {
            let (answer, settled) = self.request(item, request, IntentAction::Update).await?;
            request_id = answer.request_id;
            entries.extend(settled);
            let before = Some(change.after.clone());
            entries.push(self.change(change, (IntentAction::Update, before), request));
        }
        // A mirror removes what its flow made, and nothing else.
        if let Some(form) = &change.before {
            entries.push(Entry::Object(ObjectRecord {
                flow: change.flow.clone(),
                key: change.key.clone(),
                step: change.step.clone(),
                resource: change.resource.clone(),
                stripe_id: change.stripe_id.clone(),
                fingerprint: form.fingerprint(),
                form: form.clone(),
                created_by_us: true,
                run: self.run,
                place: item.place.clone().unwrap_or_default(),
                updated: self.clock.now(),
            }));
        }
        Ok(Done {
            request_id,
            ..Done::new(RecordOutcome::Updated, entries)
        })
    }

    /// Calls the opposite, and lets the ledger forget the call, so that the next apply plans it again.
    async fn reverse(&self, item: &PlannedUndo, request: &UndoRequest) -> Result<Done, Trouble> {
        let change = &item.change;
        let (answer, mut entries) = self.request(item, request, IntentAction::Call).await?;
        entries.push(self.change(change, (IntentAction::Call, None), request));
        let standing = self.standing(&change.stripe_id).await?;
        let own: Vec<StandingObject> = standing
            .into_iter()
            .filter(|object| is_own(change, object))
            .collect();
        entries.extend(gone(&own));
        Ok(Done {
            request_id: answer.request_id,
            ..Done::new(RecordOutcome::Called, entries)
        })
    }

    /// Tells the ledger what is true without a request. A call says nothing of the object that it was made on.
    async fn forget(&self, change: &ChangeRecord, reason: &str) -> Result<Done, Trouble> {
        let mut standing = self.standing(&change.stripe_id).await?;
        if change.action == IntentAction::Call {
            standing.retain(|object| is_own(change, object));
        }
        let mut entries: Vec<Entry> = gone(&standing).collect();
        if change.action == IntentAction::Create {
            entries.push(self.undone(&change.flow, &change.stripe_id));
        }
        Ok(Done {
            entries,
            ..Done::said(RecordOutcome::Deleted, reason)
        })
    }

    /// Tells whether a part went with its invoice.
    async fn with_invoice(&self, change: &ChangeRecord, id: &str) -> Result<Done, Trouble> {
        Ok(match self.standing(&change.stripe_id).await?.is_empty() {
            true => Done::said(RecordOutcome::Deleted, &format!("it went with its invoice {id}")),
            false => Done::said(
                RecordOutcome::Rejected,
                &format!("it stays, since its invoice {id} stays"),
            ),
        })
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), Trouble> {
        Ok(self.journal.append(entries).await.map_err(EngineError::from)?)
    }

    async fn standing(&self, id: &str) -> Result<Vec<StandingObject>, EngineError> {
        self.all_standing(&[id.to_owned()]).await
    }

    async fn all_standing(&self, ids: &[String]) -> Result<Vec<StandingObject>, EngineError> {
        let standing = self.ledger.standing(ids).await?;
        Ok(standing.into_iter().flatten().collect())
    }

    /// Notes that no record of the flow takes an object over.
    fn undone(&self, flow: &str, stripe_id: &str) -> Entry {
        Entry::Undone(UndoneObject {
            flow: flow.to_owned(),
            stripe_id: stripe_id.to_owned(),
            run: self.run,
        })
    }

    /// Notes what the rollback changed, so that it can be looked up, and taken back in its turn where that is
    /// possible.
    fn change(
        &self,
        of: &ChangeRecord,
        (action, before): (IntentAction, Option<Form>),
        request: &UndoRequest,
    ) -> Entry {
        Entry::Change(ChangeRecord {
            run: self.run,
            action,
            before,
            after: request.form.clone(),
            operation: Some(request.operation.clone()),
            path: Some(request.path.clone()),
            ..of.clone()
        })
    }

    /// Gives an object another form.
    fn object(&self, object: &StandingObject, form: Form) -> ObjectRecord {
        let from = &object.provenance;
        ObjectRecord {
            flow: from.flow.clone(),
            key: from.key.clone(),
            step: from.step.clone(),
            resource: from.resource.clone(),
            stripe_id: from.stripe_id.clone(),
            fingerprint: form.fingerprint(),
            form,
            created_by_us: from.created_by_us,
            run: self.run,
            place: from.place.clone(),
            updated: self.clock.now(),
        }
    }

    fn result(&self, item: &PlannedUndo, outcome: RecordOutcome) -> RecordResult {
        let change = &item.change;
        RecordResult {
            run: self.run,
            flow: change.flow.clone(),
            key: Some(change.key.clone()),
            place: item.place.clone().unwrap_or_default(),
            step: Some(change.step.clone()),
            outcome,
            stripe_id: Some(change.stripe_id.clone()),
            message: None,
            code: None,
            param: None,
            request_id: None,
            status: None,
        }
    }
}

fn is_own(change: &ChangeRecord, object: &StandingObject) -> bool {
    let from = &object.provenance;
    from.flow == change.flow && from.key == change.key && from.step == change.step
}

fn gone(standing: &[StandingObject]) -> impl Iterator<Item = Entry> + '_ {
    standing.iter().map(|object| {
        let from = &object.provenance;
        Entry::ObjectGone(GoneObject {
            flow: from.flow.clone(),
            key: from.key.clone(),
            step: from.step.clone(),
        })
    })
}
