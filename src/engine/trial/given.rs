//! The rows that a test gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Project;
use crate::engine::evaluation::FlowEvaluation;
use crate::eval::Lookups;
use crate::lang::program::{Given as GivenRow, Test};
use crate::model::{Cell, Header, Row, SourceSpec, Value};
use crate::source::cell_of;

use super::failure::Failure;

/// The rows of a test.
pub(super) struct Given {
    /// Those that the flow takes.
    pub(super) rows: Vec<Row>,
    /// Those of other sources.
    pub(super) lookups: Lookups,
}

/// Gives the header of the flow's source; its rows stand in the test's own file.
pub(super) fn header(project: &Project, test: &Test) -> Option<Arc<Header>> {
    let flow = project
        .program
        .as_ref()?
        .flows
        .iter()
        .find(|flow| flow.name == test.flow)?;
    let (_, header) = project.source(&flow.source)?;
    let file = project.texts.path(test.span.file);
    Some(Arc::new(Header {
        file: file.strip_prefix("./").unwrap_or(file).into(),
        sheet: None,
        ..(**header).clone()
    }))
}

/// Reads the rows of a test. Each has the number of the line in which it stands.
pub(super) fn rows(project: &Project, test: &Test, evaluation: &FlowEvaluation) -> Result<Given, Failure> {
    let flow = &evaluation.flow;
    let mut rows: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for given in &test.given {
        let Some((spec, header)) = project.source(&given.source) else {
            continue;
        };
        let row = row(project, given, (spec, header), evaluation)?;
        rows.entry(&given.source).or_default().push(row);
    }
    let mut lookups = Lookups::default();
    for name in &flow.lookups {
        if let Some((_, header)) = project.source(name) {
            let given = rows.get(&**name).cloned().unwrap_or_default();
            lookups.add(Arc::clone(name), header.columns.len(), given);
        }
    }
    Ok(Given {
        rows: rows.remove(&*flow.source).unwrap_or_default(),
        lookups,
    })
}

fn row(
    project: &Project,
    given: &GivenRow,
    (spec, header): (&SourceSpec, &Header),
    evaluation: &FlowEvaluation,
) -> Result<Row, Failure> {
    let mut cells = vec![Cell::Value(Value::Null); header.columns.len()];
    for (index, expression) in &given.cells {
        let value = evaluation
            .constant(expression)
            .map_err(|message| Failure::new(expression.span, format!("this cell has no value: {message}")))?;
        if let (Some(cell), Some(column)) = (cells.get_mut(*index), header.columns.get(*index)) {
            *cell = cell_of(spec, column, value);
        }
    }
    Ok(Row {
        number: project.texts.position(given.span.file, given.span.start).line,
        cells,
    })
}
