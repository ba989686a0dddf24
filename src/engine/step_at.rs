use crate::lang::program::{Flow, Step};

/// A step at one line of a group, or outside of all lines.
#[derive(Clone, Debug)]
pub(super) struct StepAt<'a> {
    /// The step.
    pub(super) step: &'a Step,
    /// The line, inside `each row`; counted from 0.
    pub(super) line: Option<usize>,
    /// What the ledger calls it: the step's name, with the line's number in it, counted from 1.
    pub(super) name: String,
}

impl<'a> StepAt<'a> {
    pub(super) fn new(step: &'a Step, line: Option<usize>) -> Self {
        let name = match line {
            None => step.name.to_string(),
            Some(line) => format!("{}[{}]", step.name, line + 1),
        };
        StepAt { step, line, name }
    }

    /// Finds a step of a flow by its name in the ledger: `invoiceitem[2]` is that of the second line.
    pub(super) fn find(flow: &'a Flow, name: &str) -> Option<Self> {
        let (base, line) = match name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
            Some((base, number)) => (base, Some(number.parse::<usize>().ok()?.checked_sub(1)?)),
            None => (name, None),
        };
        let step = flow.steps().find(|step| *step.name == *base)?;
        Some(StepAt::new(step, line))
    }

    /// Gives the step's position among the flow's steps.
    pub(super) fn index(&self) -> usize {
        self.step.index
    }
}
