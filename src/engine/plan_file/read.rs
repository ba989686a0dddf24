use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::engine::{EngineError, Selection, Target};

use super::PlanFileError;
use super::header::Header;
use super::line::{End, Line};
use super::write::{BEGINNING, hex};

/// The last line is shorter than this.
const END_LENGTH: u64 = 256;
/// The first line is shorter than this.
const LONGEST_HEADER: u64 = 1 << 20;

/// A plan in a file, whole and as it was written. What it says is compared, never trusted.
#[derive(Debug)]
pub struct KeptPlan {
    pub(super) path: PathBuf,
    pub(in crate::engine) header: Header,
    file: File,
    /// The bytes before the end.
    length: u64,
}

impl KeptPlan {
    /// Opens a plan, and checks its layout and its hash. Errors when it is none, is damaged or was changed.
    pub fn open(path: &Path) -> Result<KeptPlan, EngineError> {
        let failed = |source| EngineError::Read {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(failed)?;
        let header = read_header(&mut file, path)?;
        let Some(length) = whole_length(&mut file).map_err(failed)? else {
            return Err(PlanFileError::Damaged {
                path: path.to_owned(),
            }
            .into());
        };
        Ok(KeptPlan {
            path: path.to_owned(),
            header,
            file,
            length,
        })
    }

    /// Gives the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the project as an absolute path: a directory, or one flow.
    pub fn project(&self) -> &Path {
        &self.header.project
    }

    /// Gives the server that it is for.
    pub fn target(&self) -> &Target {
        &self.header.target
    }

    /// Gives the place of ledger and sandbox, when `--state-dir` said it.
    pub fn state_directory(&self) -> Option<&Path> {
        self.header.state_directory.as_deref()
    }

    /// Tells which records it is about.
    pub fn selection(&self) -> &Selection {
        &self.header.selection
    }

    /// Tells whether the live objects were read for it.
    pub fn refreshes(&self) -> bool {
        self.header.refresh
    }

    /// Gives the day that it was made on, for the flows.
    pub fn today(&self) -> Date {
        self.header.today
    }

    /// Tells when it was made.
    pub fn made(&self) -> Timestamp {
        self.header.made
    }

    /// Reads its records from the first on.
    pub(super) fn lines(&self) -> Result<KeptLines<'_>, EngineError> {
        let failed = |source| EngineError::Read {
            path: self.path.clone(),
            source,
        };
        let mut file = self.file.try_clone().map_err(failed)?;
        file.rewind().map_err(failed)?;
        let mut reader = BufReader::new(file.take(self.length));
        reader.read_until(b'\n', &mut Vec::new()).map_err(failed)?;
        Ok(KeptLines {
            reader,
            path: &self.path,
        })
    }
}

/// The records of a kept plan, each as the text of its line.
pub(super) struct KeptLines<'a> {
    reader: BufReader<io::Take<File>>,
    path: &'a Path,
}

impl KeptLines<'_> {
    /// Gives the next line without its end.
    pub(super) fn next_text(&mut self) -> Result<Option<String>, EngineError> {
        let mut text = String::new();
        let read = self.reader.read_line(&mut text);
        let count = read.map_err(|source| EngineError::Read {
            path: self.path.to_owned(),
            source,
        })?;
        Ok((count > 0).then(|| text.trim_end_matches('\n').to_owned()))
    }

    /// Reads a line's text.
    pub(super) fn parse(&self, text: &str) -> Result<Line, EngineError> {
        let damaged = |_| PlanFileError::Damaged {
            path: self.path.to_owned(),
        };
        Ok(serde_json::from_str(text).map_err(damaged)?)
    }
}

/// Reads the first line, and refuses what is no plan or one of another layout.
fn read_header(file: &mut File, path: &Path) -> Result<Header, EngineError> {
    let failed = |source| EngineError::Read {
        path: path.to_owned(),
        source,
    };
    let not_a_plan = || PlanFileError::NotAPlan {
        path: path.to_owned(),
    };
    let mut first = Vec::new();
    let mut reader = BufReader::new(file.take(LONGEST_HEADER));
    reader.read_until(b'\n', &mut first).map_err(failed)?;
    if !first.starts_with(BEGINNING) {
        return Err(not_a_plan().into());
    }
    let found: serde_json::Value = serde_json::from_slice(&first).map_err(|_| PlanFileError::Damaged {
        path: path.to_owned(),
    })?;
    let layout = found["sheetflow_plan"]
        .as_u64()
        .and_then(|layout| u32::try_from(layout).ok());
    match layout {
        None => Err(not_a_plan().into()),
        Some(Header::LAYOUT) => Ok(serde_json::from_value(found).map_err(|_| PlanFileError::Damaged {
            path: path.to_owned(),
        })?),
        Some(found_layout) => Err(PlanFileError::Layout {
            path: path.to_owned(),
            program: found["program"].as_str().unwrap_or("(unknown)").to_owned(),
            found: found_layout,
            known: Header::LAYOUT,
        }
        .into()),
    }
}

/// Gives the number of bytes before the last line, when that has their hash and their number of records.
fn whole_length(file: &mut File) -> io::Result<Option<u64>> {
    let size = file.seek(SeekFrom::End(0))?;
    let start = size.saturating_sub(END_LENGTH);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(END_LENGTH).read_to_end(&mut tail)?;
    let Some(tail) = tail.strip_suffix(b"\n") else {
        return Ok(None);
    };
    let Some(before) = tail.iter().rposition(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let Ok(end) = serde_json::from_slice::<End>(&tail[before + 1..]) else {
        return Ok(None);
    };
    let length = start + before as u64 + 1;
    file.rewind()?;
    let mut hash = Sha256::new();
    io::copy(&mut file.take(length), &mut hash)?;
    Ok((hex(&hash.finalize()) == end.sha256).then_some(length))
}
