//! Aggregates take several values, or a list of them, or both.

use crate::eval::convert::to_number;
use crate::eval::fault::Fault;
use crate::eval::number::Number;
use crate::model::Value;

use super::function::Call;

/// Walks over the arguments, with the items of those that are lists; each with its argument's index.
pub(super) fn spread<'a>(call: &Call<'a>) -> impl Iterator<Item = (usize, &'a Value)> {
    call.arguments
        .iter()
        .enumerate()
        .flat_map(|(index, argument)| match &**argument {
            Value::List(items) => items.iter().map(|item| (index, item)).collect::<Vec<_>>(),
            value => vec![(index, value)],
        })
}

/// Adds up all numbers, and counts them; empty values are left out.
pub(super) fn total(call: &Call<'_>) -> Result<(Number, i64), Fault> {
    spread(call).try_fold(
        (Number::Integer(0), 0),
        |(sum, count), (index, value)| match to_number(value).map_err(|fault| fault.at(index))? {
            Some(number) => Ok((sum.add(number).map_err(|fault| fault.at(index))?, count + 1)),
            None => Ok((sum, count)),
        },
    )
}
