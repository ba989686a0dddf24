use axum::body::Bytes;

use super::fault::Drawn;

/// A request, as far as the sandbox looks at it.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Bytes,
    /// The size of the file that came along, in bytes.
    pub(super) upload: u64,
    /// The `Authorization` header.
    pub(super) authorization: Option<String>,
    /// The `Idempotency-Key` header.
    pub(super) idempotency_key: Option<String>,
    /// What shall happen to it.
    pub(super) fault: Option<Drawn>,
}

impl Call {
    /// Gives the idempotency key that counts: on POST only, as Stripe's first API version has it.
    pub(super) fn key(&self) -> Option<&str> {
        self.idempotency_key
            .as_deref()
            .filter(|key| !key.is_empty() && self.method == "POST")
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// JSON text.
    pub(super) body: Bytes,
    /// The id of this request.
    pub(super) request: String,
    /// The id of the request that is answered again.
    pub(super) replayed: Option<String>,
    /// The limit that refused it, by Stripe's name.
    pub(super) limit: Option<&'static str>,
}
