use std::sync::Arc;

use wasmtime::component::Val;

use crate::model::Value;

use super::call_error::{CallError, CallFailure};
use super::function::Function;
use super::lift::lift_result;
use super::lower::{Lowered, lower_arguments};
use super::worker::{Attempt, Twin, Worker};

/// Rows that one call of a batch twin takes.
const CHUNK: usize = 100;

/// What is known of a row before its call.
type Row = Result<Lowered, CallFailure>;

impl Worker {
    /// Calls a function for many rows, in order; through its batch twin where it has one.
    ///
    /// A chunk has the fuel, time and memory of one call, so that a row can't take more than it could
    /// alone. A chunk that fails is done again row by row: the outcome of a row depends on that row.
    pub fn call_batch(&mut self, function: usize, rows: &[Vec<Value>]) -> Vec<Result<Value, CallError>> {
        let shared = Arc::clone(&self.shared);
        let keeps_instances = shared.limits.keeps_instance_after(0);
        let has_twin = |called: &&Function| called.has_batch && keeps_instances;
        let Some(called) = shared.functions.get(function).filter(has_twin) else {
            return rows.iter().map(|row| self.call(function, row)).collect();
        };
        let mut values = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(CHUNK) {
            let lowered: Vec<Row> = chunk.iter().map(|row| lower_arguments(called, row)).collect();
            let many = self.call_chunk(function, called, &lowered);
            let chunk_values = match many {
                Some(many) => merge(called, lowered, many),
                None => self.call_each(function, called, lowered),
            };
            values.extend(
                chunk_values
                    .into_iter()
                    .map(|value| value.map_err(|failure| shared.error(Some(called), failure))),
            );
        }
        values
    }

    /// Makes one call for all rows that need one. `None` when that did not give a value for each.
    fn call_chunk(&mut self, function: usize, called: &Function, rows: &[Row]) -> Option<Vec<Val>> {
        let mut columns: Vec<Vec<Val>> = vec![Vec::new(); called.parameters.len()];
        let mut count = 0;
        for row in rows {
            let Ok(Lowered::Call(arguments)) = row else {
                continue;
            };
            count += 1;
            for (column, argument) in columns.iter_mut().zip(arguments) {
                column.push(argument.clone());
            }
        }
        if count < 2 {
            return None;
        }
        let arguments: Vec<Val> = columns.into_iter().map(Val::List).collect();
        let attempt = Attempt {
            function,
            twin: Twin::Batch,
            arguments: &arguments,
            rows: u32::try_from(count).unwrap_or(u32::MAX),
        };
        match self.attempt(&attempt) {
            Ok(Val::List(values)) if values.len() == count => Some(values),
            _ => None,
        }
    }

    fn call_each(
        &mut self,
        function: usize,
        called: &Function,
        rows: Vec<Row>,
    ) -> Vec<Result<Value, CallFailure>> {
        rows.into_iter()
            .map(|row| row.and_then(|lowered| self.call_lowered(function, called, lowered)))
            .collect()
    }
}

/// Gives each row its value: that of the call, or what was known before.
fn merge(called: &Function, rows: Vec<Row>, values: Vec<Val>) -> Vec<Result<Value, CallFailure>> {
    let mut values = values.into_iter();
    rows.into_iter()
        .map(|row| match row? {
            Lowered::Value(value) => Ok(value),
            Lowered::Call(_) => match values.next() {
                Some(value) => lift_result(&called.result, value),
                None => Err(CallFailure::Result("it has no value for this row".to_owned())),
            },
        })
        .collect()
}
