use serde_json::Value;

use super::http::{Http, Received};
use super::retry::Failure;
use super::{ApiError, ClientError, Flaw, Outcome, Request};

/// A good answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status: 200, or another 2xx.
    pub status: u16,
    /// The object, list or stub. Numbers keep their digits.
    pub body: Value,
    /// The `Request-Id`.
    pub request_id: Option<String>,
    /// Whether Stripe repeated what it had answered to this idempotency key before.
    pub replayed: bool,
}

/// Reads what came back: an answer, Stripe's error, or something that is neither.
pub(super) fn read_answer(http: &Http, request: &Request<'_>, received: Received) -> Result<Answer, Failure> {
    let advice = received.advice;
    let result = match received.status {
        200..=299 => read_success(http, request, received),
        300..=399 => Err(bad_answer(request, &received, Flaw::Redirect)),
        _ => Err(read_error(http, request, &received)),
    };
    result.map_err(|error| Failure { error, advice })
}

fn read_success(http: &Http, request: &Request<'_>, received: Received) -> Result<Answer, ClientError> {
    let body = match &received.body {
        Ok(text) => read_json(http, text).ok_or_else(|| bad_answer(request, &received, Flaw::NotJson))?,
        Err(flaw) => return Err(bad_answer(request, &received, *flaw)),
    };
    if !says_what_it_is(&body) {
        return Err(bad_answer(request, &received, Flaw::NoObject));
    }
    Ok(Answer {
        status: received.status,
        body,
        request_id: received.request_id,
        replayed: received.replayed,
    })
}

/// Reads `{"error": {…}}`. Servers between here and Stripe answer 429 and 5xx in other forms, and mean the
/// same; of another status in another form it isn't known who answered.
fn read_error(http: &Http, request: &Request<'_>, received: &Received) -> ClientError {
    let body = received
        .body
        .as_ref()
        .ok()
        .and_then(|text| read_json(http, text))
        .unwrap_or_default();
    let member = |name: &str| Some(body.get("error")?.get(name)?.as_str()?.to_owned());
    let is_stripes = body.get("error").is_some_and(Value::is_object);
    if !is_stripes && received.status != 429 && received.status < 500 {
        return bad_answer(request, received, Flaw::Foreign);
    }
    let kind = member("type");
    let code = member("code");
    ClientError::Api(Box::new(ApiError {
        status: received.status,
        outcome: Outcome::of_status(received.status, kind.as_deref(), code.as_deref()),
        kind,
        code,
        param: member("param"),
        message: member("message")
            .unwrap_or_else(|| format!("{} {} failed without a message", request.method, request.path)),
        request_id: received.request_id.clone(),
        doc_url: member("doc_url"),
        decline_code: member("decline_code"),
    }))
}

/// Tells whether an answer is of Stripe's form: objects, lists and what is left of deleted objects all say what
/// they are, or have an id. An empty object, or a list without its frame, comes from somebody on the way.
fn says_what_it_is(body: &Value) -> bool {
    ["object", "id"]
        .iter()
        .any(|name| body.get(name).is_some_and(Value::is_string))
}

/// Reads JSON in which the key is masked. Where letters were escaped it is masked once more, as an escape
/// may have hidden it.
fn read_json(http: &Http, text: &str) -> Option<Value> {
    let json: Value = serde_json::from_str(text).ok()?;
    if text.contains("\\u00") {
        serde_json::from_str(&http.mask(json.to_string())).ok()
    } else {
        Some(json)
    }
}

fn bad_answer(request: &Request<'_>, received: &Received, flaw: Flaw) -> ClientError {
    ClientError::BadAnswer {
        method: request.method,
        path: request.path.to_owned(),
        status: received.status,
        flaw,
        request_id: received.request_id.clone(),
        outcome: Outcome::Unknown,
    }
}
