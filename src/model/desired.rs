use serde::{Deserialize, Serialize};

use super::{Form, FormValue};

/// What a step asks for, evaluated for one record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredStep {
    /// The parameters that have a value.
    pub form: Form,
    /// The parameters that are bound and empty here: nothing on create, cleared on update where they
    /// were sent before.
    pub empty: Vec<String>,
    /// What `by` compares with; `None` when the step has no `by`, or its value is empty.
    pub wanted: Option<FormValue>,
    /// Further values that a match must have, in the order of `by`; `None` when one is empty.
    pub further: Vec<Option<FormValue>>,
    /// The ids of a call, for the holes of its path; the parts of a request's path; or the text for a find that
    /// finds nothing.
    pub path: Vec<FormValue>,
}

/// Why a row is not sent: our own check, before anything went out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// File, sheet and cell, or file and row.
    pub place: String,
    /// The form name of the binding that was evaluated, such as `address[line1]`.
    pub field: Option<String>,
}
