//! `mirror`: what a flow made is removed when its row goes.

use std::collections::HashMap;

use crate::engine::EngineError;
use crate::engine::evaluation::FlowEvaluation;
use crate::lang::program::{Removal, RemovalVerb, Share, Step, StepDetail};
use crate::ledger::{KnownRecord, Ledger};
use crate::model::{Basis, Decimal, Fingerprint, RecordKey};
use crate::plan::{Action, Outcome, PlannedRecord, PlannedStep};

use super::planner::Planner;
use super::survey::Survey;

/// How many keys are asked of the ledger at once.
pub(super) const PAGE: u32 = 1_000;

impl<L: Ledger> Planner<'_, L> {
    /// Plans the removal of what this flow made for rows that are gone. Nothing is removed when only a part of
    /// the sheet is looked at, when the sheet is empty, or when a row has no key that could be told.
    pub(super) async fn removals(
        &self,
        survey: &Survey,
        evaluation: &FlowEvaluation,
    ) -> Result<Vec<PlannedRecord>, EngineError> {
        let flow = &evaluation.flow;
        let mirrors: Vec<(&Step, &Removal)> = flow
            .steps()
            .filter_map(|step| match &step.detail {
                StepDetail::Mirror(removal) if removal.verb != RemovalVerb::Keep => Some((step, removal)),
                _ => None,
            })
            .collect();
        if mirrors.is_empty() || !self.selection.is_whole() || survey.is_empty() {
            return Ok(Vec::new());
        }
        if survey.unkeyed {
            tracing::warn!(
                "flow `{}`: a row has no key, so nobody can tell which rows are gone; nothing is removed",
                flow.name
            );
            return Ok(Vec::new());
        }
        let mut made: HashMap<usize, u64> = HashMap::new();
        let mut gone = Vec::new();
        let mut after: Option<RecordKey> = None;
        loop {
            let keys = self.ledger.keys(&flow.name, after.as_ref(), PAGE).await?;
            let Some(last) = keys.last() else { break };
            after = Some(last.clone());
            for known in self.ledger.known(&flow.name, &keys).await? {
                let there = survey.has(&known.key);
                let removed = removed_steps(&known, &mirrors, &mut made);
                if !there && !removed.is_empty() {
                    gone.push(removal_record(known.key, removed));
                }
            }
        }
        for (step, removal) in &mirrors {
            let going = gone
                .iter()
                .flat_map(PlannedRecord::steps)
                .filter(|planned| planned.step == Some(step.index))
                .count() as u64;
            let made = made.get(&step.index).copied().unwrap_or(0);
            if going > most(removal.limit, made) {
                return Err(EngineError::Guard {
                    flow: flow.name.to_string(),
                    message: format!(
                        "{going} of the {made} {} objects that it made would go; `at most {going}` behind \
                         `removing by {}` allows it",
                        step.resource,
                        removal.verb.as_str()
                    ),
                });
            }
        }
        Ok(gone)
    }
}

/// Gives the objects of a record that mirrors made, and counts them.
fn removed_steps(
    known: &KnownRecord,
    mirrors: &[(&Step, &Removal)],
    made: &mut HashMap<usize, u64>,
) -> Vec<PlannedStep> {
    let mut removed = Vec::new();
    for (step, removal) in mirrors {
        let Some(object) = known.object(&step.name).filter(|object| object.created_by_us) else {
            continue;
        };
        *made.entry(step.index).or_default() += 1;
        removed.push(PlannedStep {
            name: step.name.to_string(),
            step: Some(step.index),
            line: None,
            resource: step.resource.to_owned(),
            action: Action::Remove {
                id: object.stripe_id.clone(),
                verb: removal.verb.as_str().to_owned(),
            },
            gone: None,
            drift: Vec::new(),
        });
    }
    removed
}

/// Makes the record of a row that is gone, whose objects go.
pub(super) fn removal_record(key: RecordKey, steps: Vec<PlannedStep>) -> PlannedRecord {
    let nothing = Fingerprint::of(["gone"]);
    PlannedRecord {
        key: Some(key),
        place: "no row any more".to_owned(),
        lines: Vec::new(),
        fingerprint: nothing.clone(),
        basis: Basis {
            row: nothing.clone(),
            flow: nothing,
            plugins: Vec::new(),
        },
        reasons: Vec::new(),
        outcome: Outcome::Steps(steps),
    }
}

/// Gives how many may go; a share is rounded down, but one may always go.
fn most(limit: Share, made: u64) -> u64 {
    match limit {
        Share::Count(count) => count,
        Share::Percent(percent) => {
            let share = Decimal::from(made).checked_mul(percent).unwrap_or_default() / Decimal::ONE_HUNDRED;
            u64::try_from(share.floor()).unwrap_or(0).max(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Share, most};
    use crate::model::Decimal;

    #[test]
    fn a_tenth_is_rounded_down_and_one_may_always_go() {
        let tenth = Share::Percent(Decimal::TEN);
        assert_eq!(
            [0, 9, 10, 19, 1_000].map(|made| most(tenth, made)),
            [1, 1, 1, 1, 100]
        );
        assert_eq!(most(Share::Count(3), 1_000), 3);
    }
}
