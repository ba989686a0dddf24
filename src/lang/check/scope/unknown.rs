//! What is said of names that mean nothing at their place.

use crate::diag::{Diagnostic, Span};
use crate::lang::check::sources::columns_note;
use crate::lang::check::{Context, with_nearest};
use crate::lang::codes::flows;
use crate::lang::codes::names as codes;

use super::{Columns, Place, Scope};

impl Scope<'_> {
    pub(super) fn unknown(&self, name: &str, span: Span, context: &mut Context) {
        if let Some(later) = self.later.iter().find(|later| &*later.text == name) {
            context.report(
                Diagnostic::error(&flows::NOT_HERE, span, format!("`{name}` is not there yet"))
                    .with_label(later.span, "it is bound here"),
            );
            return;
        }
        if let Some(problem) = self.gone_problem(name, span) {
            context.report(problem);
            return;
        }
        if matches!(self.columns, Columns::Unchecked) {
            return;
        }
        context.report(self.unknown_problem(name, span, context));
    }

    /// Says that a name belongs to a block that has ended; `None` when there was no such name.
    pub(in crate::lang::check) fn gone_problem(&self, name: &str, span: Span) -> Option<Diagnostic> {
        let (gone, block) = self.gone.iter().find(|(gone, _)| &*gone.text == name)?;
        let message = format!("`{name}` is there inside {block} only");
        Some(Diagnostic::error(&flows::NOT_HERE, span, message).with_label(gone.span, "it is named here"))
    }

    fn unknown_problem(&self, name: &str, span: Span, context: &Context) -> Diagnostic {
        let header = self.header();
        let message = match (&self.source, header) {
            (Some(source), Some(_)) => format!("there is no column `{name}` in `{source}`"),
            _ => format!("there is no constant `{name}`"),
        };
        let mut problem = Diagnostic::error(&codes::UNKNOWN_NAME, span, message);
        if let Some(header) = header {
            problem = problem.with_note(columns_note(header));
        }
        if context.function(name).is_some() {
            return problem.with_hint(format!("`{name}` is a function: `{name}(…)`, or `… | {name}`"));
        }
        if self.unnamed.contains(&name) {
            return problem.with_hint(format!(
                "to use what a step made, name the step: `create {name} as …`"
            ));
        }
        if name == "rows" {
            return problem.with_hint("`rows` are the lines of a group: write `from SOURCE group by …`");
        }
        if name == "row" {
            return problem.with_hint("a column's value is its name, or `row[\"its name\"]`");
        }
        let columns = header
            .into_iter()
            .flat_map(|header| header.columns.iter().map(|column| &**column));
        let bound = self.bound.iter().map(|bound| &*bound.name.text);
        let constants = context.constants.keys().map(|name| &**name);
        with_nearest(problem, name, columns.chain(bound).chain(constants))
    }
}

/// Tells whether a column's name stands without backticks.
pub(in crate::lang::check) fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|letter: char| letter.is_ascii_digit())
}

pub(super) fn too_early(place: Place, name: &str, span: Span) -> Diagnostic {
    let (message, hint) = match place {
        Place::Constant => (
            format!("a constant can't use `{name}`"),
            "constants are made of literals and other constants; bind values of the row with `let` in the flow",
        ),
        Place::Test => (
            format!("a test's values can't use `{name}`"),
            "write the value itself, so that the test says what is expected",
        ),
        Place::Filter => (
            format!("`where` can't use `{name}`"),
            "`where` looks at the columns of a row; use `require` below for the rest",
        ),
        Place::Grouping => (
            format!("`group by` can't use `{name}`"),
            "lines are grouped by what stands in their columns",
        ),
        Place::Guard => (
            format!("a guard can't use `{name}`"),
            "a guard looks at the whole plan: `plan.creates`, `sum(rows.Amount)`",
        ),
        Place::Key | Place::Body | Place::Results => (
            format!("a key can't use `{name}`"),
            "the key is known before anything is sent: use columns",
        ),
    };
    Diagnostic::error(&flows::NOT_HERE, span, message).with_hint(hint)
}
