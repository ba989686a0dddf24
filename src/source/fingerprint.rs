use std::io::{self, Read};
use std::path::Path;

use crate::model::{Fingerprint, SourceSpec};

use super::SourceError;
use super::place::Place;

/// Hashes the content of a source's file, a block at a time: a file saved without a change keeps its
/// fingerprint.
///
/// # Errors
///
/// When the file is missing or can't be read.
pub fn fingerprint(spec: &SourceSpec, base: &Path) -> Result<Fingerprint, SourceError> {
    let place = Place::new(base, spec.kind.path());
    let mut file = place.open()?;
    let mut failure = None;
    let blocks = std::iter::from_fn(|| match read_block(&mut file) {
        Ok(block) => (!block.is_empty()).then_some(block),
        Err(error) => {
            failure = Some(error);
            None
        }
    });
    let fingerprint = Fingerprint::of(blocks);
    match failure {
        Some(error) => Err(place.io(error)),
        None => Ok(fingerprint),
    }
}

/// Reads a whole block, shorter only at the end, so that the result does not depend on how the
/// operating system cuts its answers.
fn read_block(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut block = Vec::with_capacity(64 * 1024);
    file.take(64 * 1024).read_to_end(&mut block)?;
    Ok(block)
}
