//! `--refresh`: the live objects of what the ledger knows.

use std::collections::btree_map::Entry;
use std::collections::hash_map;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tokio::task::JoinSet;

use crate::catalog::{Catalog, OperationKind};
use crate::engine::EngineError;
use crate::engine::read::{Retrieved, retrieve};
use crate::engine::step_at::StepAt;
use crate::engine::store::Store;
use crate::lang::program::{Flow, Step, StepKind};
use crate::ledger::{KnownObject, KnownRecord};
use crate::model::RecordKey;
use crate::plan::{self, Drift};
use crate::stripe::Client;

use super::short_hash::short_hash;

/// How many objects are read one by one at once. The client keeps below the limits.
const AT_ONCE: usize = 32;

/// What became of the objects of one flow, as far as it was looked up.
///
/// An object costs some bytes of memory; what Stripe answered is on disk, and of it only what the flow sends.
pub(super) struct Refresh {
    flow: Arc<Flow>,
    slots: HashMap<u64, Slot>,
    /// By resource: how many of its objects are wanted, and which members of an answer the flow sends.
    wanted: BTreeMap<&'static str, Wanted>,
    store: Store,
}

#[derive(Default)]
struct Wanted {
    count: usize,
    members: BTreeSet<String>,
}

/// What is known of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// Nobody has looked.
    Wanted,
    /// It is at this place of the store.
    Stored(u64),
    /// It was deleted.
    Gone,
    /// It can't be read alone.
    Unreadable,
}

/// What other hands did to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hands {
    /// Nothing that the flow sends is another now, or nobody can tell.
    Off,
    /// They changed these fields.
    Changed(Vec<Drift>),
    /// They deleted it.
    Deleted,
}

impl Refresh {
    /// Begins with nothing looked up. `directory` takes a file while this lives.
    pub(super) fn new(flow: &Arc<Flow>, directory: &Path) -> Self {
        let mut wanted: BTreeMap<&'static str, Wanted> = BTreeMap::new();
        for step in flow.steps().filter(|step| leaves_an_object(step)) {
            let members = &mut wanted.entry(step.resource).or_default().members;
            let names = step.bindings.iter().map(|binding| binding.name.as_str());
            members.extend(names.filter_map(|name| name.split('[').next()).map(str::to_owned));
        }
        Refresh {
            flow: Arc::clone(flow),
            slots: HashMap::new(),
            wanted,
            store: Store::new(directory, &format!("{}-live", flow.name)),
        }
    }

    /// Notes the objects of records.
    pub(super) fn want(&mut self, records: &[KnownRecord]) {
        for object in records.iter().flat_map(|record| &record.objects) {
            let Some(step) = self.step_of(object) else {
                continue;
            };
            let resource = step.resource;
            if let hash_map::Entry::Vacant(slot) = self.slots.entry(short_hash(&object.stripe_id)) {
                slot.insert(Slot::Wanted);
                if let Entry::Occupied(mut wanted) = self.wanted.entry(resource) {
                    wanted.get_mut().count += 1;
                }
            }
        }
    }

    /// Lists collections, where a page of 100 is cheaper than one request for each object. Lists may leave objects
    /// out that exist, so what is not in one is no less wanted.
    pub(super) async fn list(&mut self, client: &Client) -> Result<(), EngineError> {
        let counts: Vec<(&'static str, usize)> = self
            .wanted
            .iter()
            .map(|(resource, wanted)| (*resource, wanted.count))
            .collect();
        for (resource, count) in counts {
            let list = Catalog::embedded()
                .resource(resource)
                .and_then(|found| found.operation(OperationKind::List));
            if let Some(list) = list.filter(|list| list.path_params.is_empty()) {
                self.list_one(client, (resource, list.path), count).await?;
            }
        }
        Ok(())
    }

    async fn list_one(
        &mut self,
        client: &Client,
        (resource, path): (&'static str, &str),
        count: usize,
    ) -> Result<(), EngineError> {
        let mut missing = count;
        let mut cursor: Option<String> = None;
        // Half of what single reads would cost is risked for an account with many other objects.
        for _ in 0..count / 2 {
            let page = client.page(path, &[], cursor.as_deref()).await?;
            for object in page.data {
                cursor = object.get("id").and_then(Json::as_str).map(str::to_owned);
                missing -= usize::from(self.keep(resource, &object)?);
            }
            if !page.has_more || missing == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Reads the objects of records that no list has shown.
    pub(super) async fn complete(
        &mut self,
        client: &Client,
        records: &[KnownRecord],
    ) -> Result<(), EngineError> {
        let mut missing: Vec<(&'static str, String)> = Vec::new();
        for object in records.iter().flat_map(|record| &record.objects) {
            let Some(step) = self.step_of(object) else {
                continue;
            };
            if self.slots.get(&short_hash(&object.stripe_id)) == Some(&Slot::Wanted) {
                missing.push((step.resource, object.stripe_id.clone()));
            }
        }
        let mut missing = missing.into_iter();
        let mut reading = JoinSet::new();
        loop {
            while reading.len() < AT_ONCE
                && let Some((resource, id)) = missing.next()
            {
                let client = client.clone();
                reading.spawn(async move {
                    let read = retrieve(&client, resource, &id).await;
                    (resource, id, read)
                });
            }
            let Some(read) = reading.join_next().await else {
                return Ok(());
            };
            let (resource, id, read) = read.map_err(|_| EngineError::Thread)?;
            let slot = match read? {
                Retrieved::Object(object) => {
                    self.keep(resource, &object)?;
                    continue;
                }
                Retrieved::Gone => Slot::Gone,
                Retrieved::Unreadable => Slot::Unreadable,
            };
            self.slots.insert(short_hash(&id), slot);
        }
    }

    /// Tells what other hands did to the object of a step.
    pub(super) fn hands(&self, object: &KnownObject) -> Result<Hands, EngineError> {
        let Some(step) = self.step_of(object) else {
            return Ok(Hands::Off);
        };
        let live = match self.slots.get(&short_hash(&object.stripe_id)) {
            Some(Slot::Stored(place)) => self.store.read(*place)?,
            Some(Slot::Gone) => return Ok(Hands::Deleted),
            Some(Slot::Wanted | Slot::Unreadable) | None => return Ok(Hands::Off),
        };
        let drift = plan::drift(step, &object.form, &live);
        let same = drift.is_empty() || live.get("id").and_then(Json::as_str) != Some(&object.stripe_id);
        Ok(if same { Hands::Off } else { Hands::Changed(drift) })
    }

    /// Tells whether other hands did nothing to a record.
    pub(super) fn is_untouched(&self, record: &KnownRecord) -> Result<bool, EngineError> {
        for object in &record.objects {
            if self.hands(object)? != Hands::Off {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Gives the keys and steps of records whose objects are gone.
    pub(super) fn gone<'r>(
        &self,
        records: &'r [KnownRecord],
    ) -> Result<HashSet<(&'r RecordKey, &'r str)>, EngineError> {
        let mut gone = HashSet::new();
        for record in records {
            for object in &record.objects {
                if self.hands(object)? == Hands::Deleted {
                    gone.insert((&record.key, object.step.as_str()));
                }
            }
        }
        Ok(gone)
    }

    /// Stores what the flow sends of an object, when it is wanted; tells whether it was.
    fn keep(&mut self, resource: &str, object: &Json) -> Result<bool, EngineError> {
        let Some(id) = object.get("id").and_then(Json::as_str) else {
            return Ok(false);
        };
        let (Some(slot), Some(wanted)) = (self.slots.get_mut(&short_hash(id)), self.wanted.get(resource))
        else {
            return Ok(false);
        };
        if *slot != Slot::Wanted {
            return Ok(false);
        }
        let members = object.as_object().into_iter().flatten();
        let kept: Map<String, Json> = members
            .filter(|(name, _)| *name == "id" || wanted.members.contains(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        *slot = Slot::Stored(self.store.add(&Json::Object(kept))?);
        Ok(true)
    }

    /// Finds the step that an object stands for, when it is one that leaves an object behind.
    fn step_of(&self, object: &KnownObject) -> Option<&Step> {
        StepAt::find(&self.flow, &object.step)
            .map(|at| at.step)
            .filter(|step| step.resource == object.resource && leaves_an_object(step))
    }
}

fn leaves_an_object(step: &Step) -> bool {
    match step.kind {
        StepKind::Create | StepKind::Update | StepKind::Upsert | StepKind::Mirror => true,
        StepKind::Find | StepKind::Delete | StepKind::Call | StepKind::Request => false,
    }
}
