//! Two plans, record by record.

use crate::engine::EngineError;
use crate::engine::planning::planner::{FlowPlan, Plan};
use crate::ledger::Ledger;
use crate::model::RecordKey;
use crate::plan::PlannedRecord;

use super::describe::{Differences, TOLD};
use super::line::{Line, ledger_mark};
use super::read::KeptPlan;
use super::{Moved, PlanFileError, SourceMark};

/// How many records are asked of the ledger at once.
const CHUNK: usize = 500;

/// Compares a plan with a kept one; errors with the first differences.
pub(in crate::engine) async fn compare<L: Ledger>(
    plan: &mut Plan,
    kept: &KeptPlan,
    ledger: &L,
    sources: &[SourceMark],
) -> Result<(), EngineError> {
    if is_same(plan, kept, ledger).await? {
        return Ok(());
    }
    let differences = Differences {
        kept,
        ledger,
        sheets_differ: kept.header.sources != sources,
    };
    let mut moved: Vec<Moved> = differences.find(plan).await?;
    let more = moved.len() > TOLD;
    moved.truncate(TOLD);
    let path = kept.path.clone();
    Err(PlanFileError::Moved { path, moved, more }.into())
}

async fn is_same<L: Ledger>(plan: &mut Plan, kept: &KeptPlan, ledger: &L) -> Result<bool, EngineError> {
    let mut kept_lines = kept.lines()?;
    for flow in &mut plan.flows {
        let mut lines = Lines::of(flow, ledger)?;
        while let Some(line) = lines.next().await? {
            if kept_lines.next_text()? != Some(text_of(&line)?) {
                return Ok(false);
            }
        }
    }
    Ok(kept_lines.next_text()?.is_none())
}

/// Gives the text of a record's line.
pub(super) fn text_of(line: &Line) -> Result<String, EngineError> {
    serde_json::to_string(line).map_err(|error| EngineError::Write {
        path: "the plan".into(),
        source: error.into(),
    })
}

/// The records of a flow's plan, each with what the ledger knows of it now.
pub(super) struct Lines<'a, L, Items> {
    flow: String,
    ledger: &'a L,
    items: Items,
    waiting: std::vec::IntoIter<Line>,
}

impl<'a, L: Ledger> Lines<'a, L, ()> {
    /// Reads a flow's records from the first on.
    pub(super) fn of(
        flow: &'a mut FlowPlan,
        ledger: &'a L,
    ) -> Result<
        Lines<'a, L, impl Iterator<Item = Result<PlannedRecord, EngineError>> + use<'a, L>>,
        EngineError,
    > {
        Ok(Lines {
            flow: flow.flow.name.to_string(),
            ledger,
            items: flow.records()?,
            waiting: Vec::new().into_iter(),
        })
    }
}

impl<L: Ledger, Items: Iterator<Item = Result<PlannedRecord, EngineError>>> Lines<'_, L, Items> {
    /// Gives the next record.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, EngineError> {
        if let Some(line) = self.waiting.next() {
            return Ok(Some(line));
        }
        let chunk = self.items.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>()?;
        let keys: Vec<RecordKey> = chunk.iter().filter_map(|record| record.key.clone()).collect();
        let known = self.ledger.known(&self.flow, &keys).await?;
        let mut marks = known.iter().map(ledger_mark);
        let lines: Vec<Line> = chunk
            .into_iter()
            .map(|record| Line {
                flow: self.flow.clone(),
                ledger: record.key.as_ref().and_then(|_| marks.next()),
                record,
            })
            .collect();
        self.waiting = lines.into_iter();
        Ok(self.waiting.next())
    }
}
