use serde_json::{Map, Value};

/// An error answer, in the shape and the words of Stripe's own.
///
/// Wordings are recorded ones where one is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    pub(super) param: Option<Box<str>>,
    /// Whether the endpoint had begun to run, so that an idempotency key keeps this answer.
    pub(super) began: bool,
    /// Whether what was written until then stands: a payment that was declined is a failed payment.
    pub(super) stands: bool,
    /// The limit that refused it, by Stripe's name in `Stripe-Rate-Limited-Reason`.
    pub(super) limit: Option<&'static str>,
    /// Further members of the error.
    pub(super) about: Vec<(&'static str, Value)>,
}

impl Refusal {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Refusal {
            status,
            kind: "invalid_request_error",
            code: None,
            message: message.into(),
            param: None,
            began: false,
            stands: false,
            limit: None,
            about: Vec::new(),
        }
    }

    /// Refuses a parameter before anything ran.
    pub(super) fn parameter(param: impl Into<String>, message: impl Into<String>) -> Self {
        let mut refusal = Refusal::new(400, message);
        refusal.param = Some(param.into().into_boxed_str());
        refusal
    }

    /// Refuses a request before anything ran.
    pub(super) fn request(message: impl Into<String>) -> Self {
        Refusal::new(400, message)
    }

    /// Refuses what can't be done in the state that the objects are in.
    pub(super) fn state(message: impl Into<String>) -> Self {
        let mut refusal = Refusal::new(400, message);
        refusal.began = true;
        refusal
    }

    /// Says that a payment was declined; the failed attempt stands.
    pub(super) fn declined(code: &'static str, message: &str) -> Self {
        let mut refusal = Refusal::new(402, message).code(code);
        refusal.kind = "card_error";
        refusal.began = true;
        refusal.stands = true;
        refusal
    }

    /// Refuses a key or its absence.
    pub(super) fn unauthorised(message: impl Into<String>) -> Self {
        Refusal::new(401, message)
    }

    /// Says that an id in the path, or a whole path, is not there.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Refusal::new(404, message)
    }

    /// Says that the endpoint is known, and that this server does not carry it out.
    pub(super) fn not_carried_out(operation: &str) -> Self {
        Refusal::new(
            501,
            format!("The sandbox does not carry out `{operation}`. Use a sandbox of Stripe's for it."),
        )
    }

    /// Refuses a request beyond a rate: `global-rate` or `endpoint-rate`.
    pub(super) fn too_many(limit: &'static str) -> Self {
        let mut refusal = Refusal::new(
            429,
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        )
        .code("rate_limit");
        refusal.limit = Some(limit);
        refusal
    }

    /// Says that another request holds the object. The wording is not a recorded one.
    pub(super) fn locked() -> Self {
        Refusal::new(
            429,
            "This object cannot be accessed right now because another API request or Stripe process is currently \
             accessing it. Please try again.",
        )
        .code("lock_timeout")
    }

    /// Says that the same idempotency key is at work.
    pub(super) fn key_in_use(key: &str) -> Self {
        Refusal::new(
            409,
            format!(
                "There is currently another in-progress request using this Idempotent Key (that probably means \
                 you submitted twice, and the other request is still going through): {key}. Please try again \
                 later."
            ),
        )
        .code("idempotency_key_in_use")
    }

    /// Says that an idempotency key was used for another request.
    pub(super) fn key_mismatch(key: &str) -> Self {
        let mut refusal = Refusal::new(
            400,
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used \
                 with. Try using a key other than '{key}' if you meant to execute a different request."
            ),
        );
        refusal.kind = "idempotency_error";
        refusal
    }

    /// Says that the server itself failed.
    pub(super) fn broken() -> Self {
        let mut refusal = Refusal::new(
            500,
            "The sandbox can't write its state file. Nothing is answered until it is started again.",
        );
        refusal.kind = "api_error";
        refusal
    }

    /// Says that the endpoint failed while it ran. The wording is not a recorded one.
    pub(super) fn failed() -> Self {
        let mut refusal = Refusal::new(500, "An unexpected error occurred. Please try again.");
        refusal.kind = "api_error";
        refusal.began = true;
        refusal
    }

    /// Says that an id is not there: 404 when it stood in the path, 400 in a parameter.
    pub(super) fn no_such(status: u16, resource: &str, id: &str) -> Self {
        let mut refusal =
            Refusal::new(status, format!("No such {resource}: '{id}'")).code("resource_missing");
        refusal.param = Some("id".into());
        refusal.began = true;
        refusal
    }

    /// Says that the caller's own id is taken.
    pub(super) fn already_there(resource: &str) -> Self {
        let mut name = resource.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Refusal::state(format!("{name} already exists."))
            .code("resource_already_exists")
            .param("id")
    }

    /// Says that a value may not be unset.
    pub(super) fn empty(param: &str) -> Self {
        Refusal::parameter(
            param,
            format!(
                "You passed an empty string for '{param}'. We assume empty values are an attempt to unset a \
                 parameter; however '{param}' cannot be unset. You should remove '{param}' from your request or \
                 supply a non-empty value."
            ),
        )
        .code("parameter_invalid_empty")
    }

    /// Says that a parameter is missing.
    pub(super) fn missing(param: &str) -> Self {
        Refusal::parameter(param, format!("Missing required param: {param}.")).code("parameter_missing")
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into().into_boxed_str());
        self
    }

    /// Adds a member to the error.
    pub(super) fn about(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.about.push((name, value.into()));
        self
    }

    /// Gives the answer's body. `request` is its request id.
    pub(super) fn body(&self, request: &str) -> Vec<u8> {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), code.into());
            let page = code.replace('_', "-");
            let url = format!("https://stripe.com/docs/error-codes/{page}");
            error.insert("doc_url".to_owned(), url.into());
        }
        error.insert("message".to_owned(), self.message.as_str().into());
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), (**param).into());
        }
        for (name, value) in &self.about {
            error.insert((*name).to_owned(), value.clone());
        }
        let log = format!("https://dashboard.stripe.com/test/logs/{request}");
        error.insert("request_log_url".to_owned(), log.into());
        error.insert("type".to_owned(), self.kind.into());
        let mut body = Map::new();
        body.insert("error".to_owned(), Value::Object(error));
        Value::Object(body).to_string().into_bytes()
    }
}
