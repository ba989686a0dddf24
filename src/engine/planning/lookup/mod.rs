//! How the objects are found that the ledger does not know.

mod found;
mod index;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::catalog::{Catalog, OperationKind, Resource};
use crate::engine::EngineError;
use crate::engine::mark::family;
use crate::engine::read::retrieve;
use crate::lang::program::{Expression, MatchField, Several, Step, StepKind};
use crate::model::FormValue;
use crate::plan::Known;
use crate::stripe::{Client, PAGE_SIZE};

use found::{Found, match_text};
use index::{Hashes, Index};

/// How the objects of one step are found that the ledger does not know.
///
/// A filtered list costs a request for each record; listing the collection costs one for each 100
/// objects. The cheaper is taken, and the search API never: it lags behind writes.
/// Source: <https://docs.stripe.com/search#data-freshness>.
#[derive(Debug)]
pub(in crate::engine) struct Lookup {
    step: Step,
    resource: &'static Resource,
    /// What `by` compares with, in all the records that must be looked up.
    wanted: Hashes,
    /// Whether some record's value is known only later, so that every object may be wanted.
    unknown_wanted: bool,
    way: Way,
    /// Whether it was looked at anew since the plan was made.
    is_fresh: bool,
    /// What is never taken over.
    undone: Arc<HashSet<String>>,
    /// What the marks of the step's objects begin with.
    family: String,
    /// Where the objects of a listed collection are kept.
    file: (PathBuf, String),
}

#[derive(Debug)]
enum Way {
    /// Nothing can be found: no client, or nothing to compare with.
    Nowhere,
    /// One request for each record.
    Filtered,
    /// The collection was listed.
    Listed(Index),
}

/// What one record looks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Query<'a> {
    /// The mark that its object would carry.
    pub(in crate::engine) mark: &'a str,
    /// What `by` compares with.
    pub(in crate::engine) wanted: Option<&'a FormValue>,
    /// What further members of a match must be.
    pub(in crate::engine) further: &'a [Option<FormValue>],
}

impl Lookup {
    /// Makes the look-up of a step; `None` for a resource that the catalogue does not have. `directory` takes a file
    /// while this lives.
    pub(super) fn new(step: &Step, (project, flow): (&str, &str), directory: &Path) -> Option<Self> {
        let resource = Catalog::embedded().resource(step.resource)?;
        Some(Lookup {
            step: step.clone(),
            resource,
            wanted: Hashes::default(),
            unknown_wanted: false,
            way: Way::Nowhere,
            is_fresh: false,
            undone: Arc::default(),
            family: family(project, flow, &step.name),
            file: (directory.to_owned(), format!("{flow}-{}", step.index)),
        })
    }

    /// Leaves objects out that a rollback took back: a step that makes its object takes none of them over.
    pub(super) fn pass_over(&mut self, undone: &Arc<HashSet<String>>) {
        if self.step.kind.creates() {
            self.undone = Arc::clone(undone);
        }
    }

    /// Gives the step's name in the ledger.
    pub(super) fn step_name(&self) -> &str {
        &self.step.name
    }

    /// Tells whether the step has a `by`.
    pub(super) fn compares(&self) -> bool {
        self.step.matching.is_some()
    }

    /// Notes what a record that the ledger does not know looks for. Gives `false` when another record
    /// looks for the same.
    pub(super) fn want(&mut self, wanted: &FormValue) -> bool {
        match wanted {
            FormValue::Text(text) => self.wanted.insert(text),
            FormValue::Unknown => {
                self.unknown_wanted = true;
                true
            }
        }
    }

    /// Tells whether a list has entered what fits this value.
    fn noted(&self, wanted: &str) -> bool {
        self.unknown_wanted || self.wanted.contains(wanted)
    }

    /// Tells whether several records may be about one object: what only finds or deletes.
    pub(super) fn may_be_shared(&self) -> bool {
        matches!(self.step.kind, StepKind::Find | StepKind::Delete)
    }

    /// Chooses the way, and lists the collection where that is the way. `first_run` tells that the
    /// ledger knows nothing of the flow, so that marks of a lost ledger must be looked for.
    pub(super) async fn prepare(
        &mut self,
        client: Option<&Client>,
        first_run: bool,
    ) -> Result<(), EngineError> {
        let Some(client) = client else { return Ok(()) };
        let list = self.list_path();
        let marks = first_run && self.step.kind.creates() && self.has_metadata();
        let field = self.step.matching.as_ref().map(|matching| &matching.field);
        let nothing_wanted = self.wanted.is_empty() && !self.unknown_wanted;
        let budget = match field {
            _ if marks => None,
            None => return Ok(()),
            Some(_) if nothing_wanted => return Ok(()),
            Some(MatchField::Id) => Some(0),
            Some(MatchField::Filter(_)) => Some(self.wanted.len() / 2),
            Some(MatchField::Metadata(_) | MatchField::Field(_)) => None,
        };
        self.way = match (list, budget) {
            (None, _) | (Some(_), Some(0)) => Way::Filtered,
            (Some(path), budget) => match self.list(client, path, budget).await? {
                Some(index) => Way::Listed(index),
                None => Way::Filtered,
            },
        };
        Ok(())
    }

    /// Finds the object of one record. `Ok(Err(…))` rejects the record with that text.
    pub(in crate::engine) async fn find(
        &self,
        client: Option<&Client>,
        query: Query<'_>,
    ) -> Result<Result<Known, String>, EngineError> {
        let Some(client) = client else {
            return Ok(Ok(Known::NotLookedUp));
        };
        if let Way::Listed(index) = &self.way
            && let Some(found) = index.marked(query.mark)?
        {
            return Ok(Ok(found.known()));
        }
        let Some(matching) = &self.step.matching else {
            return Ok(Ok(Known::Nothing));
        };
        let wanted = match query.wanted {
            None => return Ok(Ok(Known::Nothing)),
            Some(FormValue::Unknown) => return Ok(Ok(Known::NotLookedUp)),
            Some(FormValue::Text(text)) => text,
        };
        let found = match (&self.way, &matching.field) {
            (Way::Listed(index), field) if self.noted(wanted) => index.valued(field, wanted)?,
            (_, MatchField::Id) => {
                let object = retrieve(client, self.step.resource, wanted).await?.object();
                object.and_then(Found::of).into_iter().collect()
            }
            (_, MatchField::Filter(filter)) => self.filtered(client, filter, wanted).await?,
            (Way::Filtered, MatchField::Metadata(_) | MatchField::Field(_)) => Vec::new(),
            // An object turned out to be gone after the collection was listed, or not: apply lists it.
            (Way::Nowhere | Way::Listed(_), MatchField::Metadata(_) | MatchField::Field(_)) => {
                return Ok(Ok(Known::NotLookedUp));
            }
        };
        if query.further.contains(&Some(FormValue::Unknown)) {
            return Ok(Ok(Known::NotLookedUp));
        }
        let found: Vec<Found> = found
            .into_iter()
            .filter(|found| fits(found, &matching.further, query.further))
            // What a flow names by its id is what it means.
            .filter(|found| matching.field == MatchField::Id || !self.undone.contains(&found.id))
            .collect();
        Ok(match self.may_be_shared() {
            true => Ok(one_of(found, matching.several)),
            false => choose(found, query.mark, matching.several),
        })
    }

    /// Tells whether [`Lookup::look_again`] was called.
    pub(in crate::engine) fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Looks again, when records are sent, for those that an earlier step or flow decides. The collection is
    /// listed once, if it must be: the flows before this one are through then.
    pub(in crate::engine) async fn look_again(&mut self, client: &Client) -> Result<(), EngineError> {
        if self.is_fresh {
            return Ok(());
        }
        // Its file goes before another one is made.
        self.way = Way::Nowhere;
        let field = self.step.matching.as_ref().map(|matching| &matching.field);
        self.way = match (field, self.list_path()) {
            (Some(MatchField::Metadata(_) | MatchField::Field(_)), Some(path)) => {
                self.unknown_wanted = true;
                self.list(client, path, None)
                    .await?
                    .map_or(Way::Filtered, Way::Listed)
            }
            _ => Way::Filtered,
        };
        self.is_fresh = true;
        Ok(())
    }

    fn list_path(&self) -> Option<&'static str> {
        let list = self.resource.operation(OperationKind::List)?;
        list.path_params.is_empty().then_some(list.path)
    }

    fn has_metadata(&self) -> bool {
        Catalog::embedded()
            .member(self.resource.fields, "metadata")
            .is_some()
    }

    /// Lists the collection; `None` when it has more objects than fill `budget` pages.
    async fn list(
        &self,
        client: &Client,
        path: &str,
        budget: Option<usize>,
    ) -> Result<Option<Index>, EngineError> {
        let mut index = Index::new(&self.file.0, &self.file.1);
        let mut pager = client.list(path, &[]);
        let mut objects = 0;
        while let Some(object) = pager.next().await? {
            objects += 1;
            if budget.is_some_and(|budget| objects > budget * PAGE_SIZE) {
                return Ok(None);
            }
            self.enter(&mut index, object)?;
        }
        index.complete();
        Ok(Some(index))
    }

    /// Keeps an object that a record may look for.
    fn enter(&self, index: &mut Index, object: Value) -> Result<(), EngineError> {
        let Some(found) = Found::of(object).filter(|found| !self.undone.contains(&found.id)) else {
            return Ok(());
        };
        let matching = self.step.matching.as_ref();
        let value = matching.and_then(|matching| match_text(&matching.field, &found.object));
        let value = value.filter(|value| self.noted(value));
        let mark = found
            .mark
            .as_deref()
            .filter(|mark| mark.starts_with(&self.family));
        index.add(&found.object, mark, value.as_deref())
    }

    async fn filtered(&self, client: &Client, filter: &str, wanted: &str) -> Result<Vec<Found>, EngineError> {
        let Some(path) = self.list_path() else {
            return Ok(Vec::new());
        };
        let page = client
            .page(path, &[(filter.to_owned(), wanted.to_owned())], None)
            .await?;
        let field = MatchField::Field(vec![filter.to_owned()]);
        Ok(page
            .data
            .into_iter()
            .filter_map(Found::of)
            .filter(|found| match_text(&field, &found.object).is_none_or(|text| text == wanted))
            .collect())
    }
}

/// Takes one of the objects that match. One that another record of the same step made is never taken.
fn choose(found: Vec<Found>, mark: &str, several: Several) -> Result<Known, String> {
    let family = mark.rsplit_once('/').map_or("", |(family, _)| family);
    let other = |found: &Found| {
        found.mark.as_deref().is_some_and(|theirs| {
            theirs != mark
                && theirs
                    .rsplit_once('/')
                    .is_some_and(|(theirs, _)| theirs == family)
        })
    };
    if let Some(own) = found.iter().find(|found| found.mark.as_deref() == Some(mark)) {
        return Ok(own.known());
    }
    if let Some(taken) = found.iter().find(|found| other(found)) {
        return Err(format!(
            "the match, {}, belongs to another record of this flow",
            taken.id
        ));
    }
    Ok(one_of(found, several))
}

/// Tells whether the further members of an object are what they must be. An empty value fits nothing.
fn fits(found: &Found, members: &[(Vec<String>, Expression)], wanted: &[Option<FormValue>]) -> bool {
    members.iter().zip(wanted).all(|((path, _), wanted)| {
        let there = match_text(&MatchField::Field(path.clone()), &found.object);
        there.is_some() && there.as_deref() == wanted.as_ref().and_then(FormValue::text)
    })
}

/// Takes the one that is meant.
fn one_of(mut found: Vec<Found>, several: Several) -> Known {
    found.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
    match (found.as_slice(), several) {
        ([], _) => Known::Nothing,
        ([only], _) => only.known(),
        ([oldest, ..], Several::Oldest) => oldest.known(),
        ([.., newest], Several::Newest) => newest.known(),
        (all, Several::Reject) => Known::Several(all.iter().map(|found| found.id.clone()).collect()),
    }
}
