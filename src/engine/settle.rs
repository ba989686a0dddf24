use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Catalog;
use crate::ledger::{
    Entry, Intent, IntentAction, Journal, Ledger, ObjectRecord, RunId, Settlement, SettlementOutcome,
};
use crate::model::Form;
use crate::stripe::{Client, Method, Request};

use super::EngineError;
use super::events::{Event, Progress};
use super::execute::{endpoint, object_id, settled};
use super::mark::MARK;

/// How long an idempotency key is trusted. Stripe keeps keys for at least 24 hours:
/// <https://docs.stripe.com/api/idempotent_requests>.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(23);
/// How far before its intent an object is looked for, for clocks that differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);

/// Brings the requests of interrupted runs to their end.
pub(super) struct Settler<'a, L: Ledger> {
    pub(super) client: &'a Client,
    pub(super) ledger: &'a Arc<L>,
    pub(super) journal: &'a Journal<L>,
    pub(super) run: RunId,
}

impl<L: Ledger> Settler<'_, L> {
    /// Settles all open intents. What can't be settled stays open, and its record is not touched.
    pub(super) async fn settle_all(&self, progress: &Progress) -> Result<usize, EngineError> {
        let intents = self.ledger.open_intents(None).await?;
        if intents.is_empty() {
            return Ok(0);
        }
        progress.send(Event::Settling {
            intents: intents.len(),
        });
        let mut settled = 0;
        for intent in intents {
            let entries = match Timestamp::now().duration_since(intent.created) < KEY_LIFE {
                true => self.send_again(intent).await,
                false => self.look_for(intent).await?,
            };
            if !entries.is_empty() {
                settled += 1;
                self.journal.append(entries).await?;
            }
        }
        Ok(settled)
    }

    /// Sends the same request with the same key: Stripe answers with what it did the first time, or does
    /// it now. Gives nothing when the outcome is still unknown.
    async fn send_again(&self, intent: Intent) -> Vec<Entry> {
        let operation = Catalog::embedded().operation(&intent.operation);
        let endpoint = operation
            .map(|(_, operation)| endpoint(operation))
            .unwrap_or_default();
        let request = Request {
            method: Method::Post,
            endpoint: &endpoint,
            path: &intent.path,
            form: &intent.form,
            idempotency_key: Some(&intent.idempotency_key),
            object: intent.object_id.as_deref(),
        };
        let sent = self.client.send(&request).await;
        let Some(outcome) = settled(&sent) else {
            return Vec::new();
        };
        // A request that was stopped on its way says nothing of the one that was sent before.
        if let SettlementOutcome::Abandoned { .. } = outcome {
            return Vec::new();
        }
        let id = sent.as_ref().ok().and_then(object_id);
        self.settlement(intent, outcome, id).await
    }

    /// Looks for the object of an intent whose key Stripe may have forgotten. Only objects with a mark
    /// can be found; an update is planned again, since sending it twice does the same as once.
    async fn look_for(&self, intent: Intent) -> Result<Vec<Entry>, EngineError> {
        let abandoned = |reason: &str| SettlementOutcome::Abandoned {
            reason: reason.to_owned(),
        };
        if intent.action != IntentAction::Create {
            let outcome = abandoned("older than its key; planned again");
            return Ok(self.settlement(intent, outcome, None).await);
        }
        let Some(mark) = intent.form.text(&format!("metadata[{MARK}]")) else {
            return Ok(Vec::new());
        };
        let since = intent.created.checked_sub(CLOCK_SKEW).unwrap_or(intent.created);
        let filters = [("created[gte]".to_owned(), since.as_second().to_string())];
        let mut pager = self.client.list(&intent.path, &filters);
        while let Some(object) = pager.next().await? {
            let theirs = object.get("metadata").and_then(|metadata| metadata.get(MARK));
            if theirs.and_then(serde_json::Value::as_str) == Some(mark) {
                let id = object
                    .get("id")
                    .and_then(serde_json::Value::as_str)
                    .map(str::to_owned);
                let outcome = SettlementOutcome::Done {
                    stripe_id: id.clone(),
                    request_id: None,
                };
                return Ok(self.settlement(intent, outcome, id).await);
            }
        }
        Ok(self
            .settlement(intent, abandoned("no object carries its mark"), None)
            .await)
    }

    /// Gives the entries that close an intent, and the object that it made or changed.
    async fn settlement(&self, intent: Intent, outcome: SettlementOutcome, id: Option<String>) -> Vec<Entry> {
        let settlement = Settlement {
            idempotency_key: intent.idempotency_key.clone(),
            outcome,
            at: Timestamp::now(),
        };
        let mut entries = vec![Entry::Settled(settlement)];
        let resource = Catalog::embedded()
            .operation(&intent.operation)
            .map(|(resource, _)| resource.name);
        let (Some(id), Some(resource)) = (id, resource) else {
            return entries;
        };
        let known = self
            .ledger
            .known(&intent.flow, std::slice::from_ref(&intent.key))
            .await
            .unwrap_or_default();
        let former = known
            .iter()
            .flat_map(|record| &record.objects)
            .find(|object| object.step == intent.step)
            .map(|object| (object.form.clone(), object.created_by_us));
        let created_by_us = intent.action == IntentAction::Create
            || former.as_ref().is_some_and(|(_, created_by_us)| *created_by_us);
        let form = merged(former.map(|(form, _)| form).unwrap_or_default(), &intent.form);
        entries.push(Entry::Object(ObjectRecord {
            flow: intent.flow,
            key: intent.key,
            step: intent.step,
            resource: resource.to_owned(),
            stripe_id: id,
            fingerprint: form.fingerprint(),
            form,
            created_by_us,
            run: self.run,
            place: intent.place,
            updated: Timestamp::now(),
        }));
        entries
    }
}

/// Lays what was sent over what had been sent before.
fn merged(mut former: Form, sent: &Form) -> Form {
    for (name, value) in sent.iter() {
        former.set(name, value.clone());
    }
    former
}
