use std::sync::Arc;

use rust_decimal::Decimal;

use crate::diag::Span;
use crate::model::Fingerprint;

use super::expression::Expression;
use super::schedule::Schedule;
use super::step::Step;

/// A checked flow.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its name.
    pub name: Arc<str>,
    /// The text of the `##` lines above it.
    pub description: Option<String>,
    /// The account that it writes to; `None` when the project declares none.
    pub account: Option<Arc<str>>,
    /// The source that it reads.
    pub source: Arc<str>,
    /// `where`: rows for which this is not true are passed over.
    pub filter: Option<Expression>,
    /// `group by`: one record for each combination of these, in the order in which they come first. Empty
    /// without it: each row is a record. Only columns of these keys are used outside of its lines.
    pub grouping: Vec<Expression>,
    /// The key's parts; those of the group unless the flow says otherwise. Empty when no step creates anything.
    pub key: Vec<Expression>,
    /// Conditions on the whole plan: when one of them does not hold, nothing at all is sent.
    pub guards: Vec<Guard>,
    /// When a run that goes wrong ends before its last record.
    pub stop: Option<Share>,
    /// When it runs by itself; any of them.
    pub schedules: Vec<Schedule>,
    /// Whether `paused` keeps it from running by itself.
    pub paused: bool,
    /// The flows that run before it, behind `after` in its head or inside.
    pub after: Vec<Arc<str>>,
    /// Statements in the order written.
    pub body: Vec<Statement>,
    /// What goes back beside the row.
    pub write_back: Option<WriteBack>,
    /// Where one record goes for each result.
    pub reports: Vec<Report>,
    /// The sources that `lookup` reads, sorted.
    pub lookups: Vec<Arc<str>>,
    /// How many values `let` binds; [`super::ExpressionKind::Local`] indexes them.
    pub locals: usize,
    /// The plugins that it calls, each with the hash of its file and limits, sorted by name.
    pub plugins: Vec<(Arc<str>, Fingerprint)>,
    /// A hash of everything in the project's files that decides what the flow sends, constants included; changes
    /// when the flow does, not when comments or spaces do. `plugins` has the rest.
    pub hash: String,
    /// A hash of what stands around the sending and is not in `hash`: guards, `stop`, `write back`, reports. When
    /// the flow runs is in neither.
    pub frame: String,
    /// The whole declaration.
    pub span: Span,
}

impl Flow {
    /// Gives the steps in the order written, those of nested blocks included; a step stands at its
    /// [`Step::index`], which [`super::ExpressionKind::StepField`] names.
    pub fn steps(&self) -> Steps<'_> {
        Steps::over(&self.body)
    }

    /// Gives the expressions that decide what is sent, in the order written; those inside them left out.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found: Vec<&Expression> = self.filter.iter().collect();
        found.extend(self.grouping.iter().chain(&self.key));
        collect_expressions(&self.body, &mut found);
        found
    }
}

fn collect_expressions<'f>(statements: &'f [Statement], found: &mut Vec<&'f Expression>) {
    for statement in statements {
        found.extend(statement.expressions());
        for block in statement.blocks() {
            collect_expressions(block, found);
        }
    }
}

/// The steps of statements, in the order written.
#[derive(Debug)]
pub struct Steps<'f> {
    open: Vec<std::slice::Iter<'f, Statement>>,
}

impl<'f> Steps<'f> {
    /// Walks over statements and the blocks inside them.
    pub fn over(statements: &'f [Statement]) -> Self {
        Steps {
            open: vec![statements.iter()],
        }
    }
}

impl<'f> Iterator for Steps<'f> {
    type Item = &'f Step;

    fn next(&mut self) -> Option<&'f Step> {
        while let Some(block) = self.open.last_mut() {
            match block.next() {
                None => {
                    self.open.pop();
                }
                Some(Statement::Step(step)) => return Some(step),
                Some(statement) => self
                    .open
                    .extend(statement.blocks().into_iter().rev().map(<[Statement]>::iter)),
            }
        }
        None
    }
}

/// A statement inside a flow.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let NAME = E`.
    Let {
        /// The local that it binds.
        local: usize,
        /// Its value.
        value: Expression,
    },
    /// `require E else "…"`: a record that fails is rejected before anything of it is sent.
    Require {
        /// What must be true.
        condition: Expression,
        /// What the person is told; text.
        otherwise: Expression,
    },
    /// `ensure E else "…"`: the record stops here when it fails, before the steps below.
    Ensure {
        /// What must be true, with what Stripe answered to the steps above.
        condition: Expression,
        /// What the person is told; text.
        otherwise: Expression,
        /// The whole statement.
        span: Span,
    },
    /// Something to find or to send.
    Step(Step),
    /// `refresh n`: the object of an earlier step is read again.
    Refresh {
        /// The step.
        step: usize,
        /// The whole statement.
        span: Span,
    },
    /// `each row { … }`: once for each line of the group, in the order of the sheet. Columns mean the line; a step
    /// in it has an object for each line, and is not seen outside.
    Each {
        /// What is done for each line.
        body: Vec<Statement>,
        /// The words `each row`.
        span: Span,
    },
    /// `if E { … } else { … }`. What one branch names is not seen outside of it.
    If {
        /// The condition.
        condition: Expression,
        /// What is done when it holds.
        then: Vec<Statement>,
        /// What is done when it does not.
        otherwise: Vec<Statement>,
        /// The first line.
        span: Span,
    },
}

impl Statement {
    /// Gives the blocks inside this statement, in the order written.
    pub fn blocks(&self) -> Vec<&[Statement]> {
        match self {
            Statement::Each { body, .. } => vec![body],
            Statement::If { then, otherwise, .. } => vec![then, otherwise],
            Statement::Let { .. }
            | Statement::Require { .. }
            | Statement::Ensure { .. }
            | Statement::Step(_)
            | Statement::Refresh { .. } => Vec::new(),
        }
    }

    /// Gives the expressions of this statement, those of blocks inside it left out.
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            Statement::Let { value, .. } => vec![value],
            Statement::Require { condition, otherwise }
            | Statement::Ensure {
                condition, otherwise, ..
            } => vec![condition, otherwise],
            Statement::If { condition, .. } => vec![condition],
            Statement::Step(step) => step.expressions(),
            Statement::Refresh { .. } | Statement::Each { .. } => Vec::new(),
        }
    }
}

/// `guard E else "…"`
#[derive(Clone, Debug)]
pub struct Guard {
    /// What must be true of the plan and of all rows that the flow takes. Of expressions that read rows it has
    /// [`super::ExpressionKind::Aggregate`] alone.
    pub condition: Expression,
    /// What the person is told; text without any row in it.
    pub otherwise: Expression,
    /// The whole statement.
    pub span: Span,
}

/// A part of many: `at most 10%`, `stop after 20 errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(u64),
    /// So many of a hundred, above 0 and up to 100.
    Percent(Decimal),
}

/// `write back { Column = E }`
#[derive(Clone, Debug)]
pub struct WriteBack {
    /// The columns of the source's own sheet, some of them perhaps new.
    pub columns: Vec<ResultColumn>,
    /// The whole statement.
    pub span: Span,
}

/// A column of what a run leaves behind.
#[derive(Clone, Debug)]
pub struct ResultColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its value when the record's steps are through; what a step that never ran would hold is null.
    pub value: Expression,
    /// The name as written.
    pub span: Span,
}

/// `report to csv("…") { Column = E }`
#[derive(Clone, Debug)]
pub struct Report {
    /// Where it goes.
    pub sink: ReportSink,
    /// The columns, or members, in the order written.
    pub columns: Vec<ResultColumn>,
    /// The whole statement.
    pub span: Span,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportSink {
    /// A file of comma-separated values, relative to the project's directory.
    Csv(String),
    /// A file with one JSON object a line, relative to the project's directory.
    JsonLines(String),
    /// A URL that gets each record as JSON.
    Webhook(String),
}
