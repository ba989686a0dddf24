use crate::lang::program::Flow;
use crate::model::RecordKey;

use super::step_at::StepAt;

/// The metadata member that says which record of which flow made an object.
pub(super) const MARK: &str = "sheetflow";

/// Gives the mark of one record's object: `project/flow/step/hash of the key`. The key itself stays out,
/// since it may be personal.
///
/// Stripe takes 500 characters: <https://docs.stripe.com/api/metadata>. Names are cut to stay below.
pub(super) fn mark(project: &str, flow: &Flow, at: &StepAt<'_>, key: &RecordKey) -> String {
    format!("{}/{}", family(project, &flow.name, &at.name), key.fingerprint())
}

/// Gives what the marks of a step's objects begin with. Those inside `each row` have the line behind the step's name.
pub(super) fn family(project: &str, flow: &str, step: &str) -> String {
    let short = |text: &str| text.chars().take(100).collect::<String>();
    format!("{}/{}/{}", short(project), short(flow), short(step))
}
