//! The first pass over a sheet: what is plainly unchanged is counted, and the rest waits to be decided.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::engine::EngineError;
use crate::engine::evaluation::{Asked, Evaluated, FlowEvaluation};
use crate::engine::events::Event;
use crate::engine::spool::Spool;
use crate::eval::GuardTotals;
use crate::lang::program::Flow;
use crate::ledger::Ledger;
use crate::model::{FormValue, RecordKey, Row, SourceSpec};
use crate::plan::Summary;

use super::chunk::CHUNK;
use super::lookup::Lookup;
use super::planner::{Planner, known_by_key};
use super::refresh::Refresh;
use super::short_hash::short_hash;

/// The first pass over a sheet: all that is not plainly unchanged.
pub(super) struct Survey {
    pub(super) pending: Spool<Evaluated>,
    pub(super) summary: Summary,
    /// The first row of each key, by its hash: two keys that share one are both rejected rather than sent.
    seen: HashMap<u64, Seen>,
    /// The rows of keys that stand in more than one row.
    doubles: HashMap<RecordKey, Vec<u32>>,
    /// What several records look for, with the step.
    shared: HashSet<(usize, String)>,
    pub(super) lookups: Vec<Option<Lookup>>,
    /// What became of the objects that the ledger knows, where that is asked for.
    pub(super) refresh: Option<Refresh>,
    pub(super) guarded: GuardTotals,
    /// Whether a row has no key, so that nobody can tell which records are gone.
    pub(super) unkeyed: bool,
    /// The keys of rows that are rejected: they are there all the same.
    rejected: HashSet<u64>,
}

struct Seen {
    row: u32,
    unchanged: bool,
}

impl<L: Ledger> Planner<'_, L> {
    /// Reads the sheet through.
    pub(super) async fn survey(
        &self,
        flow: &Arc<Flow>,
        spec: &SourceSpec,
        evaluation: &Arc<FlowEvaluation>,
    ) -> Result<Survey, EngineError> {
        let mut survey = Survey {
            pending: Spool::new(self.spool_directory, &format!("{}-rows", flow.name)),
            summary: Summary::default(),
            seen: HashMap::new(),
            doubles: HashMap::new(),
            shared: HashSet::new(),
            lookups: flow
                .steps()
                .map(|step| Lookup::new(step, (&self.project.name, &flow.name), self.spool_directory))
                .collect(),
            refresh: self.refresh.then(|| Refresh::new(flow, self.spool_directory)),
            guarded: evaluation.guard_totals(),
            unkeyed: false,
            rejected: HashSet::new(),
        };
        let mut chunks = self.read_rows(spec.clone(), Arc::clone(evaluation));
        let mut rows = 0;
        while let Some(chunk) = chunks.recv().await {
            let chunk = chunk?.evaluated().await?;
            rows += chunk.evaluated.len() as u64;
            for values in chunk.guarded {
                evaluation.add_guarded(&mut survey.guarded, values);
            }
            self.survey_chunk(&mut survey, evaluation, chunk.evaluated)
                .await?;
            self.progress.send(Event::Reading {
                flow: flow.name.to_string(),
                rows,
            });
        }
        Ok(survey)
    }

    async fn survey_chunk(
        &self,
        survey: &mut Survey,
        evaluation: &FlowEvaluation,
        chunk: Vec<Evaluated>,
    ) -> Result<(), EngineError> {
        let flow = &evaluation.flow.name;
        let keys: Vec<RecordKey> = chunk.iter().filter_map(Evaluated::asked_key).cloned().collect();
        let mut fingerprints = self.ledger.fingerprints(flow, &keys).await?.into_iter();
        let mut pending = Vec::new();
        for evaluated in chunk {
            let Evaluated::Record(asked) = &evaluated else {
                match evaluated.key() {
                    Some(key) => {
                        survey.rejected.insert(short_hash(key));
                    }
                    None => survey.unkeyed = true,
                }
                survey.pending.push(evaluated)?;
                continue;
            };
            let is_same = fingerprints.next().flatten().as_ref() == Some(&asked.fingerprint);
            // What other hands did is not known yet.
            let unchanged = is_same && !self.refresh;
            if survey.is_double(asked, unchanged, evaluation)? {
                survey.pending.push(evaluated)?;
            } else if unchanged {
                survey.summary.add_unchanged();
            } else {
                pending.push(asked.clone());
                survey.pending.push(evaluated)?;
            }
        }
        if survey.lookups.iter().flatten().any(Lookup::compares) || self.refresh {
            let keys: Vec<RecordKey> = pending.iter().map(|asked| asked.key.clone()).collect();
            let known = self.ledger.known(flow, &keys).await?;
            if let Some(refresh) = &mut survey.refresh {
                refresh.want(&known);
            }
            let known = known_by_key(known);
            for asked in &pending {
                let record = known.get(&asked.key);
                survey.note_wanted(asked, |step| {
                    record.is_none_or(|record| record.object(step).is_none())
                });
            }
        }
        Ok(())
    }

    /// Looks at the objects that the ledger knows. What is gone must be looked for anew.
    pub(super) async fn refresh(&self, survey: &mut Survey, flow: &str) -> Result<(), EngineError> {
        let (Some(mut refresh), Some(client)) = (survey.refresh.take(), self.client) else {
            return Ok(());
        };
        refresh.list(client).await?;
        let empty = Spool::new(self.spool_directory, "empty");
        let mut pending = std::mem::replace(&mut survey.pending, empty);
        let mut items = pending.read()?;
        loop {
            let chunk = items.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>()?;
            if chunk.is_empty() {
                break;
            }
            let keys: Vec<RecordKey> = chunk.iter().filter_map(Evaluated::asked_key).cloned().collect();
            let known = self.ledger.known(flow, &keys).await?;
            refresh.complete(client, &known).await?;
            let gone = refresh.gone(&known)?;
            for evaluated in &chunk {
                if let Evaluated::Record(asked) = evaluated {
                    survey.note_wanted(asked, |step| gone.contains(&(&asked.key, step)));
                }
            }
        }
        drop(items);
        survey.pending = pending;
        survey.refresh = Some(refresh);
        Ok(())
    }
}

impl Survey {
    /// Notes what must be looked for in Stripe: the objects of `by` that the ledger does not know, or no longer.
    /// `is_wanted` says so of a step.
    fn note_wanted(&mut self, asked: &Asked, is_wanted: impl Fn(&str) -> bool) {
        for (index, wanted) in &asked.wanted {
            let Some(Some(lookup)) = self.lookups.get_mut(*index) else {
                continue;
            };
            if !is_wanted(lookup.step_name()) || lookup.want(wanted) || lookup.may_be_shared() {
                continue;
            }
            if let FormValue::Text(text) = wanted {
                self.shared.insert((*index, text.clone()));
            }
        }
    }

    /// Notes the row of a key. A key that stands in two rows is an error of both: nobody can tell which
    /// of them is right.
    fn is_double(
        &mut self,
        asked: &Asked,
        unchanged: bool,
        evaluation: &FlowEvaluation,
    ) -> Result<bool, EngineError> {
        let first = match self.seen.entry(short_hash(&asked.key)) {
            Entry::Vacant(entry) => {
                entry.insert(Seen {
                    row: asked.first_row(),
                    unchanged,
                });
                return Ok(false);
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        let rows = self
            .doubles
            .entry(asked.key.clone())
            .or_insert_with(|| vec![first.row]);
        rows.push(asked.first_row());
        if std::mem::take(&mut first.unchanged) {
            // It was counted as unchanged, and is one of the rows to reject after all.
            self.summary.totals.records -= 1;
            self.summary.totals.unchanged -= 1;
            let lines = vec![Row {
                number: first.row,
                cells: Vec::new(),
            }];
            let asked = Asked {
                place: evaluation.place(&lines),
                lines,
                ..asked.clone()
            };
            self.pending.push(Evaluated::Record(asked))?;
        }
        Ok(true)
    }

    /// Tells whether no row was taken from the sheet.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.rejected.is_empty()
    }

    /// Tells whether a row has this key.
    pub(super) fn has(&self, key: &RecordKey) -> bool {
        let hash = short_hash(key);
        self.seen.contains_key(&hash) || self.rejected.contains(&hash)
    }

    /// Tells why a record can't be told from another one.
    pub(super) fn conflict(&self, asked: &Asked) -> Option<String> {
        if let Some(rows) = self.doubles.get(&asked.key) {
            let rows: Vec<String> = rows.iter().take(10).map(ToString::to_string).collect();
            return Some(format!(
                "rows {} have the same key `{}`",
                rows.join(", "),
                asked.key
            ));
        }
        asked.wanted.iter().find_map(|(index, wanted)| match wanted {
            FormValue::Text(text) if self.shared.contains(&(*index, text.clone())) => Some(format!(
                "another row looks for the same object, by `{text}`: which of them is it?"
            )),
            _ => None,
        })
    }
}
