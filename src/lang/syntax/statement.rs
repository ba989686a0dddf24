use crate::diag::Span;
use crate::lang::program::{RemovalVerb, RequestMethod, StepKind};

use super::expression::{Argument, Expression};
use super::tree::{Binding, Definition, Matching, Name};

/// A statement in a flow.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `from SOURCE [where E] [group by E, …]`
    From(From),
    /// `key E, …`
    Key {
        /// The word `key`.
        keyword: Span,
        /// The parts.
        parts: Vec<Expression>,
        /// The whole statement.
        span: Span,
    },
    /// `let NAME = E`
    Let(Definition),
    /// `require E else "…"`
    Require(Condition),
    /// `guard E else "…"`
    Guard(Condition),
    /// `ensure E else "…"`
    Ensure(Condition),
    /// `stop after …`
    Stop {
        /// When; `None` when it is missing.
        share: Option<Share>,
        /// The whole statement.
        span: Span,
    },
    /// `every D`, `at …`, `cron "…"`, `on change`, `after A`
    Schedule(Schedule),
    /// `paused`
    Paused(Span),
    /// Every statement that finds or sends something.
    Step(Box<Step>),
    /// `refresh n`
    Refresh {
        /// The step's name; `None` when it is missing.
        name: Option<Name>,
        /// The whole statement.
        span: Span,
    },
    /// `each row { … }`
    Each {
        /// The statements; `None` when there is no block.
        body: Option<Vec<Statement>>,
        /// The words `each row`.
        head: Span,
        /// The whole statement.
        span: Span,
    },
    /// `if E { … } else { … }`
    If(Choice),
    /// `write back { Column = E }`
    WriteBack {
        /// The lines.
        lines: Vec<ResultLine>,
        /// The words `write back`.
        head: Span,
        /// The whole statement.
        span: Span,
    },
    /// `report to csv("…") { Column = E }`
    Report(Report),
    /// A line that no rule knows.
    Broken(Span),
}

impl Statement {
    /// Gives the place of the whole statement.
    pub fn span(&self) -> Span {
        match self {
            Statement::From(from) => from.span,
            Statement::Let(definition) => definition.span,
            Statement::Require(condition) | Statement::Guard(condition) | Statement::Ensure(condition) => {
                condition.span
            }
            Statement::Schedule(schedule) => schedule.span,
            Statement::Step(step) => step.span,
            Statement::If(choice) => choice.span,
            Statement::Report(report) => report.span,
            Statement::Key { span, .. }
            | Statement::Stop { span, .. }
            | Statement::Paused(span)
            | Statement::Refresh { span, .. }
            | Statement::Each { span, .. }
            | Statement::WriteBack { span, .. }
            | Statement::Broken(span) => *span,
        }
    }

    /// Gives the blocks of statements inside, in the order written.
    pub fn blocks(&self) -> Vec<&[Statement]> {
        match self {
            Statement::Each { body, .. } => body.iter().map(Vec::as_slice).collect(),
            Statement::If(choice) => {
                let mut blocks = vec![choice.then.as_slice()];
                blocks.extend(choice.otherwise.as_deref());
                blocks
            }
            _ => Vec::new(),
        }
    }
}

/// `from SOURCE [where E] [group by E, …]`
#[derive(Clone, Debug)]
pub struct From {
    /// The word `from`.
    pub keyword: Span,
    /// The source; `None` when it is missing.
    pub source: Option<Name>,
    /// The condition behind `where`.
    pub filter: Option<Expression>,
    /// What stands behind `group by`.
    pub grouping: Option<Vec<Expression>>,
    /// The whole statement.
    pub span: Span,
}

/// `require E else "…"`, `guard E else "…"`, `ensure E else "…"`
#[derive(Clone, Debug)]
pub struct Condition {
    /// What must be true.
    pub condition: Expression,
    /// What the person is told; `None` when it is missing.
    pub otherwise: Option<Expression>,
    /// The whole statement.
    pub span: Span,
}

/// `20 errors`, `5%`, `at most 10`
#[derive(Clone, Debug)]
pub enum Share {
    /// A number.
    Count(Expression),
    /// A percentage.
    Percent(Expression),
}

impl Share {
    /// Gives the number or the percentage.
    pub fn value(&self) -> &Expression {
        match self {
            Share::Count(value) | Share::Percent(value) => value,
        }
    }
}

/// When a flow runs by itself.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// When.
    pub kind: ScheduleKind,
    /// The whole statement.
    pub span: Span,
}

/// The kinds of schedules.
#[derive(Clone, Debug)]
pub enum ScheduleKind {
    /// `every D`
    Every(Expression),
    /// `at 12:10, 18:00 [in "Zone"]`
    At {
        /// The times of the day.
        times: Vec<Expression>,
        /// The time zone.
        zone: Option<Expression>,
    },
    /// `cron "…" [in "Zone"]`
    Cron {
        /// The five fields.
        fields: Expression,
        /// The time zone.
        zone: Option<Expression>,
    },
    /// `on change`
    OnChange,
    /// `after A, B`
    After(Vec<Name>),
}

/// `create R [as n] [by …] { bindings }`, and the other statements that find or send something.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which verb.
    pub kind: StepKind,
    /// The resource as written; `None` when it is missing. For a call what stands before the last point; for a
    /// request nothing.
    pub resource: Option<Name>,
    /// The name behind `as`.
    pub alias: Option<Name>,
    /// What stands behind `by`.
    pub matching: Option<Matching>,
    /// What belongs to one kind of step alone.
    pub detail: Detail,
    /// The lines in the block; `None` when there is no block.
    pub bindings: Option<Vec<Binding>>,
    /// From the verb to the block.
    pub head: Span,
    /// The whole statement.
    pub span: Span,
}

/// What belongs to one kind of step alone.
#[derive(Clone, Debug)]
pub enum Detail {
    /// Nothing.
    None,
    /// `else skip`, `else reject "…"`, `else null`, behind `find`.
    Missing(Missing),
    /// `removing by VERB [at most …]`, behind `mirror`.
    Removal(Removal),
    /// `.operation(arguments)`, behind `call R`.
    Operation {
        /// The operation's name; `None` when it is missing.
        name: Option<Name>,
        /// What stands in the brackets; `None` when there are none.
        arguments: Option<Vec<Argument>>,
    },
    /// `METHOD "path"`, behind `request`.
    Request {
        /// The method.
        method: Option<(RequestMethod, Span)>,
        /// The path.
        path: Option<Expression>,
    },
}

/// What happens when a find finds nothing.
#[derive(Clone, Debug)]
pub enum Missing {
    /// `else skip`
    Skip,
    /// `else null`
    Null,
    /// `else reject ["…"]`
    Reject(Option<Expression>),
    /// `else` and something else, which was reported.
    Broken,
}

/// `removing by VERB [at most N | P%]`
#[derive(Clone, Debug)]
pub struct Removal {
    /// The verb; `None` when it is missing or unknown.
    pub verb: Option<(RemovalVerb, Span)>,
    /// What stands behind `at most`.
    pub limit: Option<Share>,
    /// All of it.
    pub span: Span,
}

/// `if E { … } else { … }`
#[derive(Clone, Debug)]
pub struct Choice {
    /// The condition.
    pub condition: Expression,
    /// What is done when it holds.
    pub then: Vec<Statement>,
    /// What is done when it does not; for `else if` the one statement behind `else`.
    pub otherwise: Option<Vec<Statement>>,
    /// Whether it stands behind an `else` of another one.
    pub follows_else: bool,
    /// The word `if` and the condition.
    pub head: Span,
    /// The whole statement.
    pub span: Span,
}

/// `Column = E` in `write back` and `report to`.
#[derive(Clone, Debug)]
pub struct ResultLine {
    /// The column.
    pub name: Name,
    /// The value.
    pub value: Expression,
    /// All of it.
    pub span: Span,
}

/// `report to csv("…") { Column = E }`
#[derive(Clone, Debug)]
pub struct Report {
    /// `csv`, `jsonl` or `webhook`; `None` when it is missing.
    pub kind: Option<Name>,
    /// What stands in the brackets behind it.
    pub arguments: Vec<Argument>,
    /// The lines.
    pub lines: Vec<ResultLine>,
    /// From `report` to the block.
    pub head: Span,
    /// The whole statement.
    pub span: Span,
}

/// `test "…" for FLOW { … }`
#[derive(Clone, Debug)]
pub struct Test {
    /// What it shows; `None` when it is missing.
    pub name: Option<Expression>,
    /// The flow that it is for; `None` when it is missing.
    pub flow: Option<Name>,
    /// What stands in its block.
    pub lines: Vec<TestLine>,
    /// The first line.
    pub head: Span,
    /// The whole declaration.
    pub span: Span,
}

/// A line in a test.
#[derive(Clone, Debug)]
pub enum TestLine {
    /// `given [SOURCE] { Column: E … }`
    Given {
        /// The source, when it is not the flow's own.
        source: Option<Name>,
        /// The cells.
        cells: Vec<(Name, Expression)>,
        /// The whole line.
        span: Span,
    },
    /// `expect rejected ["…"]`
    Rejected {
        /// The text.
        message: Option<Expression>,
        /// The whole line.
        span: Span,
    },
    /// `expect request METHOD "path" { … }`
    Request {
        /// The method.
        method: Option<(RequestMethod, Span)>,
        /// The path.
        path: Option<Expression>,
        /// The fields.
        fields: Vec<Binding>,
        /// The whole line.
        span: Span,
    },
    /// `expect customer { field = E … }`
    Step {
        /// The resource, or the step's name.
        name: Name,
        /// The fields.
        fields: Vec<Binding>,
        /// The whole line.
        span: Span,
    },
    /// `expect E [within fuel N]`
    Condition {
        /// What must be true.
        condition: Expression,
        /// What stands behind `within fuel`.
        fuel: Option<Expression>,
        /// The whole line.
        span: Span,
    },
    /// A line that no rule knows.
    Broken(Span),
}
