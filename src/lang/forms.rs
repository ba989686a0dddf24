use crate::model::Type;

use super::program::AggregateFunction;
use super::signature::{ParameterKind, Parameters, Returns, Signature};

/// `lookup` is no function of values: its first argument is a source, the second and the last are names of columns.
static LOOKUP: Signature = Signature {
    name: "lookup",
    group: "other sources",
    summary: "Gives the cell in the first row of another source whose cell equals a value, as VLOOKUP does; null when \
              there is no such row, and when the value is empty. `lookup(prices, \"SKU\", Code, \"Price\")` looks for \
              Code in the column SKU of the source prices, and gives that row's Price.",
    parameters: Parameters {
        required: &[
            ("source", ParameterKind::Any),
            ("column", ParameterKind::Text),
            ("value", ParameterKind::Any),
            ("column", ParameterKind::Text),
        ],
        optional: &[],
        rest: None,
    },
    returns: Returns::Type(Type::Any),
    examples: &[],
    check_literals: None,
};

/// Gives what is called as functions are, and is part of the language itself.
pub fn special_forms() -> [&'static Signature; 1] {
    [&LOOKUP]
}

/// Gives the ways in which a function is called over the lines of a group, each with what it gives; none for
/// functions that can't.
pub fn line_forms(name: &str) -> Vec<(String, &'static str)> {
    let known = AggregateFunction::ALL
        .into_iter()
        .find(|function| function.as_str() == name);
    let Some(function) = known else {
        return Vec::new();
    };
    let over_column = (
        format!("{name}(rows.COLUMN)"),
        "over a column of all lines of the group",
    );
    let over_value = (
        format!("{name}(rows, EXPRESSION)"),
        "over what is computed for each line, where columns mean the line's cells",
    );
    match function {
        AggregateFunction::Count => vec![
            (format!("{name}(rows)"), "how many lines the group has"),
            over_column,
            over_value,
        ],
        AggregateFunction::Sum
        | AggregateFunction::Average
        | AggregateFunction::Min
        | AggregateFunction::Max
        | AggregateFunction::First
        | AggregateFunction::Last => vec![over_column, over_value],
    }
}
