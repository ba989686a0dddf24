use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::eval::{Clock, Evaluator, Plugins, Prepared};
use crate::lang::program::{Expression, ExpressionKind, Flow};
use crate::model::{Basis, DesiredStep, Fingerprint, FormValue, Header, RecordKey, Rejection, Row, Value};
use crate::plan::{Outcome, PlannedRecord};

/// A flow that is ready to be evaluated over the rows of its source.
#[derive(Debug)]
pub(super) struct FlowEvaluation {
    /// The flow.
    pub(super) flow: Arc<Flow>,
    header: Arc<Header>,
    evaluator: Evaluator,
    needs_whole: Vec<bool>,
}

/// One row, evaluated as far as it can be before anything is known of its objects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Evaluated {
    /// The row can't be sent.
    Rejected(PlannedRecord),
    /// The row asks for something.
    Record(Asked),
}

/// What a row asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) key: RecordKey,
    pub(super) place: String,
    pub(super) row: Row,
    pub(super) fingerprint: Fingerprint,
    /// For each step, what its `by` compares with.
    pub(super) wanted: Vec<Option<FormValue>>,
}

impl Evaluated {
    /// Gives the key, when it is known.
    pub(super) fn key(&self) -> Option<&RecordKey> {
        match self {
            Evaluated::Rejected(record) => record.key.as_ref(),
            Evaluated::Record(asked) => Some(&asked.key),
        }
    }

    /// Gives the key of a record that asks for something.
    pub(super) fn asked_key(&self) -> Option<&RecordKey> {
        match self {
            Evaluated::Rejected(_) => None,
            Evaluated::Record(asked) => Some(&asked.key),
        }
    }
}

impl Asked {
    /// Turns the record away.
    pub(super) fn rejected(self, message: String) -> PlannedRecord {
        let rejection = Rejection {
            message,
            place: self.place.clone(),
            field: None,
        };
        self.rejected_with(rejection)
    }

    /// Turns the record away, at a cell or a field.
    pub(super) fn rejected_with(self, rejection: Rejection) -> PlannedRecord {
        rejected(self.row, Some(self.key), self.place, rejection)
    }
}

impl FlowEvaluation {
    /// Gives the place of a row.
    pub(super) fn place(&self, row: u32) -> String {
        self.header.row_address(row).to_string()
    }

    /// Makes a flow ready. `today` is the run's own day.
    pub(super) fn new(flow: Arc<Flow>, header: Arc<Header>, today: Date, plugins: Arc<dyn Plugins>) -> Self {
        let evaluator =
            Evaluator::new(Arc::clone(&flow), Arc::clone(&header), Clock { today }).with_plugins(plugins);
        let mut needs_whole = vec![false; flow.steps().count()];
        for_each_expression(&flow, &mut |expression| {
            if let ExpressionKind::StepField { step, path } = &expression.kind {
                let only_id = matches!(path.as_slice(), [name] if &**name == "id");
                if let Some(needs) = needs_whole.get_mut(*step) {
                    *needs |= !only_id;
                }
            }
        });
        FlowEvaluation {
            flow,
            header,
            evaluator,
            needs_whole,
        }
    }

    /// Tells whether later steps use more of a step's object than its id.
    pub(super) fn needs_whole(&self, step: usize) -> bool {
        self.needs_whole.get(step).copied().unwrap_or(false)
    }

    /// Evaluates rows, without those that the flow's `where` passes over.
    pub(super) fn evaluate(&self, rows: Vec<Row>) -> Vec<Evaluated> {
        let mut selected = Vec::with_capacity(rows.len());
        let mut troubles = Vec::with_capacity(rows.len());
        for row in rows {
            match self.evaluator.is_selected(&row) {
                Ok(false) => continue,
                Ok(true) => troubles.push(None),
                Err(rejection) => troubles.push(Some(rejection)),
            }
            selected.push(row);
        }
        let prepared = self.evaluator.prepare(&selected);
        let numbered = selected.into_iter().zip(troubles).enumerate();
        numbered
            .map(|(index, (row, trouble))| match trouble {
                Some(rejection) => {
                    let place = self.place(row.number);
                    Evaluated::Rejected(rejected(row, None, place, rejection))
                }
                None => self.evaluate_row(row, (&prepared, index)),
            })
            .collect()
    }

    fn evaluate_row(&self, row: Row, prepared: (&Prepared, usize)) -> Evaluated {
        let place = self.place(row.number);
        let steps = match self.evaluator.prepared_record(&row, prepared) {
            Ok(steps) => steps,
            Err(rejection) => {
                let key = self.evaluator.key(&row).ok();
                return Evaluated::Rejected(rejected(row, key, place, rejection));
            }
        };
        let key = match self.key(&row, &steps) {
            Ok(key) => key,
            Err(rejection) => return Evaluated::Rejected(rejected(row, None, place, rejection)),
        };
        let fingerprint = self.fingerprint(&steps);
        let wanted = steps.into_iter().map(|step| step.wanted).collect();
        Evaluated::Record(Asked {
            key,
            place,
            row,
            fingerprint,
            wanted,
        })
    }

    /// Evaluates one step, with what is known of the objects of the steps before it.
    pub(super) fn step(
        &self,
        step: usize,
        row: &Row,
        objects: &[Option<Value>],
    ) -> Result<DesiredStep, Rejection> {
        let evaluate = || self.evaluator.step(step, row, objects);
        // A plugin may take as long as its limit lets it, and others wait for this thread.
        match !self.flow.plugins.is_empty() && may_block() {
            true => tokio::task::block_in_place(evaluate),
            false => evaluate(),
        }
    }

    /// A flow that only updates may have no key: what its steps are found by stands for it.
    fn key(&self, row: &Row, steps: &[DesiredStep]) -> Result<RecordKey, Rejection> {
        if !self.flow.key.is_empty() {
            return self.evaluator.key(row);
        }
        let parts: Vec<String> = steps
            .iter()
            .filter_map(|step| match &step.wanted {
                Some(FormValue::Text(text)) => Some(text.clone()),
                _ => None,
            })
            .collect();
        Ok(RecordKey::new(&parts))
    }

    /// Gives what a row's record is made from.
    pub(super) fn basis(&self, row: &Row) -> Basis {
        let cells: Vec<String> = row.cells.iter().map(|cell| format!("{cell:?}")).collect();
        Basis {
            row: Fingerprint::of(&cells),
            flow: Fingerprint::of([&self.flow.hash]),
            plugins: self.flow.plugins.clone(),
        }
    }

    /// Hashes all that a row asks for. What a finished step will tell can't be hashed, so the flow's own
    /// hash stands for how it is used.
    fn fingerprint(&self, steps: &[DesiredStep]) -> Fingerprint {
        let mut parts = Vec::new();
        let mut known = true;
        for step in steps {
            known &= step.form.is_known() && step.wanted != Some(FormValue::Unknown);
            parts.push(step.form.fingerprint().as_str().to_owned());
            parts.push(step.empty.join("\n"));
            parts.push(match &step.wanted {
                Some(FormValue::Text(text)) => format!("={text}"),
                Some(FormValue::Unknown) => "?".to_owned(),
                None => String::new(),
            });
        }
        // A changed plugin is decided anew, even where it gives the same.
        for (plugin, hash) in &self.flow.plugins {
            parts.push(format!("use {plugin}={hash}"));
        }
        if !known {
            parts.push(self.flow.hash.clone());
        }
        Fingerprint::of(&parts)
    }
}

/// Tells whether this thread can hand its other tasks over.
fn may_block() -> bool {
    Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Makes the planned record of a row that can't be sent.
fn rejected(row: Row, key: Option<RecordKey>, place: String, rejection: Rejection) -> PlannedRecord {
    let nothing = Fingerprint::of(["rejected"]);
    PlannedRecord {
        key,
        place,
        row,
        fingerprint: nothing.clone(),
        basis: Basis {
            row: nothing.clone(),
            flow: nothing,
            plugins: Vec::new(),
        },
        reasons: Vec::new(),
        outcome: Outcome::Rejected(rejection),
    }
}

/// Walks over every expression of a flow, nested ones included.
fn for_each_expression(flow: &Flow, visit: &mut impl FnMut(&Expression)) {
    for expression in flow.expressions() {
        walk(expression, visit);
    }
}

fn walk(expression: &Expression, visit: &mut impl FnMut(&Expression)) {
    visit(expression);
    for child in expression.children() {
        walk(child, visit);
    }
}
