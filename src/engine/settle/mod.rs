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
use tokio::task::JoinSet;

use crate::catalog::Catalog;
use crate::ledger::{Entry, Intent, Journal, Ledger, SettlementOutcome};
use crate::model::Clock;
use crate::stripe::{self, Client, Request};

use self::evidence::{Doubt, Evidence, Happened};
use super::EngineError;
use super::events::{Event, Progress};
use super::sending::answer::{endpoint, named, object_id, settled};
use super::sending::send::method_named;

/// How long an idempotency key is trusted. Stripe keeps keys for at least 24 hours:
/// <https://docs.stripe.com/api/idempotent_requests>.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(23);
/// How far clocks may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);
/// How many requests are sent again at once.
const IN_FLIGHT: usize = 64;

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
        let mut report = Settled::default();
        let doubts = self.send_all(intents, &mut report).await?;
        self.look_all(doubts, &mut report).await?;
        report.open.sort_by_key(|open| open.intent.created);
        Ok(report)
    }

    /// Sends the requests again whose keys Stripe knows, side by side. Gives those that only a look can settle.
    async fn send_all(&self, intents: Vec<Intent>, report: &mut Settled) -> Result<Vec<Doubt>, EngineError> {
        let mut doubts = Vec::new();
        let mut sending = JoinSet::new();
        for intent in intents {
            if !self.trusts_key(&intent) {
                let sent = intent.created;
                doubts.push(Doubt { intent, sent });
                continue;
            }
            if sending.len() >= IN_FLIGHT {
                doubts.extend(self.take_sent(&mut sending, report).await?);
            }
            let client = self.client.clone();
            sending.spawn(async move {
                let fate = send_again(&client, &intent).await;
                (intent, fate)
            });
        }
        while !sending.is_empty() {
            doubts.extend(self.take_sent(&mut sending, report).await?);
        }
        Ok(doubts)
    }

    /// Waits for one request that was sent again; gives it when only a look can settle it.
    async fn take_sent(
        &self,
        sending: &mut JoinSet<(Intent, Option<Fate>)>,
        report: &mut Settled,
    ) -> Result<Option<Doubt>, EngineError> {
        let (intent, fate) = match sending.join_next().await {
            None => return Ok(None),
            Some(Ok(sent)) => sent,
            Some(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Ok(None),
            },
        };
        match fate {
            Some(fate) => self.end(intent, fate, report).await.map(|()| None),
            None => Ok(Some(Doubt {
                intent,
                sent: self.clock.now(),
            })),
        }
    }

    /// Looks in Stripe for what requests did whose keys can't tell. All that could be sent again is through by then, so
    /// that what is read here once is whole. What can't be read leaves the rest open.
    async fn look_all(&self, doubts: Vec<Doubt>, report: &mut Settled) -> Result<(), EngineError> {
        let mut evidence = Evidence::new(self.client, &doubts, self.clock.now());
        let mut unreadable = None;
        for doubt in doubts {
            let looked = match &unreadable {
                None => self.look(&doubt, &mut evidence).await,
                Some(why) => Ok(Fate::Open(String::clone(why))),
            };
            let fate = match looked {
                Err(EngineError::Stripe(error)) => {
                    let why = unreadable.insert(format!("it could not be looked for: {error}"));
                    Fate::Open(why.clone())
                }
                looked => looked?,
            };
            self.end(doubt.intent, fate, report).await?;
        }
        Ok(())
    }

    /// Writes what became of a request.
    async fn end(&self, intent: Intent, fate: Fate, report: &mut Settled) -> Result<(), EngineError> {
        match fate {
            Fate::Ended(outcome, id) => {
                let entries = self.entries(intent, outcome, id).await?;
                self.journal.append(entries).await?;
                report.closed += 1;
            }
            Fate::Open(why) => report.open.push(OpenRequest { intent, why }),
        }
        Ok(())
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

    /// Looks in Stripe for what an intent did whose key can't tell.
    async fn look(&self, doubt: &Doubt, evidence: &mut Evidence<'_>) -> Result<Fate, EngineError> {
        Ok(match evidence.of(doubt, self.ledger).await? {
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

/// Sends the same request with the same key: Stripe answers with what it did the first time, or does
/// it now. `None` when only a look can tell.
async fn send_again(client: &Client, intent: &Intent) -> Option<Fate> {
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
    let sent = named(client.send(&request).await, &request, intent.action);
    match (settled(&sent), &sent) {
        // A request that was stopped on its way says nothing of the one that was sent before.
        (Some(SettlementOutcome::Abandoned { reason }), _) => {
            Some(Fate::Open(format!("it could not be sent again: {reason}")))
        }
        (Some(outcome), _) => Some(Fate::Ended(outcome, sent.as_ref().ok().and_then(object_id))),
        // Stripe keeps a 500 under the key, and would give it again for a day.
        (None, Err(error)) if error.status().is_some_and(|status| status >= 500) => None,
        (None, Err(error)) => Some(Fate::Open(error.to_string())),
        (None, Ok(_)) => Some(Fate::Open("its answer says nothing".to_owned())),
    }
}

fn abandoned(reason: &str) -> SettlementOutcome {
    SettlementOutcome::Abandoned {
        reason: reason.to_owned(),
    }
}
