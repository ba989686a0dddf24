use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::catalog::{Catalog, OperationKind, Resource};
use crate::ledger::{Intent, IntentAction, Ledger};
use crate::plan::{object_text, value_at};
use crate::stripe::Client;

use super::{CLOCK_SKEW, KEY_LIFE, call_trace};
use crate::engine::EngineError;
use crate::engine::mark::MARK;
use crate::engine::read::read;

/// How long Stripe keeps events, less a day: <https://docs.stripe.com/api/events>.
const EVENT_LIFE: SignedDuration = SignedDuration::from_hours(29 * 24);
/// After which time a missing event says that nothing happened.
const EVENT_DELAY: SignedDuration = SignedDuration::from_hours(1);

/// What Stripe shows of requests whose keys can't be trusted. What is read for one serves all.
pub(super) struct Evidence<'a> {
    client: &'a Client,
    now: Timestamp,
    /// When the oldest and the newest open intent were written.
    span: Option<(Timestamp, Timestamp)>,
    /// Read at the first need.
    events: Option<Events>,
    /// The marks that are looked for, by the path of their collection, with the ids of their objects once the collection
    /// was read.
    marks: HashMap<String, Marks>,
}

/// An open request that only a look can settle.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) intent: Intent,
    /// When it was sent last: it can have been carried out after that.
    pub(super) sent: Timestamp,
}

#[derive(Debug)]
enum Marks {
    Wanted(HashSet<String>),
    Found(HashMap<String, String>),
}

/// Whether a request was carried out.
#[derive(Debug)]
pub(super) enum Happened {
    /// It was, and made or changed this object.
    Yes(Option<String>),
    /// It was not, and never will be; how that is known.
    No(&'static str),
    /// Nobody can tell; what a person can look at.
    Unknown(String),
}

/// The objects of the events that each idempotency key caused: type and id.
#[derive(Debug)]
enum Events {
    Known(HashMap<String, Vec<(String, String)>>),
    /// The key may not read them.
    Refused,
}

impl<'a> Evidence<'a> {
    /// Prepares to look for these requests. Nothing is read yet.
    pub(super) fn new(client: &'a Client, doubts: &[Doubt], now: Timestamp) -> Self {
        let created = doubts.iter().map(|doubt| doubt.intent.created);
        let mut wanted: HashMap<String, HashSet<String>> = HashMap::new();
        for Doubt { intent, .. } in doubts {
            if let Some(mark) = mark_of(intent) {
                let marks = wanted.entry(intent.path.clone()).or_default();
                marks.insert(mark.to_owned());
            }
        }
        let marks = wanted
            .into_iter()
            .map(|(path, marks)| (path, Marks::Wanted(marks)));
        Evidence {
            client,
            now,
            span: created.clone().min().zip(created.max()),
            events: None,
            marks: marks.collect(),
        }
    }

    /// Tells whether an intent was carried out.
    ///
    /// Sending an update or a deletion twice does the same as once, so these are planned again. What makes an object
    /// or moves something is looked for: by the events that its key caused, by the object's mark, by the id that
    /// the flow chose, by what a call leaves behind, and at last among the objects that were made since.
    pub(super) async fn of<L: Ledger>(
        &mut self,
        doubt: &Doubt,
        ledger: &Arc<L>,
    ) -> Result<Happened, EngineError> {
        let intent = &doubt.intent;
        match intent.action {
            IntentAction::Update | IntentAction::Delete => {
                return Ok(Happened::No("its key is not trusted any more; planned again"));
            }
            IntentAction::Create | IntentAction::Call => {}
        }
        if let Some(id) = self.by_event(intent).await? {
            return Ok(Happened::Yes(id));
        }
        match intent.action {
            IntentAction::Create => self.creation(doubt, ledger).await,
            _ => self.call(intent).await,
        }
    }

    async fn creation<L: Ledger>(&mut self, doubt: &Doubt, ledger: &Arc<L>) -> Result<Happened, EngineError> {
        let intent = &doubt.intent;
        let resource = resource_of(intent);
        if let Some(mark) = mark_of(intent)
            && resource.is_some_and(can_be_listed)
        {
            return self.by_mark(intent, mark).await;
        }
        if let Some(id) = intent.form.text("id") {
            let path = format!("{}/{id}", intent.path);
            return Ok(match read(self.client, &path).await? {
                Some(_) => Happened::Yes(Some(id.to_owned())),
                None => Happened::No("there is no object with its id"),
            });
        }
        if self.is_told_by_events(doubt, resource) {
            return Ok(Happened::No("Stripe has no event of it"));
        }
        match resource.filter(|resource| can_be_listed(resource)) {
            Some(_) => self.by_values(intent, ledger).await,
            None => Ok(Happened::Unknown(format!(
                "see in the dashboard's logs whether `POST {}` came through at about {}",
                intent.path,
                moment(intent.created)
            ))),
        }
    }

    async fn call(&self, intent: &Intent) -> Result<Happened, EngineError> {
        let Some(path) = call_trace::object_path(intent) else {
            return Ok(Happened::Unknown(format!(
                "see in the dashboard's logs whether `{} {}` came through at about {}",
                intent.method,
                intent.path,
                moment(intent.created)
            )));
        };
        let Some(object) = read(self.client, path).await? else {
            return Ok(Happened::No("its object is gone"));
        };
        let id = object.get("id").and_then(Value::as_str).map(str::to_owned);
        Ok(match call_trace::is_carried_out(intent, &object) {
            Some(true) => Happened::Yes(id),
            Some(false) => Happened::No("its object shows that it was not carried out"),
            None => Happened::Unknown(format!(
                "the object at `{path}` does not say whether it was carried out"
            )),
        })
    }

    /// Finds the object with an intent's mark among those that were made since.
    async fn by_mark(&mut self, intent: &Intent, mark: &str) -> Result<Happened, EngineError> {
        if let Some(Marks::Wanted(wanted)) = self.marks.get(&intent.path) {
            let found = self.read_marks(intent, wanted).await?;
            self.marks.insert(intent.path.clone(), Marks::Found(found));
        }
        Ok(match self.marks.get(&intent.path) {
            Some(Marks::Found(found)) if found.contains_key(mark) => Happened::Yes(found.get(mark).cloned()),
            _ => Happened::No("no object carries its mark"),
        })
    }

    /// Finds the ids of the objects that carry these marks, in the collection of this intent.
    async fn read_marks(
        &self,
        intent: &Intent,
        wanted: &HashSet<String>,
    ) -> Result<HashMap<String, String>, EngineError> {
        let oldest = self.span.map_or(intent.created, |(oldest, _)| oldest);
        let mut found = HashMap::new();
        let mut made = self.made_since(intent, oldest);
        while found.len() < wanted.len()
            && let Some(object) = made.next().await?
        {
            let mark = value_at(&object, &format!("metadata[{MARK}]")).and_then(object_text);
            if let Some(mark) = mark.filter(|mark| wanted.contains(mark))
                && let Some(id) = object.get("id").and_then(Value::as_str)
            {
                found.insert(mark, id.to_owned());
            }
        }
        Ok(found)
    }

    /// Looks among the objects that were made since, and that no record has, for the one with the values that were
    /// sent.
    async fn by_values<L: Ledger>(&self, intent: &Intent, ledger: &Arc<L>) -> Result<Happened, EngineError> {
        let mut fitting = Vec::new();
        let mut others = 0;
        let mut made = self.made_since(intent, intent.created);
        while let Some(object) = made.next().await? {
            let Some(id) = object.get("id").and_then(Value::as_str) else {
                continue;
            };
            if ledger.object_by_id(id).await?.is_some() {
                continue;
            }
            match agrees(intent, &object) {
                true => fitting.push(id.to_owned()),
                false => others += 1,
            }
        }
        Ok(match (fitting.as_slice(), others) {
            ([only], _) => Happened::Yes(Some(only.clone())),
            ([], 0) => Happened::No("nothing was made since that no record has"),
            ([], _) => Happened::Unknown(format!(
                "of {others} that were made since and that no record has, none is quite like it; see whether one of \
                 them is meant"
            )),
            (several, _) => Happened::Unknown(format!(
                "any of {} may be what it made; see which one is meant",
                several.join(", ")
            )),
        })
    }

    /// Lists the objects of an intent's collection that were made since a time.
    fn made_since(&self, intent: &Intent, since: Timestamp) -> crate::stripe::Pager {
        let takes_since = resource_of(intent).is_some_and(|resource| resource.filters.contains(&"created"));
        let filters = match takes_since {
            true => vec![("created[gte]".to_owned(), earlier(since).as_second().to_string())],
            false => Vec::new(),
        };
        self.client.list(&intent.path, &filters)
    }

    /// Tells whether an event would be there by now if the request had been carried out.
    fn is_told_by_events(&self, doubt: &Doubt, resource: Option<&Resource>) -> bool {
        let can_tell = EVENT_DELAY < self.now.duration_since(doubt.sent)
            && self.now.duration_since(doubt.intent.created) < EVENT_LIFE;
        can_tell
            && matches!(self.events, Some(Events::Known(_)))
            && resource.is_some_and(|resource| {
                let kind = format!("{}.created", resource.name);
                event_types().any(|name| name == kind)
            })
    }

    /// Finds the object in the events that the intent's key caused; `None` when there is no event.
    async fn by_event(&mut self, intent: &Intent) -> Result<Option<Option<String>>, EngineError> {
        if self.now.duration_since(intent.created) > EVENT_LIFE {
            return Ok(None);
        }
        if self.events.is_none() {
            self.events = Some(self.read_events().await?);
        }
        let Some(Events::Known(by_key)) = &self.events else {
            return Ok(None);
        };
        let Some(objects) = by_key.get(&intent.idempotency_key) else {
            return Ok(None);
        };
        let wanted = resource_of(intent).map(|resource| resource.name);
        let own = objects.iter().find(|(kind, _)| Some(kind.as_str()) == wanted);
        Ok(match (intent.action, own) {
            (_, Some((_, id))) => Some(Some(id.clone())),
            // Something came of it, yet not what it was to make.
            (IntentAction::Create, None) => None,
            (_, None) => Some(None),
        })
    }

    /// Reads the events of the time in which the open requests can have been carried out: each from its intent to
    /// the end of its key.
    async fn read_events(&self) -> Result<Events, EngineError> {
        let Some((oldest, newest)) = self.span else {
            return Ok(Events::Known(HashMap::new()));
        };
        let oldest = oldest.max(self.now.checked_sub(EVENT_LIFE).unwrap_or(oldest));
        let until = newest.checked_add(KEY_LIFE + CLOCK_SKEW).unwrap_or(newest);
        let filters = [
            ("created[gte]".to_owned(), earlier(oldest).as_second().to_string()),
            ("created[lte]".to_owned(), until.as_second().to_string()),
        ];
        let mut found: HashMap<String, Vec<(String, String)>> = HashMap::new();
        let mut events = self.client.list("/v1/events", &filters);
        loop {
            let event = match events.next().await {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(Events::Known(found)),
                Err(error) if matches!(error.status(), Some(401 | 403)) => return Ok(Events::Refused),
                Err(error) => return Err(error.into()),
            };
            let text = |pointer: &str| Some(event.pointer(pointer)?.as_str()?.to_owned());
            if let Some(key) = text("/request/idempotency_key")
                && let (Some(kind), Some(id)) = (text("/data/object/object"), text("/data/object/id"))
            {
                found.entry(key).or_default().push((kind, id));
            }
        }
    }
}

fn mark_of(intent: &Intent) -> Option<&str> {
    intent.form.text(&format!("metadata[{MARK}]"))
}

/// Gives what an intent's operation answers with.
fn resource_of(intent: &Intent) -> Option<&'static Resource> {
    let catalog = Catalog::embedded();
    let (owner, operation) = catalog.operation(&intent.operation)?;
    let answered = operation.of.first().and_then(|name| catalog.resource(name));
    Some(answered.unwrap_or(owner))
}

fn can_be_listed(resource: &Resource) -> bool {
    let list = resource.operation(OperationKind::List);
    list.is_some_and(|list| list.path_params.is_empty())
}

/// Tells whether an object has all values that were sent, as far as it shows them, and shows at least one.
fn agrees(intent: &Intent, object: &Value) -> bool {
    let shown = intent
        .form
        .iter()
        .filter_map(|(name, value)| Some((value.text()?, value_at(object, name).and_then(object_text)?)));
    let mut count = 0;
    for (sent, there) in shown {
        if sent != there {
            return false;
        }
        count += 1;
    }
    count > 0
}

/// Gives the values that the type of an event can have.
fn event_types() -> impl Iterator<Item = &'static str> {
    let catalog = Catalog::embedded();
    let member = catalog
        .resource("event")
        .and_then(|event| catalog.member(event.fields, "type"));
    member
        .map(|member| catalog.words_of(&member))
        .unwrap_or_default()
        .iter()
        .copied()
}

fn earlier(time: Timestamp) -> Timestamp {
    time.checked_sub(CLOCK_SKEW).unwrap_or(time)
}

fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
