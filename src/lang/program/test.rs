use std::sync::Arc;

use crate::diag::Span;

use super::expression::{Expression, Fragment};
use super::step::RequestMethod;

/// `test "…" for FLOW { … }`
#[derive(Clone, Debug)]
pub struct Test {
    /// What it shows.
    pub name: Arc<str>,
    /// The flow that it is for.
    pub flow: Arc<str>,
    /// The rows, in the order written.
    pub given: Vec<Given>,
    /// What must come of them, in the order written.
    pub expectations: Vec<Expectation>,
    /// The whole declaration.
    pub span: Span,
}

/// `given { Name: "Ann" }`
#[derive(Clone, Debug)]
pub struct Given {
    /// The source that gets this row; the flow's own, or one that `lookup` reads.
    pub source: Arc<str>,
    /// The cells: the column's index in that source's header, and a value without any row in it. Columns that are
    /// not here are empty.
    pub cells: Vec<(usize, Expression)>,
    /// The whole statement.
    pub span: Span,
}

/// What a test expects.
#[derive(Clone, Debug)]
pub enum Expectation {
    /// `expect customer { email = "…" }`: a record asks for this, at least, of a step.
    Step {
        /// The step's index.
        step: usize,
        /// The fields.
        fields: Vec<ExpectedField>,
        /// The whole statement.
        span: Span,
    },
    /// `expect rejected "…"`: a record is rejected with a message that has this text in it.
    Rejected {
        /// The text; `None` for any message.
        message: Option<Expression>,
        /// The whole statement.
        span: Span,
    },
    /// `expect request METHOD "path" { … }`: this is sent, at least.
    Request {
        /// The method.
        method: RequestMethod,
        /// The path.
        path: Vec<Fragment>,
        /// The fields.
        fields: Vec<ExpectedField>,
        /// The whole statement.
        span: Span,
    },
    /// `expect E [within fuel N]`: this holds for every record when its steps are through.
    Condition {
        /// What must be true; it may use all that the flow's last statement may use.
        condition: Expression,
        /// The most fuel that each call of a plugin in it may use.
        fuel: Option<u64>,
        /// The whole statement.
        span: Span,
    },
}

/// A field that a test expects.
#[derive(Clone, Debug)]
pub struct ExpectedField {
    /// Stripe's own name, such as `address[line1]`.
    pub name: String,
    /// Its value, without any row in it; null for a field that is not sent.
    pub value: Expression,
    /// The path as written.
    pub span: Span,
}
