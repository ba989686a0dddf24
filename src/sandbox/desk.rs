use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::HeaderValue;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Map, Value};

use crate::model::Clock;

use super::books::{Books, Loaded};
use super::call::{Call, Reply};
use super::check;
use super::counts::{Counter, Counts};
use super::event::{self, Origin};
use super::fault::{self, Dice, Drawn, FaultKind, Faults};
use super::idempotency::{self, Kept};
use super::ids::{self, Births};
use super::key;
use super::refusal::Refusal;
use super::routes::{Match, Routes};
use super::run;
use super::settings::Settings;
use super::shapes::Shapes;
use super::store::{Record, Store};
use super::tree;
use super::work::Work;
use super::writer::{Pen, Slot};
use crate::catalog::Catalog;

/// Answers requests: key, rate, path, idempotency, parameters, and then the endpoint itself.
///
/// Every request runs whole under one lock, and is answered when what it saw and did is durable.
#[derive(Debug)]
pub(super) struct Desk {
    shapes: Shapes,
    routes: Routes,
    seed: u64,
    clock: Clock,
    books: Mutex<Books>,
    pen: Option<Pen>,
    counter: Counter,
    dice: Dice,
    /// Counts the requests, for their ids.
    requests: AtomicU64,
    /// What request ids are made from: other ones at every start.
    request_seed: u64,
}

/// An answer of the endpoint, before it is a reply.
struct Outcome {
    status: u16,
    body: Bytes,
    replayed: Option<String>,
    /// Whether its idempotency key is at work until the reply is sent.
    is_running: bool,
}

/// What an endpoint answered, and what it wrote.
struct Ran {
    answer: Result<Bytes, Refusal>,
    changes: Vec<Record>,
}

impl Desk {
    pub(super) fn new(settings: &Settings, loaded: Loaded, pen: Option<Pen>) -> Self {
        let shapes = Shapes::new(Catalog::embedded());
        let books = Books::new(settings, &shapes, loaded);
        let now = settings.clock.now();
        Desk {
            routes: Routes::new(shapes.catalog),
            shapes,
            seed: settings.seed,
            clock: settings.clock.clone(),
            books: Mutex::new(books),
            pen,
            counter: Counter::default(),
            dice: Dice::new(settings.faults, settings.seed),
            requests: AtomicU64::new(0),
            request_seed: settings.seed ^ u64::try_from(now.as_nanosecond()).unwrap_or(0),
        }
    }

    /// Gives the sandbox's time as HTTP writes it.
    pub(super) fn date(&self) -> Option<HeaderValue> {
        let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.clock.now());
        HeaderValue::from_str(&text.ok()?).ok()
    }

    pub(super) fn counts(&self) -> Counts {
        self.counter.read()
    }

    /// Counts a request, and draws what happens to it.
    pub(super) fn draw(&self, call: &Call) -> Option<Drawn> {
        self.counter.count(&call.method);
        self.dice.draw(call)
    }

    /// Counts a fault that happened, and gives what faults are like.
    pub(super) fn meet(&self, kind: FaultKind) -> Faults {
        self.counter.count_fault(kind);
        self.dice.faults()
    }

    /// Lets other things go wrong from now on.
    pub(super) fn set_faults(&self, faults: Faults) {
        self.dice.set_faults(faults);
    }

    /// Answers one request.
    pub(super) async fn answer(self: Arc<Self>, call: Call) -> Reply {
        let request = self.request_id();
        let slot = match &self.pen {
            Some(pen) => pen.reserve().await.map(Some),
            None => Ok(None),
        };
        let outcome = match slot {
            Ok(slot) => self.begin(&call, &request, slot),
            Err(refusal) => Err(refusal),
        };
        let running = match &outcome {
            Ok(Outcome { is_running: true, .. }) => Running::new(&self, &call),
            _ => None,
        };
        let durable = match &self.pen {
            Some(pen) if rests_on_state(&outcome) => pen.durable().await,
            _ => Ok(()),
        };
        drop(running);
        match durable.and(outcome) {
            Ok(outcome) => Reply {
                status: outcome.status,
                body: outcome.body,
                request,
                replayed: outcome.replayed,
                limit: None,
            },
            Err(refusal) => refused(&refusal, request),
        }
    }

    /// Lets what was run be written, and nothing after it.
    pub(super) async fn stop_writing(&self) {
        if let Some(pen) = &self.pen {
            pen.stop().await;
        }
    }

    fn request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        ids::letters("req_", 14, &mut ids::random(self.request_seed, count))
    }

    /// Runs a request, and hands what is to be written to the writer in the order of the runs.
    fn begin(&self, call: &Call, request: &str, slot: Option<Slot<'_>>) -> Result<Outcome, Refusal> {
        key::check(call.authorization.as_deref())?;
        let found = self.routes.find(&call.method, &call.path);
        let operation = found.as_ref().map(|found| found.route.operation);
        let mut books = self.lock();
        books
            .admit(operation, self.clock.now())
            .inspect_err(|_| self.counter.count_limited())?;
        self.fault(call, fault::at_the_door(call))?;
        let found = found.ok_or_else(|| unrecognised(call))?;
        let Some(key) = call.key() else {
            let ran = self.run(&books.store, &found, call, &Origin { request, key: None });
            books.write(ran.changes, None, slot);
            return ran.answer.map(|body| Outcome::new(200, body));
        };
        let now = self.clock.now().as_second();
        let fingerprint = idempotency::fingerprint(call);
        if let Some(kept) = books.keys.look_up(key, &fingerprint, now)? {
            return Ok(Outcome {
                replayed: Some(kept.request.clone()),
                ..Outcome::new(kept.status, kept.body.clone())
            });
        }
        let origin = Origin {
            request,
            key: Some(key),
        };
        let Ran { answer, changes } = self.run(&books.store, &found, call, &origin);
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(refusal) if refusal.began => (refusal.status, Bytes::from(refusal.body(request))),
            Err(refusal) => return Err(refusal),
        };
        let kept = Kept {
            key: key.to_owned(),
            fingerprint,
            status,
            body: body.clone(),
            request: request.to_owned(),
            created: now,
        };
        books.keys.begin(key);
        books.write(changes, Some(kept), slot);
        Ok(Outcome {
            is_running: true,
            ..Outcome::new(status, body)
        })
    }

    fn run(&self, store: &Store, found: &Match<'_>, call: &Call, origin: &Origin<'_>) -> Ran {
        let mut work = Work {
            shapes: &self.shapes,
            store,
            seed: self.seed,
            births: Births::new(self.seed, origin.key, store.next_sequence()),
            now: self.clock.now().as_second(),
            upload: call.upload,
            next: store.next_sequence(),
            changes: Vec::new(),
            notes: Vec::new(),
        };
        let answer = self
            .fault(call, fault::instead(call, FaultKind::ErrorBefore))
            .and_then(|()| parameters(call))
            .and_then(|given| check::check(&self.shapes, found.route.operation, &given))
            .and_then(|given| run::run(&mut work, found, &given));
        if answer.as_ref().is_err_and(|refusal| !refusal.stands) {
            return Ran {
                answer,
                changes: Vec::new(),
            };
        }
        event::record(&mut work, origin);
        let lost = answer
            .is_ok()
            .then(|| fault::instead(call, FaultKind::ErrorAfter));
        Ran {
            answer: self.fault(call, lost.flatten()).and(answer),
            changes: work.changes,
        }
    }

    /// Lets a fault happen where there is one.
    fn fault(&self, call: &Call, refusal: Option<Refusal>) -> Result<(), Refusal> {
        match (refusal, call.fault) {
            (Some(refusal), Some(drawn)) => {
                self.meet(drawn.kind);
                Err(refusal)
            }
            _ => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outcome {
    fn new(status: u16, body: Bytes) -> Self {
        Outcome {
            status,
            body,
            replayed: None,
            is_running: false,
        }
    }
}

/// Tells whether an answer says something of the objects, so that it must wait for what it saw to be
/// durable.
fn rests_on_state(outcome: &Result<Outcome, Refusal>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(refusal) => refusal.began,
    }
}

/// Marks an idempotency key as at work until it is dropped, also when the connection ends before.
struct Running<'a> {
    desk: &'a Desk,
    key: String,
}

impl<'a> Running<'a> {
    fn new(desk: &'a Desk, call: &Call) -> Option<Self> {
        call.key().map(|key| Running {
            desk,
            key: key.to_owned(),
        })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.desk.lock().keys.end(&self.key);
    }
}

/// Reads the parameters: of a POST from its body, of others from the query.
fn parameters(call: &Call) -> Result<Map<String, Value>, Refusal> {
    match call.method.as_str() {
        "POST" if call.query.is_empty() => tree::decode(&call.body),
        "POST" => {
            let mut both = tree::decode(call.query.as_bytes())?;
            both.extend(tree::decode(&call.body)?);
            Ok(both)
        }
        _ => tree::decode(call.query.as_bytes()),
    }
}

fn unrecognised(call: &Call) -> Refusal {
    Refusal::not_found(format!(
        "Unrecognized request URL ({}: {}). If you are trying to list objects, remove the trailing slash. If you \
         are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please \
         see https://stripe.com/docs or we can help at https://support.stripe.com/.",
        call.method, call.path
    ))
}

fn refused(refusal: &Refusal, request: String) -> Reply {
    Reply {
        status: refusal.status,
        body: Bytes::from(refusal.body(&request)),
        request,
        replayed: None,
        limit: refusal.limit,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::{Call, Desk, Loaded, Reply};
    use crate::sandbox::settings::Settings;
    use crate::sandbox::state_file::StateFile;
    use crate::sandbox::writer::{self, Writer};

    fn create(key: &str) -> Call {
        Call {
            method: "POST".to_owned(),
            path: "/v1/customers".to_owned(),
            body: "name=Ada".into(),
            authorization: Some("Bearer sk_test_x".to_owned()),
            idempotency_key: Some(key.to_owned()),
            ..Call::default()
        }
    }

    /// A desk whose writer waits to be run.
    async fn desk(path: PathBuf) -> (Arc<Desk>, Writer) {
        let settings = Settings::default();
        let file = StateFile::open(&path).await.expect("a state file");
        let (pen, writer) = writer::queue(file, settings.clock.clone());
        (
            Arc::new(Desk::new(&settings, Loaded::default(), Some(pen))),
            writer,
        )
    }

    fn poll(answer: std::pin::Pin<&mut impl Future<Output = Reply>>) -> Option<Reply> {
        match answer.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(reply) => Some(reply),
            Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn a_key_at_work_is_refused_until_its_request_is_committed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (desk, writer) = desk(folder.path().join("state.db")).await;
        let mut first = pin!(Arc::clone(&desk).answer(create("key")));
        assert!(
            poll(first.as_mut()).is_none(),
            "nothing is answered before its commit"
        );

        let second = Arc::clone(&desk).answer(create("key")).await;
        assert_eq!(second.status, 409);
        assert!(String::from_utf8_lossy(&second.body).contains("idempotency_key_in_use"));

        desk.stop_writing().await;
        writer.run().await.expect("it commits");
        let first = poll(first.as_mut()).expect("it is answered");
        assert_eq!(first.status, 200);
    }

    #[tokio::test]
    async fn a_client_that_goes_away_does_not_keep_its_key_at_work() {
        let folder = tempfile::tempdir().expect("a folder");
        let (desk, writer) = desk(folder.path().join("state.db")).await;
        {
            let mut first = pin!(Arc::clone(&desk).answer(create("key")));
            assert!(poll(first.as_mut()).is_none());
        }
        let mut again = pin!(Arc::clone(&desk).answer(create("key")));
        assert!(
            poll(again.as_mut()).is_none(),
            "the answer is there, and waits for the commit"
        );
        desk.stop_writing().await;
        writer.run().await.expect("it commits");
        let again = poll(again.as_mut()).expect("it is answered");
        assert!(again.replayed.is_some());
    }

    #[tokio::test]
    async fn nothing_is_answered_when_the_state_can_not_be_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let (desk, writer) = desk(folder.path().join("state.db")).await;
        drop(writer);
        assert_eq!(Arc::clone(&desk).answer(create("key")).await.status, 500);
    }
}
