use std::path::Path;

use crate::engine::EngineError;
use crate::model::{Header, SourceSpec};
use crate::source::{self, OpenSource};

/// Opens a sheet for the flow that was checked with this header. A sheet whose columns are others by now would put
/// values where they don't belong, so it is not read.
pub(super) fn open_as_checked(
    spec: &SourceSpec,
    root: &Path,
    header: &Header,
    flow: &str,
) -> Result<OpenSource, EngineError> {
    let open = source::open(spec, root)?;
    match **open.header() == *header {
        true => Ok(open),
        false => Err(EngineError::ColumnsChanged {
            file: spec.kind.path().to_owned(),
            flow: flow.to_owned(),
        }),
    }
}
