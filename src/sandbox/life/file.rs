use super::object::{Object, set, text};
use crate::sandbox::work::Work;

/// A file is known by the name that it was uploaded under.
pub(super) fn begin(work: &Work<'_>, file: &mut Object, given: &Object) {
    let name = text(given, "file").unwrap_or("").to_owned();
    let kind = name.rsplit_once('.').map(|(_, kind)| kind.to_lowercase());
    let url = format!(
        "https://files.stripe.com/v1/files/{}/contents",
        text(file, "id").unwrap_or("")
    );
    set(file, "type", kind);
    set(file, "filename", name);
    set(file, "size", work.upload);
    set(file, "url", url);
}
