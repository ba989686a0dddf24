//! The expressions that stand right in a statement, for what looks at every expression of a file.

use super::expression::Expression;
use super::statement::{Detail, Missing, ScheduleKind, Statement, Step, TestLine};
use super::tree::{Binding, Matching};

impl Statement {
    /// Gives the expressions of this statement, those of blocks of statements inside it left out.
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            Statement::From(from) => from.filter.iter().chain(from.grouping.iter().flatten()).collect(),
            Statement::Key { parts, .. } => parts.iter().collect(),
            Statement::Let(definition) => vec![&definition.value],
            Statement::Require(check) | Statement::Guard(check) | Statement::Ensure(check) => {
                [&check.condition].into_iter().chain(&check.otherwise).collect()
            }
            Statement::Stop { share, .. } => share.iter().map(super::Share::value).collect(),
            Statement::Schedule(schedule) => match &schedule.kind {
                ScheduleKind::Every(value) => vec![value],
                ScheduleKind::Cron { fields, zone } => [fields].into_iter().chain(zone).collect(),
                ScheduleKind::At { times, zone } => times.iter().chain(zone).collect(),
                ScheduleKind::OnChange | ScheduleKind::After(_) => Vec::new(),
            },
            Statement::Step(step) => step.expressions(),
            Statement::If(choice) => vec![&choice.condition],
            Statement::WriteBack { lines, .. } => lines.iter().map(|line| &line.value).collect(),
            Statement::Report(report) => {
                let arguments = report.arguments.iter().map(|argument| &argument.value);
                arguments
                    .chain(report.lines.iter().map(|line| &line.value))
                    .collect()
            }
            Statement::Paused(_)
            | Statement::Refresh { .. }
            | Statement::Each { .. }
            | Statement::Broken(_) => Vec::new(),
        }
    }
}

impl Step {
    /// Gives the expressions of this step.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        match &self.detail {
            Detail::Missing(Missing::Reject(message)) => found.extend(message),
            Detail::Removal(removal) => found.extend(removal.limit.iter().map(super::Share::value)),
            Detail::Operation { arguments, .. } => {
                found.extend(arguments.iter().flatten().map(|argument| &argument.value));
            }
            Detail::Request { path, .. } => found.extend(path),
            Detail::Missing(Missing::Skip | Missing::Null | Missing::Broken) | Detail::None => {}
        }
        found.extend(self.matching.iter().flat_map(Matching::expressions));
        found.extend(values(self.bindings.iter().flatten()));
        found
    }
}

impl Matching {
    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.value.iter().chain(values(&self.further))
    }
}

impl TestLine {
    /// Gives the expressions of this line.
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            TestLine::Given { cells, .. } => cells.iter().map(|(_, value)| value).collect(),
            TestLine::Rejected { message, .. } => message.iter().collect(),
            TestLine::Request { path, fields, .. } => path.iter().chain(values(fields)).collect(),
            TestLine::Step { fields, .. } => values(fields).collect(),
            TestLine::Condition { condition, fuel, .. } => [condition].into_iter().chain(fuel).collect(),
            TestLine::Broken(_) => Vec::new(),
        }
    }
}

fn values<'b>(bindings: impl IntoIterator<Item = &'b Binding>) -> impl Iterator<Item = &'b Expression> {
    bindings.into_iter().map(|binding| &binding.value)
}
