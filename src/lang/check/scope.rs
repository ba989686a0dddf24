use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::names as codes;
use crate::lang::program::{Expression, ExpressionKind, Outcome};
use crate::lang::syntax::Name;
use crate::model::{Header, Type};

use super::presence::Filled;
use super::typed::{Answer, Typed};
use super::{Context, OftenEmpty, SourceColumns};

mod unknown;

pub(super) use unknown::is_plain;
use unknown::too_early;

/// What an expression may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A constant: literals and other constants.
    Constant,
    /// `where`: columns and constants.
    Filter,
    /// `group by`: columns of each line, and constants.
    Grouping,
    /// `key`: columns, constants, and the values of `let` above, which are copied in.
    Key,
    /// Everything that stands above.
    Body,
    /// `guard`: the plan, and all rows.
    Guard,
    /// `write back` and `report to`: everything, and what came of the record.
    Results,
    /// The values of a test: literals and constants.
    Test,
}

/// Whose cells columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The record's.
    Record,
    /// Those of the line that `each row` is at.
    Each,
    /// Those of each line of `rows` in turn.
    Rows,
}

/// The names that a flow knows, as far as it has been read.
pub(super) struct Scope<'a> {
    pub(super) place: Place,
    source: Option<Arc<str>>,
    columns: Columns<'a>,
    bound: Vec<Bound>,
    /// Names that statements further below bind.
    later: Vec<Name>,
    /// The resources of the steps that have no name of their own.
    pub(super) unnamed: Vec<&'static str>,
    /// With `group by`, the columns that are the same in all lines of a group.
    pub(super) grouped: Option<Vec<usize>>,
    pub(super) line: Cell<Line>,
    /// What conditions above have shown to be there.
    pub(super) filled: RefCell<Filled>,
    /// Names of blocks that have ended, with what those blocks are.
    gone: Vec<(Name, &'static str)>,
}

/// How much a scope knew at the beginning of a block.
pub(super) struct Mark {
    bound: usize,
    unnamed: usize,
    filled: usize,
    line: Line,
}

enum Columns<'a> {
    Known(&'a Header, &'a [Type], &'a [OftenEmpty]),
    /// Not known, so that no name can be called wrong.
    Unchecked,
    /// There are none.
    None,
}

/// Names with a meaning of their own in expressions.
const WORDS: [&str; 3] = ["row", "rows", "plan"];

/// A name of the flow's own.
struct Bound {
    name: Name,
    what: BoundTo,
}

#[derive(Clone)]
enum BoundTo {
    Local {
        index: usize,
        value: Box<Typed>,
    },
    Step {
        index: usize,
        answer: Answer,
    },
    /// What a function is called with.
    Argument(Box<Typed>),
}

impl<'a> Scope<'a> {
    /// Gives the scope of constants.
    pub(super) fn of_constants() -> Self {
        Scope {
            place: Place::Constant,
            source: None,
            columns: Columns::None,
            bound: Vec::new(),
            later: Vec::new(),
            unnamed: Vec::new(),
            grouped: None,
            line: Cell::new(Line::Record),
            filled: RefCell::default(),
            gone: Vec::new(),
        }
    }

    /// Gives the scope of a function's body.
    pub(super) fn of_function(arguments: Vec<(Name, Typed)>) -> Self {
        let bound = arguments.into_iter().map(|(name, value)| Bound {
            name,
            what: BoundTo::Argument(Box::new(value)),
        });
        Scope {
            bound: bound.collect(),
            ..Scope::of_constants()
        }
    }

    /// Begins a block whose names are not seen outside.
    pub(super) fn enter(&mut self, line: Line) -> Mark {
        let mark = Mark {
            bound: self.bound.len(),
            unnamed: self.unnamed.len(),
            filled: self.filled.borrow().len(),
            line: self.line.get(),
        };
        self.line.set(line);
        mark
    }

    /// Ends a block.
    pub(super) fn leave(&mut self, mark: &Mark, block: &'static str) {
        let gone = self.bound.split_off(mark.bound);
        self.gone
            .extend(gone.into_iter().map(|bound| (bound.name, block)));
        self.unnamed.truncate(mark.unnamed);
        self.filled.borrow_mut().truncate(mark.filled);
        self.line.set(mark.line);
    }

    /// Tells whether `rows` means the lines of a group, or all rows, here.
    pub(super) fn has_rows(&self) -> bool {
        self.grouped.is_some() || self.place == Place::Guard
    }

    /// Gives the names of the steps that are seen here.
    pub(super) fn steps(&self) -> impl Iterator<Item = Arc<str>> {
        self.bound.iter().filter_map(|bound| match bound.what {
            BoundTo::Step { .. } => Some(bound.name.text.clone()),
            BoundTo::Local { .. } | BoundTo::Argument(_) => None,
        })
    }

    /// Finds a step that is seen here.
    pub(super) fn step(&self, name: &str) -> Option<usize> {
        self.bound.iter().find_map(|bound| match bound.what {
            BoundTo::Step { index, .. } if &*bound.name.text == name => Some(index),
            _ => None,
        })
    }

    /// Gives the scope of a flow over a source; `later` are the names that its statements will bind.
    pub(super) fn of_flow(
        source: Option<Arc<str>>,
        known: Option<&'a SourceColumns>,
        later: Vec<Name>,
    ) -> Self {
        let columns = match known {
            Some(SourceColumns::Known {
                header,
                types,
                often_empty,
            }) => Columns::Known(header, types, often_empty),
            Some(SourceColumns::Unreadable(_)) | None => Columns::Unchecked,
        };
        Scope {
            place: Place::Body,
            source,
            columns,
            bound: Vec::new(),
            later,
            unnamed: Vec::new(),
            grouped: None,
            line: Cell::new(Line::Record),
            filled: RefCell::default(),
            gone: Vec::new(),
        }
    }

    pub(super) fn header(&self) -> Option<&'a Header> {
        match &self.columns {
            Columns::Known(header, ..) => Some(header),
            Columns::Unchecked | Columns::None => None,
        }
    }

    /// Gives what is known of a column that is often empty.
    pub(super) fn often_empty(&self, column: usize) -> Option<&'a OftenEmpty> {
        match &self.columns {
            Columns::Known(_, _, often_empty) => often_empty.iter().find(|gap| gap.column == column),
            Columns::Unchecked | Columns::None => None,
        }
    }

    pub(super) fn bind_local(&mut self, name: &Name, index: usize, value: Typed, context: &mut Context) {
        self.bind(
            name,
            BoundTo::Local {
                index,
                value: Box::new(value),
            },
            context,
        );
    }

    pub(super) fn bind_step(&mut self, name: &Name, index: usize, answer: Answer, context: &mut Context) {
        self.bind(name, BoundTo::Step { index, answer }, context);
    }

    fn bind(&mut self, name: &Name, what: BoundTo, context: &mut Context) {
        self.later.retain(|later| later.span != name.span);
        if WORDS.contains(&&*name.text) {
            context.report(Diagnostic::error(
                &crate::lang::codes::syntax::NAME,
                name.span,
                format!("`{}` is a word of the language, and can't be a name", name.text),
            ));
            return;
        }
        if context.constants.contains_key(&name.text) {
            context.report(Diagnostic::error(
                &codes::DUPLICATE,
                name.span,
                format!("`{}` is a constant of the project already", name.text),
            ));
        }
        let bound = self.bound.iter().map(|bound| &bound.name);
        let gone = self.gone.iter().map(|(gone, _)| gone);
        if let Some(former) = bound.chain(gone).find(|former| former.text == name.text) {
            context.report(
                Diagnostic::error(
                    &codes::DUPLICATE,
                    name.span,
                    format!("the name `{}` is given twice in this flow", name.text),
                )
                .with_label(former.span, "here for the first time"),
            );
            return;
        }
        if let Some(place) = context.declared_plugins.get(&name.text).copied() {
            context.report(
                Diagnostic::error(
                    &codes::DUPLICATE,
                    name.span,
                    format!("`{}` is a plugin", name.text),
                )
                .with_label(place, "here for the first time"),
            );
        }
        if self
            .header()
            .is_some_and(|header| header.index_of(&name.text).is_some())
        {
            context.report(
                Diagnostic::error(
                    &codes::HIDES_COLUMN,
                    name.span,
                    format!("`{}` is a column of the source", name.text),
                )
                .labelled("choose another name"),
            );
        }
        self.bound.push(Bound {
            name: name.clone(),
            what,
        });
    }

    /// Finds what a bare name means.
    pub(super) fn name(&self, name: &str, span: Span, context: &mut Context) -> Typed {
        if let Some(bound) = self.bound.iter().find(|bound| &*bound.name.text == name) {
            return self.bound_value(bound, span, context);
        }
        if let (Place::Results, Some(outcome)) = (self.place, outcome(name)) {
            return Typed::new(ExpressionKind::Outcome(outcome), Type::Text, span);
        }
        let constant = context.constants.contains_key(name);
        if let Some(column) = self.column_if_known(name, span) {
            if !self.may_use(&column, name, context) {
                return Typed::broken(span);
            }
            if constant {
                context.report(
                    Diagnostic::error(
                        &codes::HIDES_COLUMN,
                        span,
                        format!("`{name}` is a column here, and a constant too"),
                    )
                    .with_hint(format!(
                        "for the column, write `row[\"{name}\"]`; else rename the constant"
                    )),
                );
            }
            return column;
        }
        if constant {
            return super::constants::inline(name, span, context);
        }
        self.unknown(name, span, context);
        Typed::broken(span)
    }

    fn bound_value(&self, bound: &Bound, span: Span, context: &mut Context) -> Typed {
        match (&bound.what, self.place) {
            (BoundTo::Local { index, value }, Place::Body | Place::Results) => Typed {
                expression: Expression {
                    kind: ExpressionKind::Local(*index),
                    value_type: value.expression.value_type.clone(),
                    presence: value.expression.presence,
                    may_fail: value.expression.may_fail,
                    span,
                },
                api: value.api.clone(),
            },
            (BoundTo::Local { value, .. }, Place::Key) => super::constants::copied(value, span, context),
            (BoundTo::Argument(value), _) => super::constants::copied(value, span, context),
            (BoundTo::Step { index, answer }, Place::Body | Place::Results) => Typed {
                expression: Expression {
                    kind: ExpressionKind::StepField {
                        step: *index,
                        path: Vec::new(),
                    },
                    value_type: answer.value_type.clone(),
                    presence: answer.presence,
                    may_fail: false,
                    span,
                },
                api: answer.api.clone(),
            },
            _ => {
                context.report(too_early(self.place, &bound.name.text, span));
                Typed::broken(span)
            }
        }
    }

    /// Finds a column by its exact name; reports when there is none.
    pub(super) fn column(&self, name: &str, span: Span, context: &mut Context) -> Typed {
        if let Some(column) = self.column_if_known(name, span) {
            return match self.may_use(&column, name, context) {
                true => column,
                false => Typed::broken(span),
            };
        }
        match self.columns {
            Columns::Unchecked => {}
            Columns::None => context.report(too_early(self.place, name, span)),
            Columns::Known(..) => self.unknown(name, span, context),
        }
        Typed::broken(span)
    }

    /// Tells whether a column has one value here; reports when each line of a group has its own.
    fn may_use(&self, column: &Typed, name: &str, context: &mut Context) -> bool {
        let ExpressionKind::Column { index, .. } = &column.expression.kind else {
            return true;
        };
        if self.line.get() != Line::Record {
            return true;
        }
        let span = column.expression.span;
        match (self.place, &self.grouped) {
            (Place::Guard | Place::Test, _) => {
                context.report(too_early(self.place, name, span));
                false
            }
            (Place::Key | Place::Body | Place::Results, Some(grouped)) if !grouped.contains(index) => {
                let shown = if is_plain(name) {
                    name.to_owned()
                } else {
                    format!("`{name}`")
                };
                context.report(
                    Diagnostic::error(
                        &crate::lang::codes::flows::NOT_OF_THE_GROUP,
                        span,
                        format!("each line of the group has its own `{name}`"),
                    )
                    .with_hint(format!(
                        "say which: `first(rows.{shown})`, `sum(rows.{shown})`; or use it inside `each row`"
                    )),
                );
                false
            }
            _ => true,
        }
    }

    fn column_if_known(&self, name: &str, span: Span) -> Option<Typed> {
        let Columns::Known(header, types, _) = &self.columns else {
            return None;
        };
        let index = header.index_of(name)?;
        let kind = ExpressionKind::Column {
            index,
            name: name.into(),
        };
        let value_type = types.get(index).cloned().unwrap_or(Type::Any);
        Some(Typed::new(kind, value_type, span))
    }
}

fn outcome(name: &str) -> Option<Outcome> {
    [Outcome::Status, Outcome::Error]
        .into_iter()
        .find(|outcome| outcome.as_str() == name)
}
