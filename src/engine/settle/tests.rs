use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use secrecy::SecretString;

use super::{Settled, Settler, Verdict};
use crate::engine::Progress;
use crate::engine::mark::MARK;
use crate::ledger::{
    Entry, Intent, IntentAction, Journal, KnownRecord, Ledger, MemoryLedger, ObjectRecord, RunId, RunStart,
};
use crate::model::{Clock, Form, FormValue, RecordKey};
use crate::plan::remembered_call;
use crate::sandbox::{self, FaultRate, Faults, Sandbox};
use crate::stripe::{Client, Method, Request, Settings};

/// When the interrupted run was: 2026-11-21 12:00 UTC.
const THEN: i64 = 1_795_262_400;
const HOUR: i64 = 3_600;

/// A sandbox, a ledger with one run, and one record, with a clock for all of them.
struct Bench {
    sandbox: Sandbox,
    client: Client,
    ledger: Arc<MemoryLedger>,
    run: RunId,
    key: RecordKey,
    second: Arc<AtomicI64>,
    clock: Clock,
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
        let second = Arc::new(AtomicI64::new(THEN));
        let now = Arc::clone(&second);
        let clock = Clock::new(move || Timestamp::from_second(now.load(Ordering::SeqCst)).unwrap());
        let settings = sandbox::Settings {
            clock: clock.clone(),
            ..sandbox::Settings::default()
        };
        let sandbox = sandbox::start(settings).await.unwrap();
        let mut settings = Settings::for_key(SecretString::from(sandbox::TEST_KEY)).unwrap();
        settings.base_url = sandbox.base_url();
        let client = Client::new(settings).unwrap();
        let ledger = Arc::new(MemoryLedger::new());
        let start = RunStart {
            command: "apply".to_owned(),
            generation: 1,
            flows: Vec::new(),
            started: clock.now(),
        };
        let run = ledger.start_run(&start).await.unwrap();
        Bench {
            sandbox,
            client,
            ledger,
            run,
            key: RecordKey::new(&["1".to_owned()]),
            second,
            clock,
        }
    }

    fn wait_hours(&self, hours: i64) {
        self.second.fetch_add(hours * HOUR, Ordering::SeqCst);
    }

    /// An intent to create the customer, written when the interrupted run was.
    fn intent(&self) -> Intent {
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
            created: Timestamp::from_second(THEN).unwrap(),
        }
    }

    fn call(&self, operation: &str, path: String) -> Intent {
        Intent {
            action: IntentAction::Call,
            operation: operation.to_owned(),
            path,
            form: Form::default(),
            ..self.intent()
        }
    }

    /// Sends a request under a key, and gives the id of what it answers.
    async fn post(&self, (path, form): (&str, &Form), idempotency_key: &str) -> String {
        let request = Request {
            method: Method::Post,
            endpoint: "POST",
            path,
            form,
            idempotency_key: Some(idempotency_key),
            object: None,
        };
        let answer = self.client.send(&request).await.unwrap();
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Creates the customer under this key.
    async fn send(&self, idempotency_key: &str) -> String {
        self.post(("/v1/customers", &marked()), idempotency_key).await
    }

    /// Creates a draft of an invoice.
    async fn draft(&self) -> String {
        let customer = self.send("the customer").await;
        let invoice = form(&[("customer", &customer)]);
        self.post(("/v1/invoices", &invoice), "the invoice").await
    }

    async fn settler<Answer>(&self, work: impl AsyncFnOnce(Settler<'_, MemoryLedger>) -> Answer) -> Answer {
        let journal = Journal::start(Arc::clone(&self.ledger));
        let settler = Settler {
            client: &self.client,
            ledger: &self.ledger,
            journal: &journal,
            clock: &self.clock,
        };
        let answer = work(settler).await;
        journal.close().await.unwrap();
        answer
    }

    async fn settle(&self, entries: Vec<Entry>) -> Settled {
        self.ledger.commit(entries).await.unwrap();
        self.settler(async |settler| settler.settle_all(&Progress::default()).await.unwrap())
            .await
    }

    async fn known(&self) -> KnownRecord {
        let keys = std::slice::from_ref(&self.key);
        self.ledger.known("f", keys).await.unwrap().remove(0)
    }

    async fn customers(&self) -> usize {
        let page = self.client.page("/v1/customers", &[], None).await.unwrap();
        page.data.len()
    }

    /// Settles, and gives what the ledger knows then and how many customers there are.
    async fn settled(self, entries: Vec<Entry>) -> (KnownRecord, usize) {
        let settled = self.settle(entries).await;
        assert_eq!((settled.closed, settled.open.len()), (1, 0));
        let known = self.known().await;
        assert!(known.intents.is_empty(), "the intent is closed");
        let customers = self.customers().await;
        self.sandbox.stop().await.unwrap();
        (known, customers)
    }

    /// Settles what stays open, and gives why.
    async fn why_open(&self, intent: Intent) -> String {
        let mut settled = self.settle(vec![Entry::Intent(intent)]).await;
        assert_eq!((settled.closed, settled.open.len()), (0, 1));
        assert_eq!(self.known().await.intents.len(), 1);
        settled.open.remove(0).why
    }

    /// A customer that the ledger knows.
    fn object(&self, id: &str, form: Form) -> Entry {
        Entry::Object(ObjectRecord {
            flow: "f".to_owned(),
            key: self.key.clone(),
            step: "customer".to_owned(),
            resource: "customer".to_owned(),
            stripe_id: id.to_owned(),
            fingerprint: form.fingerprint(),
            form,
            created_by_us: true,
            run: self.run,
            place: "people.csv, line 2".to_owned(),
            updated: self.clock.now(),
        })
    }
}

#[tokio::test]
async fn a_request_that_never_left_is_sent_with_its_key() {
    let bench = Bench::new().await;
    let intent = bench.intent();
    bench.wait_hours(1);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(customers, 1);
    assert!(known.object("customer").unwrap().created_by_us);
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_makes_no_second_object() {
    let bench = Bench::new().await;
    let id = bench.send("key-1").await;
    let intent = bench.intent();
    bench.wait_hours(22);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(customers, 1);
    assert_eq!(known.object("customer").unwrap().stripe_id, id);
}

#[tokio::test]
async fn an_old_request_is_settled_by_the_event_that_its_key_caused() {
    let bench = Bench::new().await;
    let unmarked = form(&[("name", "Ann")]);
    let id = bench.post(("/v1/customers", &unmarked), "key-1").await;
    bench.post(("/v1/customers", &unmarked), "another key").await;
    let intent = Intent {
        form: unmarked,
        ..bench.intent()
    };
    bench.wait_hours(30);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(customers, 2);
    assert_eq!(known.object("customer").unwrap().stripe_id, id);
}

#[tokio::test]
async fn a_request_older_than_the_events_is_settled_by_the_mark_of_its_object() {
    let bench = Bench::new().await;
    let id = bench.send("key-1").await;
    let intent = bench.intent();
    bench.wait_hours(40 * 24);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(customers, 1);
    assert_eq!(known.object("customer").unwrap().stripe_id, id);
}

#[tokio::test]
async fn an_old_request_that_left_no_object_is_given_up_and_nothing_is_sent() {
    let bench = Bench::new().await;
    let intent = bench.intent();
    bench.wait_hours(30);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!((customers, known.objects.len()), (0, 0));
    assert_eq!(known.next_generation("customer"), 2);
}

#[tokio::test]
async fn an_old_request_without_a_mark_that_caused_no_event_is_given_up() {
    let bench = Bench::new().await;
    let intent = Intent {
        form: form(&[("name", "Ann")]),
        ..bench.intent()
    };
    bench.wait_hours(30);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!((customers, known.objects.len()), (0, 0));
}

#[tokio::test]
async fn an_id_that_the_flow_chose_settles_an_old_request() {
    let bench = Bench::new().await;
    let coupon = form(&[("id", "SUMMER"), ("percent_off", "10"), ("duration", "once")]);
    bench.post(("/v1/coupons", &coupon), "key-1").await;
    let intent = Intent {
        operation: "coupons.create".to_owned(),
        path: "/v1/coupons".to_owned(),
        form: coupon,
        ..bench.intent()
    };
    bench.wait_hours(40 * 24);
    let (known, _) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(known.object("customer").unwrap().stripe_id, "SUMMER");
}

#[tokio::test]
async fn of_what_was_made_since_the_one_with_the_values_that_were_sent_is_taken() {
    let bench = Bench::new().await;
    let id = bench
        .post(("/v1/customers", &form(&[("name", "Ann")])), "1")
        .await;
    bench
        .post(("/v1/customers", &form(&[("name", "Bob")])), "2")
        .await;
    let intent = Intent {
        form: form(&[("name", "Ann")]),
        ..bench.intent()
    };
    bench.wait_hours(40 * 24);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(customers, 2);
    assert_eq!(known.object("customer").unwrap().stripe_id, id);
}

#[tokio::test]
async fn two_that_may_be_meant_are_left_to_a_person() {
    let bench = Bench::new().await;
    let unmarked = form(&[("name", "Ann")]);
    let first = bench.post(("/v1/customers", &unmarked), "1").await;
    let second = bench.post(("/v1/customers", &unmarked), "2").await;
    let intent = Intent {
        form: unmarked,
        ..bench.intent()
    };
    bench.wait_hours(40 * 24);
    let why = bench.why_open(intent.clone()).await;
    assert!(why.contains(&first) && why.contains(&second), "{why}");
    let verdict = Verdict::Done(Some(second.clone()));
    bench
        .settler(async |settler| settler.close(intent, verdict).await.unwrap())
        .await;
    let known = bench.known().await;
    assert!(known.intents.is_empty());
    assert_eq!(known.object("customer").unwrap().stripe_id, second);
}

#[tokio::test]
async fn one_that_is_not_quite_like_it_is_left_to_a_person() {
    let bench = Bench::new().await;
    let edited = form(&[("name", "Ann Lee")]);
    bench.post(("/v1/customers", &edited), "1").await;
    let intent = Intent {
        form: form(&[("name", "Ann")]),
        ..bench.intent()
    };
    bench.wait_hours(40 * 24);
    let why = bench.why_open(intent.clone()).await;
    assert!(why.starts_with("of 1 that were made since"), "{why}");
    bench
        .settler(async |settler| settler.close(intent, Verdict::NeverSent).await.unwrap())
        .await;
    let known = bench.known().await;
    assert!(known.intents.is_empty() && known.objects.is_empty());
}

#[tokio::test]
async fn the_fields_of_an_old_lost_update_are_sent_again() {
    let bench = Bench::new().await;
    let id = bench.send("made before").await;
    let object = bench.object(&id, form(&[("name", "Ann"), ("phone", "1")]));
    let intent = Intent {
        action: IntentAction::Update,
        operation: "customers.update".to_owned(),
        path: format!("/v1/customers/{id}"),
        form: form(&[("phone", "2")]),
        object_id: Some(id),
        ..bench.intent()
    };
    bench.wait_hours(30);
    let (known, _) = bench.settled(vec![object, Entry::Intent(intent)]).await;
    assert_eq!(known.object("customer").unwrap().form, form(&[("name", "Ann")]));
}

#[tokio::test]
async fn an_old_call_is_settled_by_what_it_left_in_its_object() {
    for finalised in [true, false] {
        let bench = Bench::new().await;
        let invoice = bench.draft().await;
        let path = format!("/v1/invoices/{invoice}/finalize");
        if finalised {
            bench.post((&path, &Form::default()), "key-1").await;
        }
        let intent = bench.call("invoices.finalize_invoice", path);
        bench.wait_hours(40 * 24);
        let (known, _) = bench.settled(vec![Entry::Intent(intent)]).await;
        assert_eq!(known.object("customer").is_some(), finalised);
    }
}

#[tokio::test]
async fn an_old_free_request_is_settled_by_its_event_and_else_by_a_person() {
    let bench = Bench::new().await;
    let invoice = bench.draft().await;
    let path = format!("/v1/invoices/{invoice}/send");
    let intent = bench.call("/v1/invoices/…/send", path.clone());
    bench.wait_hours(30);
    let why = bench.why_open(intent).await;
    assert!(why.contains(&format!("`POST {path}`")), "{why}");

    let bench = Bench::new().await;
    let invoice = bench.draft().await;
    let path = format!("/v1/invoices/{invoice}/finalize");
    bench.post((&path, &Form::default()), "key-1").await;
    let intent = bench.call("/v1/invoices/…/finalize", path.clone());
    bench.wait_hours(30);
    let (known, _) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(
        known.object("customer").unwrap().form,
        remembered_call("POST", &path, &Form::default())
    );
}

#[tokio::test]
async fn a_request_from_the_future_is_looked_for_and_not_sent() {
    let bench = Bench::new().await;
    let intent = bench.intent();
    bench.wait_hours(-48);
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!((customers, known.objects.len()), (0, 0));
}

/// A create that met this fault, so that Stripe keeps a 500 under its key.
async fn met(bench: &Bench, fault: &str) {
    let rate: FaultRate = format!("{fault}=1").parse().unwrap();
    bench.sandbox.set_faults(Faults::from_iter([rate]));
    let form = marked();
    let request = Request {
        method: Method::Post,
        endpoint: "POST",
        path: "/v1/customers",
        form: &form,
        idempotency_key: Some("key-1"),
        object: None,
    };
    let error = bench.client.send(&request).await.unwrap_err();
    assert_eq!(error.status(), Some(500));
    bench.sandbox.set_faults(Faults::default());
}

#[tokio::test]
async fn a_kept_500_that_did_something_is_found() {
    let bench = Bench::new().await;
    met(&bench, "500-after").await;
    let intent = bench.intent();
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!(customers, 1);
    assert!(known.object("customer").unwrap().created_by_us);
}

#[tokio::test]
async fn a_kept_500_that_did_nothing_is_given_up_and_sent_anew() {
    let bench = Bench::new().await;
    met(&bench, "500-before").await;
    let intent = bench.intent();
    let (known, customers) = bench.settled(vec![Entry::Intent(intent)]).await;
    assert_eq!((customers, known.objects.len()), (0, 0));
    assert_eq!(known.next_generation("customer"), 2);
}

fn deletion(bench: &Bench, path: &str) -> Intent {
    Intent {
        action: IntentAction::Delete,
        operation: "delete".to_owned(),
        method: "DELETE".to_owned(),
        path: path.to_owned(),
        form: Form::default(),
        ..bench.intent()
    }
}

#[tokio::test]
async fn a_free_request_whose_answer_was_lost_is_remembered_and_not_sent_again() {
    let bench = Bench::new().await;
    let id = bench.send("made before").await;
    let path = format!("/v1/customers/{id}/balance_transactions");
    let credit = form(&[("amount", "-500"), ("currency", "usd")]);
    let intent = Intent {
        form: credit.clone(),
        ..bench.call("/v1/customers/…/balance_transactions", path.clone())
    };
    let (known, _) = bench.settled(vec![Entry::Intent(intent)]).await;
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
    let entries = vec![bench.object(&id, marked()), Entry::Intent(refused)];
    let (known, customers) = bench.settled(entries).await;
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
        bench.object("cus_gone", marked()),
        Entry::Intent(deletion(&bench, "/v1/customers/cus_gone")),
    ];
    let (known, _) = bench.settled(entries).await;
    assert!(known.object("customer").is_none());
}
