//! Where an object comes from: file, row, cell, binding.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::eval::Lookups;
use crate::lang::program::{Expression, ExpressionKind, Flow, Statement, Step};
use crate::ledger::{ChangeRecord, Ledger, StandingObject};
use crate::model::{Basis, Cell, Form, Header, RecordKey, Row};
use crate::source;

use super::super::evaluation::{Evaluated, FlowEvaluation, Groups};
use super::super::mark::MARK;
use super::super::planning::chunk::CHUNK;
use super::super::step_at::StepAt;
use super::super::{EngineError, Project};
use super::History;

/// The most changes of one object that are read.
const CHANGES: u32 = 1_000;

/// The most lines of a group whose cells are shown for one field.
const SHOWN_LINES: usize = 3;

/// One step of one record that an object stands for.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What the ledger has of it.
    pub object: StandingObject,
    /// What its record was made from when it was last applied in full.
    pub basis: Option<Basis>,
}

/// What the sheet and the flow say now of a record that was applied before.
#[derive(Clone, Debug)]
pub struct LineNow {
    /// Whether the row is still there.
    pub row: RowNow,
    /// The fields that were sent last, in the order in which they were sent.
    pub fields: Vec<FieldOrigin>,
}

/// Whether a record's row is as it was when it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowNow {
    /// It is, and stands here.
    Same {
        /// File, sheet and row.
        place: String,
    },
    /// It has changed since.
    Changed {
        /// File, sheet and row.
        place: String,
    },
    /// It is there; nobody knows what it was like, since something has been sent since or went wrong.
    Present {
        /// File, sheet and row.
        place: String,
    },
    /// No row of the flow has the key any more.
    Gone,
    /// It can't be told.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// A field that was sent, and where its value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOrigin {
    /// The form's name, such as `address[line1]`.
    pub name: String,
    /// What was sent last.
    pub sent: String,
    /// The expression that the flow binds to it now; `None` when it binds none.
    pub binding: Option<String>,
    /// The cells that the expression reads, as they are now.
    pub cells: Vec<CellNow>,
    /// How many more cells it reads.
    pub further_cells: usize,
}

/// A cell as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellNow {
    /// Where it stands.
    pub address: String,
    /// The column's name.
    pub column: String,
    /// What stands in it.
    pub text: String,
}

impl History {
    /// Finds all that an object stands for, its maker first, and what was changed of it, the first change first.
    pub async fn origins(&self, stripe_id: &str) -> Result<(Vec<Origin>, Vec<ChangeRecord>), EngineError> {
        let Some(ledger) = &self.ledger else {
            return Ok((Vec::new(), Vec::new()));
        };
        let mut origins = Vec::new();
        let ids = [stripe_id.to_owned()];
        for object in ledger.standing(&ids).await?.into_iter().flatten() {
            let from = &object.provenance;
            let known = ledger.known(&from.flow, std::slice::from_ref(&from.key)).await?;
            let basis = known.into_iter().find_map(|record| record.basis);
            origins.push(Origin { object, basis });
        }
        Ok((origins, ledger.changes_of(stripe_id, CHANGES).await?))
    }
}

impl Project {
    /// Reads the row of a record again, and finds the binding and the cells of each field that was sent. Reads the
    /// sheet up to that row; `today` is what `today()` gives.
    pub fn line_now(&self, origin: &Origin, today: Date) -> LineNow {
        let lines = self.evaluated_lines(origin, today);
        let from = &origin.object.provenance;
        let flow = self.flow(&from.flow);
        let step = flow.as_ref().and_then(|flow| StepOf::find(flow, &from.step));
        let (row, lines) = match lines {
            Ok((row, lines)) => (row, lines),
            Err(reason) => (RowNow::Unknown { reason }, Vec::new()),
        };
        let header = flow.as_ref().and_then(|flow| Some(self.source(&flow.source)?.1));
        let reading = Reading {
            project: self,
            step,
            header,
            lines: &lines,
        };
        let sent = origin
            .object
            .form
            .iter()
            .filter(|(name, _)| !name.starts_with('('));
        let fields = sent
            .filter_map(|(name, value)| Some(reading.field(name, value.text()?)))
            .collect();
        LineNow { row, fields }
    }

    fn flow(&self, name: &str) -> Option<Arc<Flow>> {
        let program = self.program.as_ref()?;
        program.flows.iter().find(|flow| *flow.name == *name).cloned()
    }

    /// Finds the lines of a record by its key; the text says why that can't be done.
    fn evaluated_lines(&self, origin: &Origin, today: Date) -> Result<(RowNow, Vec<Row>), String> {
        let from = &origin.object.provenance;
        if self.program.is_none() {
            return Err("the project has problems; `sheetflow check` shows them".to_owned());
        }
        let flow = self
            .flow(&from.flow)
            .ok_or_else(|| format!("the project has no flow `{}` any more", from.flow))?;
        let (_, header) = self
            .source(&flow.source)
            .ok_or_else(|| format!("the source `{}` can't be read", flow.source))?;
        let lookups = self.lookups_of(&flow).map_err(|error| error.to_string())?;
        let evaluation =
            FlowEvaluation::new(Arc::clone(&flow), Arc::clone(header), today, self.plugins.calls())
                .with_lookups(lookups);
        let found = self
            .lines_with_key(&evaluation, &from.key)
            .map_err(|error| error.to_string())?;
        let Some(lines) = found else {
            return Ok((RowNow::Gone, Vec::new()));
        };
        let place = evaluation.place(&lines);
        let row = match &origin.basis {
            None => RowNow::Present { place },
            Some(basis) if basis.row == evaluation.basis(&lines).row => RowNow::Same { place },
            Some(_) => RowNow::Changed { place },
        };
        Ok((row, lines))
    }

    fn lookups_of(&self, flow: &Flow) -> Result<Lookups, EngineError> {
        let mut lookups = Lookups::default();
        for name in &flow.lookups {
            let Some((spec, header)) = self.source(name) else {
                continue;
            };
            let rows = source::open(spec, &self.root)?.rows();
            let rows = rows.collect::<Result<Vec<Row>, _>>()?;
            lookups.add(Arc::clone(name), header.columns.len(), rows);
        }
        Ok(lookups)
    }

    fn lines_with_key(
        &self,
        evaluation: &FlowEvaluation,
        key: &RecordKey,
    ) -> Result<Option<Vec<Row>>, EngineError> {
        let Some((spec, _)) = self.source(&evaluation.flow.source) else {
            return Ok(None);
        };
        let mut rows = source::open(spec, &self.root)?.rows();
        let mut groups = Groups::default();
        let of_key = |records: Vec<Evaluated>| {
            let mut records = records.into_iter();
            records
                .find(|record| record.key() == Some(key))
                .map(Evaluated::into_lines)
        };
        loop {
            let chunk = rows.by_ref().take(CHUNK).collect::<Result<Vec<Row>, _>>()?;
            if chunk.is_empty() {
                break;
            }
            if evaluation.groups() {
                evaluation.group(chunk, &mut groups);
            } else if let Some(lines) = of_key(evaluation.evaluate(chunk).evaluated) {
                return Ok(Some(lines));
            }
        }
        let groups = groups.into_lines().into_iter();
        Ok(groups
            .map(|lines| evaluation.evaluate_group(lines))
            .find(|record| record.key() == Some(key))
            .map(Evaluated::into_lines))
    }
}

/// A step of a flow, at a line of it.
struct StepOf<'f> {
    flow: &'f Flow,
    step: &'f Step,
    line: Option<usize>,
}

impl<'f> StepOf<'f> {
    fn find(flow: &'f Flow, name: &str) -> Option<Self> {
        let at = StepAt::find(flow, name)?;
        Some(StepOf {
            flow,
            step: at.step,
            line: at.line,
        })
    }

    /// Finds what a `let` binds.
    fn local(&self, wanted: usize) -> Option<&'f Expression> {
        let mut open: Vec<&Statement> = self.flow.body.iter().collect();
        while let Some(statement) = open.pop() {
            match statement {
                Statement::Let { local, value } if *local == wanted => return Some(value),
                _ => open.extend(statement.blocks().into_iter().flatten()),
            }
        }
        None
    }
}

/// What is needed to tell where a field comes from.
struct Reading<'a> {
    project: &'a Project,
    step: Option<StepOf<'a>>,
    header: Option<&'a Arc<Header>>,
    lines: &'a [Row],
}

impl Reading<'_> {
    fn field(&self, name: &str, sent: &str) -> FieldOrigin {
        let mut field = FieldOrigin {
            name: name.to_owned(),
            sent: sent.to_owned(),
            binding: None,
            cells: Vec::new(),
            further_cells: 0,
        };
        if name == format!("metadata[{MARK}]") {
            field.binding = Some("the mark of this program".to_owned());
            return field;
        }
        let Some(of) = &self.step else { return field };
        let bound = of
            .step
            .bindings
            .iter()
            .find(|binding| Form::belongs(name, &binding.name));
        let Some(binding) = bound else { return field };
        field.binding = Some(self.project.texts.slice(binding.value.span).to_owned());
        let mut cells = Cells::default();
        self.collect(of, &binding.value, of.line.unwrap_or(0), &mut cells);
        field.further_cells = cells.further.len();
        field.cells = cells.read.iter().filter_map(|at| self.cell(*at)).collect();
        field
    }

    /// Collects the cells that an expression reads at a line.
    fn collect(&self, of: &StepOf<'_>, expression: &Expression, line: usize, cells: &mut Cells) {
        match &expression.kind {
            ExpressionKind::Column { index, .. } => cells.add(line, *index),
            ExpressionKind::Local(local) => {
                if let Some(value) = of.local(*local) {
                    self.collect(of, value, line, cells);
                }
            }
            ExpressionKind::Lines(value) | ExpressionKind::Aggregate { value, .. } => {
                for line in 0..self.lines.len() {
                    self.collect(of, value, line, cells);
                }
            }
            kind => {
                for child in kind.children() {
                    self.collect(of, child, line, cells);
                }
            }
        }
    }

    fn cell(&self, (line, column): (usize, usize)) -> Option<CellNow> {
        let (header, row) = (self.header?, self.lines.get(line)?);
        let text = match row.cells.get(column)? {
            Cell::Value(value) => value.to_string(),
            Cell::Broken(text) => text.to_string(),
        };
        Some(CellNow {
            address: header.address(row.number, column).to_string(),
            column: header.columns.get(column)?.to_string(),
            text,
        })
    }
}

/// The cells of some lines, and those of the lines behind them.
#[derive(Default)]
struct Cells {
    read: BTreeSet<(usize, usize)>,
    further: BTreeSet<(usize, usize)>,
}

impl Cells {
    fn add(&mut self, line: usize, column: usize) {
        let lines: BTreeSet<usize> = self.read.iter().map(|(line, _)| *line).collect();
        let place = match lines.contains(&line) || lines.len() < SHOWN_LINES {
            true => &mut self.read,
            false => &mut self.further,
        };
        place.insert((line, column));
    }
}
