//! What an answer of Stripe means for the ledger and for a record's result.

use crate::catalog::Operation;
use crate::ledger::{IntentAction, RecordResult, SettlementOutcome};
use crate::stripe::{Answer, ApiError, ClientError, Flaw, Outcome, Request};

/// Takes an answer to a create or an update that does not name the object for none: nobody knows what was made.
pub(in crate::engine) fn named(
    sent: Result<Answer, ClientError>,
    request: &Request<'_>,
    action: IntentAction,
) -> Result<Answer, ClientError> {
    let answer = sent?;
    match action {
        IntentAction::Create | IntentAction::Update if object_id(&answer).is_none() => {
            Err(ClientError::BadAnswer {
                method: request.method,
                path: request.path.to_owned(),
                status: answer.status,
                flaw: Flaw::NoObject,
                request_id: answer.request_id,
                outcome: Outcome::Unknown,
            })
        }
        IntentAction::Create | IntentAction::Update | IntentAction::Delete | IntentAction::Call => Ok(answer),
    }
}

/// Tells what became of a request; `None` when nobody knows, so that its intent stays open.
pub(in crate::engine) fn settled(sent: &Result<Answer, ClientError>) -> Option<SettlementOutcome> {
    match sent {
        Ok(answer) => Some(SettlementOutcome::Done {
            stripe_id: object_id(answer),
            request_id: answer.request_id.clone(),
        }),
        Err(error) => match error.outcome() {
            Outcome::Rejected => {
                let api = api_error(error);
                Some(SettlementOutcome::Refused {
                    status: error.status().unwrap_or(0),
                    code: api.and_then(|api| api.code.clone()),
                    message: error.to_string(),
                    request_id: error.request_id().map(str::to_owned),
                })
            }
            Outcome::NotSent => Some(SettlementOutcome::Abandoned {
                reason: error.to_string(),
            }),
            Outcome::Unknown => None,
        },
    }
}

/// Names the endpoint of an operation, as the client's limits know it.
pub(in crate::engine) fn endpoint(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn api_error(error: &ClientError) -> Option<&ApiError> {
    match error {
        ClientError::Api(error) => Some(error),
        _ => None,
    }
}

pub(in crate::engine) fn object_id(answer: &Answer) -> Option<String> {
    Some(answer.body.get("id")?.as_str()?.to_owned())
}

pub(in crate::engine) fn failed(result: RecordResult, step: String, error: &ClientError) -> RecordResult {
    let api = api_error(error);
    let message = match error.outcome() {
        Outcome::Unknown => format!("{error}; the next apply finds out what became of it"),
        Outcome::NotSent | Outcome::Rejected => error.to_string(),
    };
    RecordResult {
        step: Some(step),
        message: Some(message),
        code: api.and_then(|api| api.code.clone()),
        param: api.and_then(|api| api.param.clone()),
        request_id: error.request_id().map(str::to_owned),
        status: error.status(),
        ..result
    }
}
