//! Requests that take something back: recorded before they are sent, as those of an apply are.

use crate::catalog::Catalog;
use crate::engine::EngineError;
use crate::engine::sending::answer::{endpoint, settled};
use crate::engine::sending::send::{idempotency_key, method_named};
use crate::ledger::{ChangeRecord, Entry, Intent, IntentAction, Ledger, Settlement};
use crate::stripe::{self, Answer, ClientError, Request};

use super::perform::Undoer;
use super::undoing::UndoRequest;

/// What came of a request.
pub(super) struct Outcome {
    /// What Stripe answered.
    pub(super) sent: Result<Answer, ClientError>,
    /// What the ledger must hold before anything more is sent: that the request is settled, when it is.
    pub(super) settlement: Option<Entry>,
}

impl<L: Ledger> Undoer<L> {
    /// Sends a request whose intent is durable before. `None` when the step has an open request of which nobody
    /// knows what became.
    pub(super) async fn send(
        &self,
        change: &ChangeRecord,
        request: &UndoRequest,
        (action, place): (IntentAction, &str),
    ) -> Result<Option<Outcome>, EngineError> {
        let known = self
            .ledger
            .known(&change.flow, std::slice::from_ref(&change.key))
            .await?;
        let known = known.first();
        if known.is_some_and(|record| record.intent(&change.step).is_some()) {
            return Ok(None);
        }
        let intent = Intent {
            idempotency_key: String::new(),
            run: self.run,
            flow: change.flow.clone(),
            key: change.key.clone(),
            step: change.step.clone(),
            generation: known.map_or(1, |record| record.next_generation(&change.step)),
            action,
            operation: request.operation.clone(),
            method: request.method.clone(),
            path: request.path.clone(),
            form: request.form.clone(),
            object_id: Some(change.stripe_id.clone()),
            place: place.to_owned(),
            created: self.clock.now(),
        };
        let key = idempotency_key(&self.account, &intent);
        let intent = Intent {
            idempotency_key: key.clone(),
            ..intent
        };
        self.journal.append(vec![Entry::Intent(intent)]).await?;
        let operation = Catalog::embedded().operation(&request.operation);
        let method = method_named(&request.method);
        let endpoint = operation
            .map(|(_, operation)| endpoint(operation))
            .unwrap_or_else(|| stripe::endpoint_of(method, &request.path));
        let sent = self
            .client
            .send(&Request {
                method,
                endpoint: &endpoint,
                path: &request.path,
                form: &request.form,
                idempotency_key: Some(&key),
                object: Some(&change.stripe_id),
            })
            .await;
        let settlement = settled(&sent).map(|outcome| {
            Entry::Settled(Settlement {
                idempotency_key: key,
                outcome,
                at: self.clock.now(),
            })
        });
        Ok(Some(Outcome { sent, settlement }))
    }
}
