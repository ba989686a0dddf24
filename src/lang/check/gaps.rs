//! Keys that many rows don't have.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::flows as codes;
use crate::lang::program::{Expression, ExpressionKind};

use super::scope::Scope;
use super::{Context, OftenEmpty};

/// Warns of parts of a key that are columns which are often empty.
pub(super) fn warn(parts: &[Expression], scope: &Scope, context: &mut Context) {
    for part in parts {
        let Some((column, name)) = column_of(part) else {
            continue;
        };
        if let Some(gap) = scope.often_empty(column) {
            context.report(often_empty(gap, name, part.span));
        }
    }
}

/// Gives the column of a part of a key that is empty when the column is.
fn column_of(part: &Expression) -> Option<(usize, &str)> {
    match &part.kind {
        ExpressionKind::Column { index, name } => Some((*index, name)),
        ExpressionKind::Call {
            function: "trim" | "lower" | "upper" | "squeeze",
            arguments,
        } => column_of(arguments.first()?),
        _ => None,
    }
}

fn often_empty(gap: &OftenEmpty, name: &str, span: Span) -> Diagnostic {
    let rows: Vec<String> = gap.rows.iter().map(u32::to_string).collect();
    let more = if gap.empty > gap.rows.len() as u64 {
        ", …"
    } else {
        ""
    };
    let percent = (gap.empty * 100).checked_div(gap.of).unwrap_or(0);
    Diagnostic::warning(
        &codes::KEY_OFTEN_EMPTY,
        span,
        format!("`{name}` is often empty, and rows without a key are rejected"),
    )
    .with_note(format!(
        "it is empty in {} of the first {} rows ({percent}%): row {}{more}",
        gap.empty,
        gap.of,
        rows.join(", ")
    ))
    .with_hint("name a column that every row fills, or leave these rows out: `from … where … is not empty`")
}
