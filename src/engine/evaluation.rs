use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::eval::{Evaluator, GuardTotals, Lookups, Objects, PlanCounts, Plugins, Prepared, Stop, Walk};
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

/// What a record asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) key: RecordKey,
    pub(super) place: String,
    /// Its rows: the lines of a group, or one.
    pub(super) lines: Vec<Row>,
    pub(super) fingerprint: Fingerprint,
    /// The steps that look for an object, each with what its `by` compares with.
    pub(super) wanted: Vec<(usize, FormValue)>,
}

/// What comes of some rows.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) evaluated: Vec<Evaluated>,
    /// For each row that the flow takes, what its guards compute of it; empty for a flow without guards.
    pub(super) guarded: Vec<Vec<Value>>,
}

impl Evaluated {
    /// Gives the key, when it is known.
    pub(super) fn key(&self) -> Option<&RecordKey> {
        match self {
            Evaluated::Rejected(record) => record.key.as_ref(),
            Evaluated::Record(asked) => Some(&asked.key),
        }
    }

    /// Gives the rows.
    pub(super) fn into_lines(self) -> Vec<Row> {
        match self {
            Evaluated::Rejected(record) => record.lines,
            Evaluated::Record(asked) => asked.lines,
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
    /// Gives the number of its first row.
    pub(super) fn first_row(&self) -> u32 {
        self.lines.first().map_or(0, |row| row.number)
    }

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
        rejected(self.lines, Some(self.key), self.place, rejection)
    }
}

impl FlowEvaluation {
    /// Gives the place of a record: of its first row, and how many more there are.
    pub(super) fn place(&self, lines: &[Row]) -> String {
        let Some(first) = lines.first() else {
            return self.header.file.to_string();
        };
        let place = self.header.row_address(first.number).to_string();
        match lines.len() {
            1 => place,
            count => format!("{place} and {} more", count - 1),
        }
    }

    /// Gives the columns that the flow was checked with.
    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Makes a flow ready. `today` is the run's own day.
    pub(super) fn new(flow: Arc<Flow>, header: Arc<Header>, today: Date, plugins: Arc<dyn Plugins>) -> Self {
        let evaluator = Evaluator::new(Arc::clone(&flow), Arc::clone(&header), today).with_plugins(plugins);
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

    /// Gives the flow the other sources that it reads.
    #[must_use]
    pub(super) fn with_lookups(mut self, lookups: Lookups) -> Self {
        self.evaluator = self.evaluator.with_lookups(Arc::new(lookups));
        self
    }

    /// Computes an expression that has no row in it.
    pub(super) fn constant(&self, expression: &Expression) -> Result<Value, String> {
        self.evaluator.constant(expression)
    }

    /// Tells whether later steps use more of a step's object than its id.
    pub(super) fn needs_whole(&self, step: usize) -> bool {
        self.needs_whole.get(step).copied().unwrap_or(false)
    }

    /// Begins to compute what the flow's guards need.
    pub(super) fn guard_totals(&self) -> GuardTotals {
        self.evaluator.guard_totals()
    }

    /// Adds what guards compute of one row.
    pub(super) fn add_guarded(&self, totals: &mut GuardTotals, values: Vec<Value>) {
        self.evaluator.add_guard_values(totals, values);
    }

    /// Tells which guard does not hold.
    pub(super) fn check_guards(&self, counts: PlanCounts, totals: &GuardTotals) -> Result<(), String> {
        self.evaluator.check_guards(counts, totals)
    }

    /// Tells whether rows are put into groups.
    pub(super) fn groups(&self) -> bool {
        !self.flow.grouping.is_empty()
    }

    /// Takes the rows that the flow's `where` lets through; one for which that can't be told is rejected.
    fn select(&self, rows: Vec<Row>, chunk: &mut Chunk) -> Vec<Row> {
        let mut selected = Vec::with_capacity(rows.len());
        for row in rows {
            match self.evaluator.is_selected(&row) {
                Ok(false) => {}
                Ok(true) => {
                    if !self.flow.guards.is_empty() {
                        chunk.guarded.push(self.evaluator.guard_values(&row));
                    }
                    selected.push(row);
                }
                Err(rejection) => chunk.evaluated.push(self.reject(vec![row], None, rejection)),
            }
        }
        selected
    }

    fn reject(&self, lines: Vec<Row>, key: Option<RecordKey>, rejection: Rejection) -> Evaluated {
        let place = self.place(&lines);
        Evaluated::Rejected(rejected(lines, key, place, rejection))
    }

    /// Evaluates rows, without those that the flow's `where` passes over; each is a record.
    pub(super) fn evaluate(&self, rows: Vec<Row>) -> Chunk {
        let mut chunk = Chunk::default();
        let selected = self.select(rows, &mut chunk);
        let prepared = self.evaluator.prepare(&selected);
        let records = selected.into_iter().enumerate();
        let evaluated = records.map(|(index, row)| self.record(vec![row], Some((&prepared, index))));
        chunk.evaluated.extend(evaluated);
        chunk
    }

    /// Puts rows into their groups, each in the order in which it comes first.
    pub(super) fn group(&self, rows: Vec<Row>, groups: &mut Groups) -> Chunk {
        let mut chunk = Chunk::default();
        for row in self.select(rows, &mut chunk) {
            match self.evaluator.group(&row) {
                Ok(group) => groups.add(group, row),
                Err(rejection) => chunk.evaluated.push(self.reject(vec![row], None, rejection)),
            }
        }
        chunk
    }

    /// Evaluates the lines of a group, as one record.
    pub(super) fn evaluate_group(&self, lines: Vec<Row>) -> Evaluated {
        self.record(lines, None)
    }

    fn record(&self, lines: Vec<Row>, prepared: Option<(&Prepared, usize)>) -> Evaluated {
        let steps = match self.asked(&lines, prepared) {
            Ok(steps) => steps,
            Err(rejection) => {
                let key = self
                    .evaluator
                    .key(&lines)
                    .ok()
                    .filter(|_| !self.flow.key.is_empty());
                return self.reject(lines, key, rejection);
            }
        };
        let key = match self.key(&lines, &steps.wanted) {
            Ok(key) => key,
            Err(rejection) => return self.reject(lines, None, rejection),
        };
        Evaluated::Record(Asked {
            key,
            place: self.place(&lines),
            lines,
            fingerprint: steps.fingerprint,
            wanted: steps.wanted,
        })
    }

    /// Sets a record on its way through the flow's statements.
    pub(super) fn walk<'e>(&'e self, lines: &'e [Row]) -> Walk<'e> {
        self.evaluator.walk(lines, None)
    }

    /// Goes on with a record. A plugin may take as long as its limit lets it, and others wait for this thread.
    pub(super) fn go_on<'e>(
        &self,
        walk: &mut Walk<'e>,
        objects: &Objects,
    ) -> Result<Option<Stop<'e>>, Rejection> {
        match !self.flow.plugins.is_empty() && may_block() {
            true => tokio::task::block_in_place(|| walk.next(objects)),
            false => walk.next(objects),
        }
    }

    /// Evaluates a record as far as it can be before anything is known of its objects.
    fn asked(&self, lines: &[Row], prepared: Option<(&Prepared, usize)>) -> Result<AskedSteps, Rejection> {
        let nothing = Objects::default();
        let mut walk = self.evaluator.walk(lines, prepared);
        let mut parts = Parts::default();
        let mut wanted = Vec::new();
        while let Some(stop) = walk.next(&nothing)? {
            match stop {
                Stop::Step { step, desired, .. } => {
                    parts.add(&desired);
                    if let Some(value) = desired.wanted {
                        wanted.push((step.index, value));
                    }
                }
                Stop::Refresh { .. } => {}
                Stop::Open => parts.unknown = true,
            }
        }
        Ok(AskedSteps {
            fingerprint: parts.fingerprint(&self.flow, lines),
            wanted,
        })
    }

    /// A flow that only updates may have no key: what its steps are found by stands for it.
    fn key(&self, lines: &[Row], wanted: &[(usize, FormValue)]) -> Result<RecordKey, Rejection> {
        if !self.flow.key.is_empty() {
            return self.evaluator.key(lines);
        }
        let parts: Vec<String> = wanted
            .iter()
            .filter_map(|(_, value)| value.text().map(str::to_owned))
            .collect();
        Ok(RecordKey::new(&parts))
    }

    /// Gives what a record is made from.
    pub(super) fn basis(&self, lines: &[Row]) -> Basis {
        Basis {
            row: cells_of(lines),
            flow: Fingerprint::of([&self.flow.hash]),
            plugins: self.flow.plugins.clone(),
        }
    }
}

fn cells_of(lines: &[Row]) -> Fingerprint {
    let cells = lines.iter().flat_map(|row| &row.cells);
    Fingerprint::of(cells.map(|cell| format!("{cell:?}")))
}

/// What a record's steps ask for, as far as it is known from its rows.
struct AskedSteps {
    fingerprint: Fingerprint,
    wanted: Vec<(usize, FormValue)>,
}

/// Rows on their way into groups, with the groups in the order in which they come first.
#[derive(Debug, Default)]
pub(super) struct Groups {
    lines: Vec<Vec<Row>>,
    places: HashMap<RecordKey, usize>,
}

impl Groups {
    fn add(&mut self, group: RecordKey, row: Row) {
        let place = *self.places.entry(group).or_insert(self.lines.len());
        match self.lines.get_mut(place) {
            Some(lines) => lines.push(row),
            None => self.lines.push(vec![row]),
        }
    }

    /// Gives the groups in order.
    pub(super) fn into_lines(self) -> Vec<Vec<Row>> {
        self.lines
    }
}

/// What a record's fingerprint is made of: all that it asks for. What a finished step will tell can't be hashed,
/// so the flow's own hash stands for how it is used, and the cells for what is used with it.
#[derive(Default)]
struct Parts {
    parts: Vec<String>,
    unknown: bool,
}

impl Parts {
    fn add(&mut self, step: &DesiredStep) {
        self.parts.push(step.form.fingerprint().as_str().to_owned());
        self.unknown |= !step.form.is_known();
        self.parts.push(step.empty.join("\n"));
        let looked_for = [&step.wanted].into_iter().chain(&step.further);
        for wanted in looked_for {
            self.parts.push(match wanted {
                Some(value) => said(value),
                None => String::new(),
            });
        }
        for part in &step.path {
            self.parts.push(said(part));
        }
        let others = step
            .further
            .iter()
            .flatten()
            .chain(&step.path)
            .chain(&step.wanted);
        self.unknown |= others.into_iter().any(|value| *value == FormValue::Unknown);
    }

    fn fingerprint(mut self, flow: &Flow, lines: &[Row]) -> Fingerprint {
        // A changed plugin is decided anew, even where it gives the same.
        for (plugin, hash) in &flow.plugins {
            self.parts.push(format!("use {plugin}={hash}"));
        }
        if self.unknown {
            self.parts.push(flow.hash.clone());
            self.parts.push(cells_of(lines).as_str().to_owned());
        }
        Fingerprint::of(self.parts)
    }
}

fn said(value: &FormValue) -> String {
    match value {
        FormValue::Text(text) => format!("={text}"),
        FormValue::Unknown => "?".to_owned(),
    }
}

/// Tells whether this thread can hand its other tasks over.
fn may_block() -> bool {
    Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Makes the planned record of a row that can't be sent.
fn rejected(lines: Vec<Row>, key: Option<RecordKey>, place: String, rejection: Rejection) -> PlannedRecord {
    let nothing = Fingerprint::of(["rejected"]);
    PlannedRecord {
        key,
        place,
        lines,
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
