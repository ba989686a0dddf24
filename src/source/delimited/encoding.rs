use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::model::TextEncoding;

/// The encoding of a file's bytes, and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Charset {
    /// UTF-8, behind a byte-order mark of this many bytes. Fields that are not valid stay apart.
    Utf8 {
        /// 0 or 3.
        mark: u64,
    },
    /// UTF-16, little-endian.
    Utf16Little,
    /// UTF-16, big-endian.
    Utf16Big,
    /// Windows-1252.
    Windows1252 {
        /// The flow does not say so: the file has bytes that are not UTF-8.
        guessed: bool,
    },
}

impl Charset {
    /// Takes what the flow says, or finds out: a byte-order mark; UTF-16 when every other byte of the
    /// head is zero; UTF-8 when the whole file is valid; Windows-1252 when it is not and nothing in it
    /// looks like UTF-8. A file that has both stays UTF-8, so that one bad byte does not turn every
    /// `ü` into `Ã¼`.
    pub(super) fn find(file: &mut File, given: Option<TextEncoding>) -> io::Result<Self> {
        let mut head = Vec::new();
        file.by_ref().take(4096).read_to_end(&mut head)?;
        let marked = match head.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => Some(Charset::Utf8 { mark: 3 }),
            [0xFF, 0xFE, ..] => Some(Charset::Utf16Little),
            [0xFE, 0xFF, ..] => Some(Charset::Utf16Big),
            _ => None,
        };
        match (given, marked) {
            (None, Some(marked)) => Ok(marked),
            (Some(TextEncoding::Utf8), Some(Charset::Utf8 { mark })) => Ok(Charset::Utf8 { mark }),
            (Some(TextEncoding::Utf8), _) => Ok(Charset::Utf8 { mark: 0 }),
            (Some(TextEncoding::Utf16), Some(Charset::Utf16Big)) => Ok(Charset::Utf16Big),
            (Some(TextEncoding::Utf16), _) => Ok(Charset::Utf16Little),
            (Some(TextEncoding::Windows1252), _) => Ok(Charset::Windows1252 { guessed: false }),
            (None, None) => match zeros(&head) {
                Some(charset) => Ok(charset),
                None => {
                    file.seek(SeekFrom::Start(0))?;
                    guess(file)
                }
            },
        }
    }

    /// Gives the name that people know.
    pub(in crate::source) fn name(self) -> &'static str {
        match self {
            Charset::Utf8 { .. } => "UTF-8",
            Charset::Utf16Little | Charset::Utf16Big => "UTF-16",
            Charset::Windows1252 { .. } => "Windows-1252",
        }
    }

    /// Reads the file from its start as UTF-8.
    pub(super) fn decode(self, mut file: File) -> io::Result<Box<dyn Read + Send>> {
        let (start, encoding): (u64, &'static Encoding) = match self {
            Charset::Utf8 { mark } => {
                file.seek(SeekFrom::Start(mark))?;
                return Ok(Box::new(file));
            }
            Charset::Utf16Little => (0, UTF_16LE),
            Charset::Utf16Big => (0, UTF_16BE),
            Charset::Windows1252 { .. } => (0, WINDOWS_1252),
        };
        file.seek(SeekFrom::Start(start))?;
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(Some(encoding))
            .strip_bom(true)
            .build(file);
        Ok(Box::new(decoded))
    }
}

/// Recognises UTF-16 without a mark: western text has a zero in every other byte.
fn zeros(head: &[u8]) -> Option<Charset> {
    let pairs = head.len() / 2;
    let count = |offset: usize| {
        let bytes = head.iter().skip(offset).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (count(0), count(1));
    if pairs >= 2 && odd * 10 > pairs * 7 && even * 10 < pairs {
        Some(Charset::Utf16Little)
    } else if pairs >= 2 && even * 10 > pairs * 7 && odd * 10 < pairs {
        Some(Charset::Utf16Big)
    } else {
        None
    }
}

/// Reads the whole file, a block at a time, and counts what is UTF-8 in it and what is not.
fn guess(file: &mut File) -> io::Result<Charset> {
    let mut block = vec![0; 256 * 1024];
    let mut kept = 0;
    let mut census = Census::default();
    loop {
        let free = block.get_mut(kept..).unwrap_or_default();
        let length = match file.read(free) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = kept + length;
        let rest = census.count(block.get(..filled).unwrap_or_default());
        if length == 0 {
            census.invalid += rest;
            return Ok(census.verdict());
        }
        block.copy_within(filled - rest..filled, 0);
        kept = rest;
    }
}

/// How many sequences of several bytes are UTF-8, and how many bytes are not.
#[derive(Default)]
struct Census {
    valid: usize,
    invalid: usize,
}

impl Census {
    /// Counts a block. Gives the number of bytes at its end that may be the start of a character.
    fn count(&mut self, mut bytes: &[u8]) -> usize {
        if bytes.is_ascii() {
            return 0;
        }
        loop {
            let Err(error) = std::str::from_utf8(bytes) else {
                self.valid += leading_bytes(bytes);
                return 0;
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.valid += leading_bytes(valid);
            let Some(length) = error.error_len() else {
                return rest.len();
            };
            self.invalid += 1;
            bytes = rest.get(length..).unwrap_or_default();
        }
    }

    fn verdict(&self) -> Charset {
        if self.invalid > 0 && self.valid == 0 {
            Charset::Windows1252 { guessed: true }
        } else {
            Charset::Utf8 { mark: 0 }
        }
    }
}

fn leading_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte >= 0xC0).count()
}
