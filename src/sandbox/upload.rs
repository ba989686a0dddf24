use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;

/// A request's parameters in form encoding, with the size of the file that came along.
#[derive(Debug, Default)]
pub(super) struct Upload {
    pub(super) form: Bytes,
    /// In bytes.
    pub(super) size: u64,
}

/// Tells whether a request's body is made of parts, as an upload's is.
pub(super) fn is_upload(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

/// Reads an upload: a file's parameter becomes the file's name, and its content is let go.
///
/// Gives `None` when the parts can't be read.
pub(super) async fn read(request: Request) -> Option<Upload> {
    let mut parts = Multipart::from_request(request, &()).await.ok()?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut size = 0;
    while let Some(part) = parts.next_field().await.ok()? {
        let name = part.name().unwrap_or("").to_owned();
        let file = part.file_name().map(str::to_owned);
        let content = part.bytes().await.ok()?;
        let value = match file {
            Some(file) => {
                size = u64::try_from(content.len()).ok()?;
                file
            }
            None => String::from_utf8_lossy(&content).into_owned(),
        };
        pairs.push((name, value));
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    Some(Upload {
        form: Bytes::from(form.finish()),
        size,
    })
}
