//! What has moved between a kept plan and the plan of now, in words. Only a plan that no longer holds comes here.

use std::collections::HashMap;

use crate::engine::EngineError;
use crate::engine::planning::planner::Plan;
use crate::ledger::Ledger;
use crate::model::{Fingerprint, Row};

use super::compare::{Lines, text_of};
use super::line::{Line, ledger_mark};
use super::read::KeptPlan;
use super::{Moved, MovedPart};

/// How many differences are told.
pub(super) const TOLD: usize = 5;

/// Finds differences. Keeps some bytes for each record, not the records.
pub(super) struct Differences<'a, L> {
    pub(super) kept: &'a KeptPlan,
    pub(super) ledger: &'a L,
    /// Whether the content of a sheet is another one.
    pub(super) sheets_differ: bool,
}

/// The records that differ, by what tells them apart.
#[derive(Default)]
struct Found {
    /// In the plan of now alone.
    added: Vec<Line>,
    /// In both, with the one of now.
    changed: HashMap<Fingerprint, Line>,
}

impl<L: Ledger> Differences<'_, L> {
    /// Gives the first differences, one more than are told when there are more; never none.
    pub(super) async fn find(&self, plan: &mut Plan) -> Result<Vec<Moved>, EngineError> {
        let mut kept: HashMap<Fingerprint, Fingerprint> = HashMap::new();
        let mut lines = self.kept.lines()?;
        while let Some(text) = lines.next_text()? {
            kept.insert(lines.parse(&text)?.identity(), Fingerprint::of([text]));
        }
        let mut found = Found::default();
        for flow in &mut plan.flows {
            let mut lines = Lines::of(flow, self.ledger)?;
            while let Some(line) = lines.next().await? {
                let identity = line.identity();
                match kept.remove(&identity) {
                    None if found.added.len() <= TOLD => found.added.push(line),
                    Some(former)
                        if former != Fingerprint::of([text_of(&line)?]) && found.changed.len() <= TOLD =>
                    {
                        found.changed.insert(identity, line);
                    }
                    _ => {}
                }
            }
        }
        self.describe(&kept, &found).await
    }

    /// Tells of the records that only the kept plan has (those left in `kept`), of the changed and of the added.
    async fn describe(
        &self,
        kept: &HashMap<Fingerprint, Fingerprint>,
        found: &Found,
    ) -> Result<Vec<Moved>, EngineError> {
        let mut moved = Vec::new();
        let mut lines = self.kept.lines()?;
        while let Some(text) = lines.next_text()? {
            let former = lines.parse(&text)?;
            let identity = former.identity();
            if let Some(now) = found.changed.get(&identity) {
                moved.push(self.changed(&former, now));
            } else if kept.contains_key(&identity) {
                moved.push(self.gone(&former).await?);
            }
            if moved.len() > TOLD {
                return Ok(moved);
            }
        }
        moved.extend(found.added.iter().map(|line| self.added(line)));
        if moved.is_empty() {
            moved.push(Moved {
                part: MovedPart::Row,
                what: "the rows stand in another order".to_owned(),
            });
        }
        Ok(moved)
    }

    fn changed(&self, former: &Line, now: &Line) -> Moved {
        let subject = subject(now);
        if cells(&former.record.lines) != cells(&now.record.lines) {
            return moved(MovedPart::Row, format!("{subject}: the row changed"));
        }
        if former.record.lines != now.record.lines {
            return moved(
                MovedPart::Row,
                format!("{subject}: the row stood in another place"),
            );
        }
        if former.ledger != now.ledger {
            return moved(
                MovedPart::Ledger,
                format!(
                    "{subject}: the record was sent, or tried, meanwhile{}",
                    self.since()
                ),
            );
        }
        match self.sheets_differ {
            true => moved(
                MovedPart::Row,
                format!("{subject}: another row or sheet that it depends on changed"),
            ),
            false => moved(
                MovedPart::Stripe,
                format!("{subject}: what Stripe has is not what it was"),
            ),
        }
    }

    async fn gone(&self, former: &Line) -> Result<Moved, EngineError> {
        let subject = subject(former);
        let key = former.record.key.as_ref();
        let known = self
            .ledger
            .known(&former.flow, key.map_or(&[], std::slice::from_ref))
            .await?;
        let mark = known.first().map(ledger_mark);
        Ok(if mark != former.ledger {
            moved(
                MovedPart::Ledger,
                format!("{subject}: the record was sent meanwhile{}", self.since()),
            )
        } else if self.sheets_differ {
            moved(MovedPart::Row, format!("{subject}: the row changed or is gone"))
        } else {
            moved(
                MovedPart::Stripe,
                format!("{subject}: with what Stripe has now, it has nothing to do"),
            )
        })
    }

    fn added(&self, now: &Line) -> Moved {
        let subject = subject(now);
        match self.sheets_differ {
            true => moved(MovedPart::Row, format!("{subject}: the row is new or changed")),
            false => moved(
                MovedPart::Ledger,
                format!("{subject}: it had nothing to do then{}", self.since()),
            ),
        }
    }

    /// Names the last run that the plan knew.
    fn since(&self) -> String {
        match self.kept.header.last_run {
            None => " (the plan was made before the first run)".to_owned(),
            Some(run) => format!(" (the plan was made after run {run})"),
        }
    }
}

fn moved(part: MovedPart, what: String) -> Moved {
    Moved { part, what }
}

/// Names a record: flow, place and key.
fn subject(line: &Line) -> String {
    let key = line
        .record
        .key
        .as_ref()
        .map_or_else(String::new, |key| format!(" (`{key}`)"));
    format!("{}, {}{key}", line.flow, line.record.place)
}

fn cells(lines: &[Row]) -> Vec<&[crate::model::Cell]> {
    lines.iter().map(|row| row.cells.as_slice()).collect()
}
