use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::engine::EngineError;
use crate::engine::planning::planner::Plan;
use crate::ledger::Ledger;

use super::PlanFileError;
use super::compare::Lines;
use super::header::Header;
use super::line::End;

/// How every plan begins, and nothing else does.
pub(super) const BEGINNING: &[u8] = b"{\"sheetflow_plan\":";

/// Writes a plan to a file, which is there whole or not at all. Nobody but its owner can read it, for it has what
/// the sheet has. Memory does not grow with the plan.
pub(in crate::engine) async fn write<L: Ledger>(
    plan: &mut Plan,
    header: &Header,
    ledger: &L,
    path: &Path,
) -> Result<(), EngineError> {
    let failed = |source| EngineError::Write {
        path: path.to_owned(),
        source,
    };
    if path.extension().is_some_and(|extension| extension == "flow") {
        return Err(PlanFileError::FlowName {
            path: path.to_owned(),
        }
        .into());
    }
    check_overwriting(path)?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = NamedTempFile::new_in(directory).map_err(failed)?;
    let mut out = Hashing {
        to: BufWriter::new(file),
        hash: Sha256::new(),
    };
    out.line(header).map_err(failed)?;
    let mut records = 0;
    for flow in &mut plan.flows {
        let mut lines = Lines::of(flow, ledger)?;
        while let Some(line) = lines.next().await? {
            out.line(&line).map_err(failed)?;
            records += 1;
        }
    }
    let sha256 = hex(&out.hash.clone().finalize());
    out.line(&End { end: records, sha256 }).map_err(failed)?;
    let file = out.to.into_inner().map_err(|error| failed(error.into_error()))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A plan may take the place of an older one, and of nothing else.
fn check_overwriting(path: &Path) -> Result<(), EngineError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(EngineError::Write {
                path: path.to_owned(),
                source,
            });
        }
    };
    let mut beginning = [0; BEGINNING.len()];
    match file.read_exact(&mut beginning) {
        Ok(()) if beginning == *BEGINNING => Ok(()),
        _ => Err(PlanFileError::WouldOverwrite {
            path: path.to_owned(),
        }
        .into()),
    }
}

/// A file that knows the hash of what was written to it.
struct Hashing {
    to: BufWriter<NamedTempFile>,
    hash: Sha256,
}

impl Hashing {
    fn line(&mut self, item: &impl serde::Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(item)?;
        bytes.push(b'\n');
        self.hash.update(&bytes);
        self.to.write_all(&bytes)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
