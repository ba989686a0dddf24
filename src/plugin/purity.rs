use rust_decimal::Decimal;

use crate::model::Value;

use super::call_error::{CallError, CallFailure};
use super::function::Function;
use super::host::Plugin;
use super::plugin_type::PluginType;

/// Calls of each function.
const SAMPLES: usize = 8;

/// Calls that may run into a limit before no more are made: each may take a second.
const PATIENCE: usize = 3;

/// What a sample of calls shows of a plugin: whether a call depends on the calls before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Purity {
    /// Every call gave the same on an instance that had served others and on a fresh one.
    Agreed {
        /// How many calls were made on each.
        calls: usize,
    },
    /// A call gave something else on a fresh instance.
    Differed(Difference),
}

/// A call with two answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The function's name in flows.
    pub function: String,
    /// Its arguments.
    pub arguments: Vec<Value>,
    /// What an instance that had served other calls gave, or why it gave nothing.
    pub shared: Answer,
    /// What a fresh instance gave, or why it gave nothing.
    pub fresh: Answer,
}

impl Plugin {
    /// Calls every function with made-up arguments, on one shared instance and on a fresh one for each call,
    /// and compares the answers; then those of its batch twin, where it has one.
    pub fn sample_purity(&self) -> Purity {
        let mut calls = 0;
        let mut patience = PATIENCE;
        for (index, function) in self.functions().iter().enumerate() {
            if patience == 0 {
                break;
            }
            let rows: Vec<Vec<Value>> = (0..SAMPLES).map(|number| arguments(function, number)).collect();
            let fresh = match self.compare_rows(index, &rows) {
                Ok(fresh) => fresh,
                Err(difference) => return Purity::Differed(difference),
            };
            calls += fresh.len();
            if fresh.len() < rows.len() {
                patience -= 1;
            } else if function.has_batch
                && let Some(difference) = self.compare_batch(index, &rows, fresh)
            {
                return Purity::Differed(difference);
            }
        }
        Purity::Agreed { calls }
    }

    /// Gives the answers of fresh instances, up to the first call that met a limit; or the first answer that
    /// a shared instance gives otherwise.
    fn compare_rows(&self, index: usize, rows: &[Vec<Value>]) -> Result<Vec<Answer>, Difference> {
        let mut worker = self.worker();
        let mut answers = Vec::with_capacity(rows.len());
        for row in rows {
            let shared = answer(worker.call(index, row));
            let fresh = answer(self.worker().call(index, row));
            if shared != fresh {
                return Err(self.difference(index, row, (shared, fresh)));
            }
            let met_limit = fresh.as_ref().is_err_and(is_limit);
            answers.push(fresh);
            if met_limit && answers.len() < rows.len() {
                break;
            }
        }
        Ok(answers)
    }

    fn compare_batch(&self, index: usize, rows: &[Vec<Value>], fresh: Vec<Answer>) -> Option<Difference> {
        let batch = self.worker().call_batch(index, rows);
        rows.iter()
            .zip(batch.into_iter().map(answer).zip(fresh))
            .find(|(_, (batch, fresh))| batch != fresh)
            .map(|(row, answers)| self.difference(index, row, answers))
    }

    fn difference(&self, index: usize, row: &[Value], (shared, fresh): (Answer, Answer)) -> Difference {
        Difference {
            function: self
                .functions()
                .get(index)
                .map(|function| function.name.to_string())
                .unwrap_or_default(),
            arguments: row.to_vec(),
            shared,
            fresh,
        }
    }
}

/// A call's value, or why it gave none.
pub type Answer = Result<Value, CallFailure>;

fn answer(result: Result<Value, CallError>) -> Answer {
    result.map_err(|error| error.failure)
}

/// Tells whether a call took all that it was granted.
fn is_limit(failure: &CallFailure) -> bool {
    matches!(
        failure,
        CallFailure::OutOfFuel { .. } | CallFailure::Deadline { .. } | CallFailure::Memory { .. }
    )
}

fn arguments(function: &Function, number: usize) -> Vec<Value> {
    function
        .parameters
        .iter()
        .enumerate()
        .map(|(position, parameter)| made_up(&parameter.parameter_type, number + position))
        .collect()
}

/// Makes a value of a type; numbers that follow each other give values that differ.
fn made_up(plugin_type: &PluginType, number: usize) -> Value {
    const TEXTS: [&str; 6] = [
        "Ann van der Berg",
        "+1 202 555 0123",
        "DE89 3704 0044 0532 0130 00",
        "",
        "naïve 名",
        "2026-01-31",
    ];
    let small = i64::try_from(number % 100).unwrap_or(0);
    match plugin_type {
        PluginType::Boolean => Value::Boolean(number.is_multiple_of(2)),
        PluginType::Integer(kind) => {
            let (_, most) = kind.range();
            let largest = i64::try_from(most).unwrap_or(i64::MAX);
            Value::Integer(if number % 4 == 3 { largest } else { small })
        }
        PluginType::Float32 | PluginType::Float64 => Value::Decimal(Decimal::new(small, 1)),
        PluginType::Character => Value::text(["a", "Z", "7", "é"][number % 4]),
        PluginType::Text => Value::text(TEXTS[number % TEXTS.len()]),
        PluginType::Optional(_) if number % 3 == 2 => Value::Null,
        PluginType::Optional(inner) | PluginType::Fallible(Some(inner)) => made_up(inner, number),
        PluginType::List(item) => Value::List(
            (0..number % 3)
                .map(|position| made_up(item, number + position))
                .collect(),
        ),
        PluginType::Tuple(parts) => Value::List(
            parts
                .iter()
                .enumerate()
                .map(|(position, part)| made_up(part, number + position))
                .collect(),
        ),
        PluginType::Money => Value::Record(
            [
                ("amount".to_owned(), Value::Integer(small * 100)),
                ("currency".to_owned(), Value::text("eur")),
            ]
            .into(),
        ),
        PluginType::Record(fields) => Value::Record(
            fields
                .iter()
                .enumerate()
                .map(|(position, field)| (field.name.clone(), made_up(&field.field_type, number + position)))
                .collect(),
        ),
        PluginType::Choice(names) => names
            .get(number % names.len().max(1))
            .map_or(Value::Null, |name| Value::text(name.as_str())),
        PluginType::Fallible(None) | PluginType::Nothing => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::Purity;
    use crate::plugin::{Host, Limits};

    fn purity(body: &str) -> Purity {
        let text = format!(
            r#"(component
              (core module $m
                (global $rows (mut i64) (i64.const 0))
                (func (export "f") (param i64) (result i64) {body}))
              (core instance $i (instantiate $m))
              (func (export "f") (param "n" s64) (result s64) (canon lift (core func $i "f"))))"#
        );
        Host::new()
            .and_then(|host| host.compile("sample", text.as_bytes(), Limits::default()))
            .expect("it compiles")
            .sample_purity()
    }

    #[test]
    fn a_function_of_its_arguments_is_pure() {
        assert_eq!(purity("(local.get 0)"), Purity::Agreed { calls: 8 });
    }

    #[test]
    fn a_counter_is_found_at_its_second_call() {
        let counter = "(global.set $rows (i64.add (global.get $rows) (i64.const 1))) (global.get $rows)";
        let Purity::Differed(difference) = purity(counter) else {
            unreachable!("a counter is not pure")
        };
        assert_ne!(difference.shared, difference.fresh);
        assert_eq!(difference.function, "f");
    }

    #[test]
    fn a_function_that_never_ends_is_not_called_again_and_again() {
        assert_eq!(purity("(loop (br 0)) (i64.const 0)"), Purity::Agreed { calls: 1 });
    }
}
