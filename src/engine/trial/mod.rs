//! The tests of a project: the rows that a test gives go through its flow, without any request, ledger or sheet.
//!
//! A record goes as far as it goes in a plan that nothing is asked for: what a step makes is made, what it looks for is
//! there, and nobody knows an id. Guards, which are about a whole plan, are not looked at.

mod condition;
mod failure;
mod given;
mod judge;
mod record;
mod sent;
mod shown;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;

use crate::diag::{Sources, Span};
use crate::eval::Plugins;
use crate::lang::program::{Flow, Test};

use super::evaluation::FlowEvaluation;
use super::{EngineError, Project};

pub use failure::{Failure, FieldFailure, ShownStage};

use judge::Judge;

/// What came of one test.
#[derive(Debug)]
pub struct Trial {
    /// What the test shows.
    pub name: Arc<str>,
    /// The flow that it is for.
    pub flow: Arc<str>,
    /// The test's declaration.
    pub span: Span,
    /// What it expects and did not find, in the order written; empty when it passes.
    pub failures: Vec<Failure>,
    /// How long it took.
    pub duration: Duration,
}

impl Trial {
    /// Tells whether all came as expected.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

impl Project {
    /// Runs the tests whose name has this text in it, in any case; all of them for the empty text. Opens no account, no
    /// ledger and no sheet. `today` is what `today()` gives. Errors when the project has problems.
    pub fn run_tests(&self, filter: &str, today: Date) -> Result<Vec<Trial>, EngineError> {
        let filter = filter.to_lowercase();
        let program = self.program()?;
        let mut trials = Vec::new();
        for test in &program.tests {
            let flow = program.flows.iter().find(|flow| flow.name == test.flow);
            // The check lets no test of another flow pass.
            let Some(flow) = flow.filter(|_| test.name.to_lowercase().contains(&filter)) else {
                continue;
            };
            let started = Instant::now();
            trials.push(Trial {
                name: Arc::clone(&test.name),
                flow: Arc::clone(&test.flow),
                span: test.span,
                failures: self.try_flow(test, flow, today),
                duration: started.elapsed(),
            });
        }
        Ok(trials)
    }

    fn try_flow(&self, test: &Test, flow: &Arc<Flow>, today: Date) -> Vec<Failure> {
        let measured = Arc::new(self.plugins.measured());
        let Some(header) = given::header(self, test) else {
            let unread = format!("the source `{}` can't be read", flow.source);
            return vec![Failure::new(test.span, unread)];
        };
        let plugins = Arc::clone(&measured) as Arc<dyn Plugins>;
        let evaluation = FlowEvaluation::new(Arc::clone(flow), header, today, plugins);
        let given = match given::rows(self, test, &evaluation) {
            Ok(given) => given,
            Err(failure) => return vec![failure],
        };
        let evaluation = evaluation.with_lookups(given.lookups);
        let tried = record::try_rows(&evaluation, given.rows);
        let judge = Judge {
            texts: &self.texts as &Sources,
            evaluation: &evaluation,
            measured: &measured,
            tried: &tried,
        };
        let expectations = test.expectations.iter();
        expectations
            .filter_map(|expectation| judge.judge(expectation))
            .collect()
    }
}
