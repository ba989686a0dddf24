use axum::body::Bytes;

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
    /// Whether the rate limit refused it.
    pub(super) is_limited: bool,
}
