use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::Catalog;
use crate::ledger::{
    ChangeRecord, Entry, GoneObject, Intent, IntentAction, Journal, KnownObject, Ledger, ObjectRecord,
    Settlement, SettlementOutcome,
};
use crate::model::{Clock, Form, FormValue};
use crate::plan::remembered_call;
use crate::stripe::{Client, Request};

use super::EngineError;
use super::answer::{endpoint, object_id, settled};
use super::events::{Event, Progress};
use super::former::former_values;
use super::mark::MARK;
use super::send::{endpoint_of, method_named};

/// How long an idempotency key is trusted. Stripe keeps keys for at least 24 hours:
/// <https://docs.stripe.com/api/idempotent_requests>.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(23);
/// How far before its intent an object is looked for, for clocks that differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);

/// What the ledger has for the resource of a free request.
const REQUEST: &str = "request";

/// Brings the requests of interrupted runs to their end.
pub(super) struct Settler<'a, L: Ledger> {
    pub(super) client: &'a Client,
    pub(super) ledger: &'a Arc<L>,
    pub(super) journal: &'a Journal<L>,
    pub(super) clock: &'a Clock,
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
            let entries = match self.clock.now().duration_since(intent.created) < KEY_LIFE {
                true => self.send_again(intent).await?,
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
    async fn send_again(&self, intent: Intent) -> Result<Vec<Entry>, EngineError> {
        let operation = Catalog::embedded().operation(&intent.operation);
        let endpoint = operation
            .map(|(_, operation)| endpoint(operation))
            .unwrap_or_else(|| endpoint_of(&intent.method, &intent.path));
        let request = Request {
            method: method_named(&intent.method),
            endpoint: &endpoint,
            path: &intent.path,
            form: &intent.form,
            idempotency_key: Some(&intent.idempotency_key),
            object: intent.object_id.as_deref(),
        };
        let sent = self.client.send(&request).await;
        let Some(outcome) = settled(&sent) else {
            return Ok(Vec::new());
        };
        // A request that was stopped on its way says nothing of the one that was sent before.
        if let SettlementOutcome::Abandoned { .. } = outcome {
            return Ok(Vec::new());
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
        if intent.action == IntentAction::Call {
            // Nobody can tell whether it was carried out, and twice may be once too often: a person must look.
            return Ok(Vec::new());
        }
        if intent.action != IntentAction::Create {
            let outcome = abandoned("older than its key; planned again");
            return self.settlement(intent, outcome, None).await;
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
                return self.settlement(intent, outcome, id).await;
            }
        }
        self.settlement(intent, abandoned("no object carries its mark"), None)
            .await
    }

    /// Gives the entries that close an intent, with what it made or changed.
    async fn settlement(
        &self,
        intent: Intent,
        outcome: SettlementOutcome,
        id: Option<String>,
    ) -> Result<Vec<Entry>, EngineError> {
        let known = self
            .ledger
            .known(&intent.flow, std::slice::from_ref(&intent.key))
            .await?;
        let former = known.iter().find_map(|record| record.object(&intent.step));
        let forgotten = matches!(outcome, SettlementOutcome::Abandoned { .. });
        let is_done = matches!(outcome, SettlementOutcome::Done { .. });
        let is_gone = is_done || matches!(outcome, SettlementOutcome::Refused { status: 404, .. });
        let mut entries = vec![Entry::Settled(Settlement {
            idempotency_key: intent.idempotency_key.clone(),
            outcome,
            at: self.clock.now(),
        })];
        let resource = Catalog::embedded()
            .operation(&intent.operation)
            .map(|(resource, _)| resource.name);
        if intent.action == IntentAction::Delete {
            let resource = former.map(|object| object.resource.as_str()).or(resource);
            if let (true, Some(id), Some(resource)) = (is_gone, &intent.object_id, resource) {
                entries.push(Entry::Change(self.change(&intent, (id, resource), former)));
            }
            if is_gone && former.is_some() {
                entries.push(Entry::ObjectGone(GoneObject {
                    flow: intent.flow,
                    key: intent.key,
                    step: intent.step,
                }));
            }
            return Ok(entries);
        }
        if intent.action == IntentAction::Call {
            // Whatever it was and whatever it answered: what was carried out is never called again.
            if is_done {
                let id = id.unwrap_or_else(|| intent.path.clone());
                let resource = resource.unwrap_or(REQUEST);
                entries.push(Entry::Change(self.change(&intent, (&id, resource), former)));
                let form = remembered_call(&intent.method, &intent.path, &intent.form);
                entries.push(Entry::Object(self.object(intent, (id, resource), (form, false))));
            }
            return Ok(entries);
        }
        match (id, resource, former) {
            (Some(id), Some(resource), former) => {
                entries.push(Entry::Change(self.change(&intent, (&id, resource), former)));
                let made_here = former.is_some_and(|object| object.created_by_us);
                let form = merged(
                    former.map(|object| object.form.clone()).unwrap_or_default(),
                    &intent.form,
                );
                let created_by_us = made_here || intent.action == IntentAction::Create;
                entries.push(Entry::Object(self.object(
                    intent,
                    (id, resource),
                    (form, created_by_us),
                )));
            }
            (None, Some(resource), Some(former)) if forgotten => {
                // Nobody knows which values the object has now: its fields are sent again.
                let form = without(&former.form, &intent.form);
                let id = former.stripe_id.clone();
                entries.push(Entry::Object(self.object(
                    intent,
                    (id, resource),
                    (form, former.created_by_us),
                )));
            }
            _ => {}
        }
        Ok(entries)
    }

    /// Notes what a request changed, so that it can be taken back.
    fn change(
        &self,
        intent: &Intent,
        (id, resource): (&str, &str),
        former: Option<&KnownObject>,
    ) -> ChangeRecord {
        let before = match intent.action {
            IntentAction::Create => None,
            IntentAction::Delete => former.map(|object| object.form.clone()),
            IntentAction::Update | IntentAction::Call => Some(former_of(intent, former)),
        };
        ChangeRecord {
            run: intent.run,
            flow: intent.flow.clone(),
            key: intent.key.clone(),
            step: intent.step.clone(),
            resource: resource.to_owned(),
            stripe_id: id.to_owned(),
            action: intent.action,
            before,
            after: intent.form.clone(),
            operation: Some(intent.operation.clone()),
            path: Some(intent.path.clone()),
        }
    }

    fn object(
        &self,
        intent: Intent,
        (stripe_id, resource): (String, &str),
        (form, created_by_us): (Form, bool),
    ) -> ObjectRecord {
        ObjectRecord {
            flow: intent.flow,
            key: intent.key,
            step: intent.step,
            resource: resource.to_owned(),
            stripe_id,
            fingerprint: form.fingerprint(),
            form,
            created_by_us,
            run: intent.run,
            place: intent.place,
            updated: self.clock.now(),
        }
    }
}

/// Gives the former values of what an intent sends; nothing when the ledger did not know the object.
fn former_of(intent: &Intent, former: Option<&KnownObject>) -> Form {
    let Some(former) = former else {
        return Form::default();
    };
    let before = intent.form.iter().map(|(name, _)| {
        let old = former.form.text(name).unwrap_or_default();
        (name.to_owned(), FormValue::Text(old.to_owned()))
    });
    former_values(&intent.form, &before.collect(), Some(&former.form))
}

/// Lays what was sent over what had been sent before.
fn merged(mut former: Form, sent: &Form) -> Form {
    for (name, value) in sent.iter() {
        former.set(name, value.clone());
    }
    former
}

/// Leaves out what a lost request may have changed.
fn without(former: &Form, lost: &Form) -> Form {
    let kept = former.iter().filter(|(name, _)| lost.get(name).is_none());
    kept.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use secrecy::SecretString;

    use super::{MARK, Settler};
    use crate::engine::Progress;
    use crate::ledger::{
        Entry, Intent, IntentAction, Journal, KnownRecord, Ledger, MemoryLedger, ObjectRecord, RunId,
        RunStart,
    };
    use crate::model::{Clock, Form, FormValue, RecordKey};
    use crate::plan::remembered_call;
    use crate::sandbox::{self, Sandbox};
    use crate::stripe::{Client, Method, Request, Settings};

    /// A sandbox, a ledger with one run, and one record.
    struct Bench {
        sandbox: Sandbox,
        client: Client,
        ledger: Arc<MemoryLedger>,
        run: RunId,
        key: RecordKey,
    }

    fn form(pairs: &[(&str, &str)]) -> Form {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), FormValue::Text((*text).to_owned())))
            .collect()
    }

    fn marked() -> Form {
        form(&[("name", "Ann"), (&format!("metadata[{MARK}]"), "p/f/customer/1")])
    }

    impl Bench {
        async fn new() -> Bench {
            let sandbox = sandbox::start(sandbox::Settings::default()).await.unwrap();
            let mut settings = Settings::for_key(SecretString::from(sandbox::TEST_KEY)).unwrap();
            settings.base_url = sandbox.base_url();
            let client = Client::new(settings).unwrap();
            let ledger = Arc::new(MemoryLedger::new());
            let start = RunStart {
                command: "apply".to_owned(),
                generation: 1,
                flows: Vec::new(),
                started: Timestamp::now(),
            };
            let run = ledger.start_run(&start).await.unwrap();
            let key = RecordKey::new(&["1".to_owned()]);
            Bench {
                sandbox,
                client,
                ledger,
                run,
                key,
            }
        }

        /// An intent to create the customer, written so many hours ago.
        fn intent(&self, hours: i64) -> Intent {
            Intent {
                idempotency_key: "key-1".to_owned(),
                run: self.run,
                flow: "f".to_owned(),
                key: self.key.clone(),
                step: "customer".to_owned(),
                generation: 1,
                action: IntentAction::Create,
                operation: "customers.create".to_owned(),
                method: "POST".to_owned(),
                path: "/v1/customers".to_owned(),
                form: marked(),
                object_id: None,
                place: "people.csv, line 2".to_owned(),
                created: Timestamp::now() - SignedDuration::from_hours(hours),
            }
        }

        /// Sends the create under this key, as the interrupted run did.
        async fn send(&self, idempotency_key: &str) -> String {
            let request = Request {
                method: Method::Post,
                endpoint: "POST /v1/customers",
                path: "/v1/customers",
                form: &marked(),
                idempotency_key: Some(idempotency_key),
                object: None,
            };
            let answer = self.client.send(&request).await.unwrap();
            answer.body["id"].as_str().unwrap().to_owned()
        }

        /// Settles, and gives what the ledger knows then and how many customers there are.
        async fn settle(self, entries: Vec<Entry>) -> (KnownRecord, usize) {
            self.ledger.commit(entries).await.unwrap();
            let journal = Journal::start(Arc::clone(&self.ledger));
            let settler = Settler {
                client: &self.client,
                ledger: &self.ledger,
                journal: &journal,
                clock: &Clock::new(Timestamp::now),
            };
            assert_eq!(settler.settle_all(&Progress::default()).await.unwrap(), 1);
            journal.close().await.unwrap();
            let known = self
                .ledger
                .known("f", std::slice::from_ref(&self.key))
                .await
                .unwrap()
                .remove(0);
            assert!(known.intents.is_empty(), "the intent is closed");
            let customers = self
                .client
                .page("/v1/customers", &[], None)
                .await
                .unwrap()
                .data
                .len();
            self.sandbox.stop().await.unwrap();
            (known, customers)
        }
    }

    #[tokio::test]
    async fn a_request_that_never_left_is_sent_with_its_key() {
        let bench = Bench::new().await;
        let intent = bench.intent(1);
        let (known, customers) = bench.settle(vec![Entry::Intent(intent)]).await;
        assert_eq!(customers, 1);
        assert!(known.object("customer").unwrap().created_by_us);
    }

    #[tokio::test]
    async fn a_request_whose_answer_was_lost_makes_no_second_object() {
        let bench = Bench::new().await;
        let id = bench.send("key-1").await;
        let intent = bench.intent(1);
        let (known, customers) = bench.settle(vec![Entry::Intent(intent)]).await;
        assert_eq!(customers, 1);
        assert_eq!(known.object("customer").unwrap().stripe_id, id);
    }

    #[tokio::test]
    async fn an_old_request_is_settled_by_the_mark_of_its_object() {
        let bench = Bench::new().await;
        let id = bench.send("a key that stripe has forgotten").await;
        let intent = bench.intent(30);
        let (known, customers) = bench.settle(vec![Entry::Intent(intent)]).await;
        assert_eq!(customers, 1);
        assert_eq!(known.object("customer").unwrap().stripe_id, id);
    }

    #[tokio::test]
    async fn an_old_request_that_left_no_object_is_given_up_and_nothing_is_sent() {
        let bench = Bench::new().await;
        let intent = bench.intent(30);
        let (known, customers) = bench.settle(vec![Entry::Intent(intent)]).await;
        assert_eq!((customers, known.objects.len()), (0, 0));
        assert_eq!(known.next_generation("customer"), 2);
    }

    #[tokio::test]
    async fn the_fields_of_an_old_lost_update_are_sent_again() {
        let bench = Bench::new().await;
        let id = bench.send("made before").await;
        let object = ObjectRecord {
            flow: "f".to_owned(),
            key: bench.key.clone(),
            step: "customer".to_owned(),
            resource: "customer".to_owned(),
            stripe_id: id.clone(),
            form: form(&[("name", "Ann"), ("phone", "1")]),
            fingerprint: form(&[]).fingerprint(),
            created_by_us: true,
            run: bench.run,
            place: "people.csv, line 2".to_owned(),
            updated: Timestamp::now(),
        };
        let intent = Intent {
            action: IntentAction::Update,
            operation: "customers.update".to_owned(),
            path: format!("/v1/customers/{id}"),
            form: form(&[("phone", "2")]),
            object_id: Some(id),
            ..bench.intent(30)
        };
        let (known, _) = bench
            .settle(vec![Entry::Object(object), Entry::Intent(intent)])
            .await;
        assert_eq!(known.object("customer").unwrap().form, form(&[("name", "Ann")]));
    }

    /// A customer that the ledger knows, so that it can be seen whether it is forgotten.
    fn made(bench: &Bench, id: &str) -> Entry {
        Entry::Object(ObjectRecord {
            flow: "f".to_owned(),
            key: bench.key.clone(),
            step: "customer".to_owned(),
            resource: "customer".to_owned(),
            stripe_id: id.to_owned(),
            form: form(&[("name", "Ann")]),
            fingerprint: form(&[]).fingerprint(),
            created_by_us: true,
            run: bench.run,
            place: "people.csv, line 2".to_owned(),
            updated: Timestamp::now(),
        })
    }

    fn deletion(bench: &Bench, path: &str) -> Intent {
        Intent {
            action: IntentAction::Delete,
            operation: "delete".to_owned(),
            method: "DELETE".to_owned(),
            path: path.to_owned(),
            form: Form::default(),
            ..bench.intent(1)
        }
    }

    #[tokio::test]
    async fn a_free_request_whose_answer_was_lost_is_remembered_and_not_sent_again() {
        let bench = Bench::new().await;
        let id = bench.send("made before").await;
        let path = format!("/v1/customers/{id}/balance_transactions");
        let credit = form(&[("amount", "-500"), ("currency", "usd")]);
        let intent = Intent {
            action: IntentAction::Call,
            operation: "/v1/customers/…/balance_transactions".to_owned(),
            path: path.clone(),
            form: credit.clone(),
            ..bench.intent(1)
        };
        let (known, _) = bench.settle(vec![Entry::Intent(intent)]).await;
        let remembered = known.object("customer").expect("it is remembered");
        assert_eq!(remembered.form, remembered_call("POST", &path, &credit));
        assert!(!remembered.created_by_us);
    }

    #[tokio::test]
    async fn a_deletion_that_is_refused_leaves_the_object_in_the_ledger() {
        let bench = Bench::new().await;
        let id = bench.send("made before").await;
        let refused = Intent {
            form: form(&[("no_such_parameter", "1")]),
            ..deletion(&bench, &format!("/v1/customers/{id}"))
        };
        let entries = vec![made(&bench, &id), Entry::Intent(refused)];
        let (known, customers) = bench.settle(entries).await;
        assert_eq!(customers, 1);
        assert_eq!(
            known.object("customer").map(|object| &*object.stripe_id),
            Some(&*id)
        );
    }

    #[tokio::test]
    async fn a_deletion_of_what_is_gone_already_forgets_it() {
        let bench = Bench::new().await;
        let entries = vec![
            made(&bench, "cus_gone"),
            Entry::Intent(deletion(&bench, "/v1/customers/cus_gone")),
        ];
        let (known, _) = bench.settle(entries).await;
        assert!(known.object("customer").is_none());
    }
}
