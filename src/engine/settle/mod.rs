//! Requests of interrupted runs, brought to their end before anything new is sent.
//!
//! `docs/exactly_once.md` has the table of all moments at which a run can end, and what is done then.

mod call_trace;
mod close;
mod evidence;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::Catalog;
use crate::ledger::{Entry, Intent, Journal, Ledger, RunId, SettlementOutcome};
use crate::model::Clock;
use crate::stripe::{self, Client, Request};

use self::evidence::{Evidence, Happened};
use super::EngineError;
use super::answer::{endpoint, object_id, settled};
use super::events::{Event, Progress};
use super::send::method_named;

/// How long an idempotency key is trusted. Stripe keeps keys for at least 24 hours:
/// <https://docs.stripe.com/api/idempotent_requests>.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(23);
/// How far clocks may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);

/// What became of the open requests of earlier runs.
#[derive(Debug, Default)]
pub struct Settled {
    /// How many have come to their end.
    pub closed: usize,
    /// Those that nobody but a person can end, oldest first.
    pub open: Vec<OpenRequest>,
}

/// A request whose fate could not be found out. Its record is left alone till it is.
#[derive(Debug)]
pub struct OpenRequest {
    /// The request.
    pub intent: Intent,
    /// Why it stays open, for people.
    pub why: String,
}

/// What a person says of an open request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Stripe carried it out; with the id of what it made, where it made something.
    Done(Option<String>),
    /// Stripe never carried it out, so it may be sent again.
    NeverSent,
}

/// Brings the requests of interrupted runs to their end.
pub(super) struct Settler<'a, L: Ledger> {
    pub(super) client: &'a Client,
    pub(super) ledger: &'a Arc<L>,
    pub(super) journal: &'a Journal<L>,
    pub(super) run: RunId,
    pub(super) clock: &'a Clock,
}

/// What is known of one intent by now.
enum Fate {
    /// It ended so; with the object's id.
    Ended(SettlementOutcome, Option<String>),
    /// Nobody knows, and why.
    Open(String),
}

impl<L: Ledger> Settler<'_, L> {
    /// Settles all open intents. What can't be settled stays open, and its record is not touched.
    pub(super) async fn settle_all(&self, progress: &Progress) -> Result<Settled, EngineError> {
        let intents = self.ledger.open_intents(None).await?;
        if intents.is_empty() {
            return Ok(Settled::default());
        }
        progress.send(Event::Settling {
            intents: intents.len(),
        });
        let mut evidence = Evidence::new(self.client, intents.iter(), self.clock.now());
        let mut report = Settled::default();
        for intent in intents {
            let fate = match self.trusts_key(&intent) {
                true => self.send_again(&intent, &mut evidence).await?,
                false => self.look(&intent, &mut evidence).await?,
            };
            match fate {
                Fate::Ended(outcome, id) => {
                    let entries = self.entries(intent, outcome, id).await?;
                    self.journal.append(entries).await?;
                    report.closed += 1;
                }
                Fate::Open(why) => report.open.push(OpenRequest { intent, why }),
            }
        }
        Ok(report)
    }

    /// Ends an open intent as a person says.
    pub(super) async fn close(&self, intent: Intent, verdict: Verdict) -> Result<(), EngineError> {
        let entries: Vec<Entry> = match verdict {
            Verdict::Done(id) => {
                let outcome = SettlementOutcome::Done {
                    stripe_id: id.clone(),
                    request_id: None,
                };
                self.entries(intent, outcome, id).await?
            }
            Verdict::NeverSent => {
                self.entries(intent, abandoned("a person said that it never was sent"), None)
                    .await?
            }
        };
        Ok(self.journal.append(entries).await?)
    }

    /// Tells whether Stripe still knows the intent's key for sure. An intent from the future was written by a clock
    /// that went wrong: nobody knows how old it is.
    fn trusts_key(&self, intent: &Intent) -> bool {
        let age = self.clock.now().duration_since(intent.created);
        -CLOCK_SKEW < age && age < KEY_LIFE
    }

    /// Sends the same request with the same key: Stripe answers with what it did the first time, or does
    /// it now.
    async fn send_again(&self, intent: &Intent, evidence: &mut Evidence<'_>) -> Result<Fate, EngineError> {
        let operation = Catalog::embedded().operation(&intent.operation);
        let endpoint = operation
            .map(|(_, operation)| endpoint(operation))
            .unwrap_or_else(|| stripe::endpoint_of(method_named(&intent.method), &intent.path));
        let request = Request {
            method: method_named(&intent.method),
            endpoint: &endpoint,
            path: &intent.path,
            form: &intent.form,
            idempotency_key: Some(&intent.idempotency_key),
            object: intent.object_id.as_deref(),
        };
        let sent = self.client.send(&request).await;
        match (settled(&sent), &sent) {
            // A request that was stopped on its way says nothing of the one that was sent before.
            (Some(SettlementOutcome::Abandoned { reason }), _) => {
                Ok(Fate::Open(format!("it could not be sent again: {reason}")))
            }
            (Some(outcome), _) => Ok(Fate::Ended(outcome, sent.as_ref().ok().and_then(object_id))),
            // Stripe keeps a 500 under the key, and would give it again for a day.
            (None, Err(error)) if error.status().is_some_and(|status| status >= 500) => {
                self.look(intent, evidence).await
            }
            (None, Err(error)) => Ok(Fate::Open(error.to_string())),
            (None, Ok(_)) => Ok(Fate::Open("its answer says nothing".to_owned())),
        }
    }

    /// Looks in Stripe for what an intent did whose key can't tell.
    async fn look(&self, intent: &Intent, evidence: &mut Evidence<'_>) -> Result<Fate, EngineError> {
        Ok(match evidence.of(intent, self.ledger).await? {
            Happened::Yes(id) => {
                let outcome = SettlementOutcome::Done {
                    stripe_id: id.clone(),
                    request_id: None,
                };
                Fate::Ended(outcome, id)
            }
            Happened::No(reason) => Fate::Ended(abandoned(reason), None),
            Happened::Unknown(why) => Fate::Open(why),
        })
    }
}

fn abandoned(reason: &str) -> SettlementOutcome {
    SettlementOutcome::Abandoned {
        reason: reason.to_owned(),
    }
}
