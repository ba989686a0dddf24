//! Calls of other operations, and free requests: once for each content.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::lang::program::{Fragment, RequestBody, RequestMethod, Step, StepDetail};
use crate::model::{DesiredStep, Form, FormValue};

use super::action::Action;
use super::decide::Known;

/// The member of a remembered form that says which request it was; no parameter of Stripe's has such a name.
const REQUEST: &str = "(request)";

/// What stays as it is in a part of a path: the unreserved characters of RFC 3986.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Decides a call or a request. What was sent before with the same content is not sent again. Errors when a part
/// of the path is empty.
pub(super) fn call(step: &Step, desired: &DesiredStep, known: &Known) -> Result<Action, String> {
    let (operation, method) = (operation(step), method(step));
    let path = call_path(step, desired)?;
    if let StepDetail::Request(request) = &step.detail
        && request.body == RequestBody::Json
        && !desired.form.is_empty()
    {
        return Err("a request of `/v2` has a JSON body, and this version sends forms alone".to_owned());
    }
    if method == RequestMethod::Get {
        return Ok(Action::Read { path });
    }
    if let (Known::Sent { id, form }, Some(path)) = (known, &path)
        && desired.form.is_known()
        && *form == remembered_call(method.as_str(), path, &desired.form)
    {
        return Ok(Action::Called { id: id.clone() });
    }
    Ok(Action::Call {
        operation,
        method: method.as_str().to_owned(),
        path,
        form: desired.form.clone(),
    })
}

/// Names a call by its operation in the catalogue, and a request by its path, with `…` for each value in it.
fn operation(step: &Step) -> String {
    match &step.detail {
        StepDetail::Call(call) => call.operation.to_owned(),
        StepDetail::Request(request) => request
            .path
            .iter()
            .map(|fragment| match fragment {
                Fragment::Text(text) => text.as_ref(),
                Fragment::Value(_) => "…",
            })
            .collect(),
        StepDetail::None | StepDetail::Find(_) | StepDetail::Mirror(_) | StepDetail::Delete(_) => {
            String::new()
        }
    }
}

fn method(step: &Step) -> RequestMethod {
    match &step.detail {
        StepDetail::Call(call) => call.method,
        StepDetail::Request(request) => request.method,
        StepDetail::None | StepDetail::Find(_) | StepDetail::Mirror(_) | StepDetail::Delete(_) => {
            RequestMethod::Post
        }
    }
}

/// Gives what the ledger remembers a call by: its parameters, its method and its path.
pub fn remembered_call(method: &str, path: &str, form: &Form) -> Form {
    let mut remembered = form.clone();
    remembered.set_text(REQUEST, format!("{method} {path}"));
    remembered
}

/// Gives the path of a call or a request; `None` when a part of it is not known yet. Errors when a value in it
/// is empty or would lead to another path.
fn call_path(step: &Step, desired: &DesiredStep) -> Result<Option<String>, String> {
    let mut parts = Vec::with_capacity(desired.path.len());
    for part in &desired.path {
        match part {
            FormValue::Text(text) => parts.push(text.as_str()),
            FormValue::Unknown => return Ok(None),
        }
    }
    let mut parts = parts.into_iter();
    let mut path = String::new();
    match &step.detail {
        StepDetail::Call(call) => {
            let mut rest = call.path;
            while let Some((before, behind)) = rest.split_once('{') {
                let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
                path.push_str(before);
                path.push_str(&within_path(parts.next().unwrap_or_default(), name)?);
                rest = behind;
            }
            path.push_str(rest);
        }
        StepDetail::Request(request) => {
            for (fragment, part) in request.path.iter().zip(parts) {
                match fragment {
                    Fragment::Text(_) => path.push_str(part),
                    Fragment::Value(_) => path.push_str(&within_path(part, "a value of the path")?),
                }
            }
        }
        StepDetail::None | StepDetail::Find(_) | StepDetail::Mirror(_) | StepDetail::Delete(_) => {}
    }
    Ok(Some(path))
}

/// Keeps a value within its part of a path.
fn within_path(part: &str, name: &str) -> Result<String, String> {
    match part.trim() {
        "" => Err(format!(
            "{name} is empty, and the request would go somewhere else"
        )),
        "." | ".." => Err(format!("`{part}` can't be {name}")),
        part => Ok(utf8_percent_encode(part, QUOTED).to_string()),
    }
}
