use std::io::{self, Read};

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::Dialect;
use crate::source::SourceError;
use crate::source::place::Place;

/// The longest record. What is longer is most likely a quote that nobody closed.
const LONGEST_RECORD: usize = 16 * 1024 * 1024;

/// The most fields of a record: more columns than any sheet has.
const MOST_FIELDS: usize = 65_536;

/// One record: its fields, and the physical line that it starts in.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Counted from 1.
    pub(super) line: u32,
    bytes: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    fields: usize,
}

impl Record {
    /// Walks over the fields: text, or bytes that are not UTF-8.
    pub(super) fn fields(&self) -> impl Iterator<Item = Result<&str, &[u8]>> {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        let whole = std::str::from_utf8(bytes).ok();
        let mut start = 0;
        self.ends.iter().take(self.fields).map(move |end| {
            let field = start..*end;
            start = *end;
            match whole.and_then(|text| text.get(field.clone())) {
                Some(text) => Ok(text),
                None => {
                    let bytes = bytes.get(field).unwrap_or_default();
                    std::str::from_utf8(bytes).map_err(|_| bytes)
                }
            }
        })
    }
}

/// Why records can't be read on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The file can't be read.
    Io(io::Error),
    /// The record of this line is longer than any real one.
    TooLong(u32),
    /// The record of this line has more fields than any sheet has columns.
    TooWide(u32),
    /// The file ends inside quotes that this line's record opened.
    OpenQuote(u32),
}

impl Trouble {
    /// Makes it an error about a file.
    pub(super) fn into_error(self, place: &Place) -> SourceError {
        match self {
            Trouble::Io(error) => place.io(error),
            Trouble::TooLong(line) => place.too_large(format!(
                "the row that starts in line {line} has more than {} MB; a quote may be open there",
                LONGEST_RECORD / 1024 / 1024
            )),
            Trouble::TooWide(line) => place.too_large(format!(
                "the row that starts in line {line} has more than {MOST_FIELDS} fields"
            )),
            Trouble::OpenQuote(line) => SourceError::OpenQuote {
                file: place.name.clone(),
                line,
            },
        }
    }
}

/// Splits UTF-8 text into records, and counts physical lines while doing so: `\n`, `\r\n` and `\r`
/// end a line, inside quotes too.
pub(super) struct Records<R> {
    reader: R,
    core: csv_core::Reader,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    lines: LineCount,
}

/// The line that the next byte stands in, counted from 1.
struct LineCount {
    line: u32,
    after_return: bool,
}

impl LineCount {
    fn pass(&mut self, bytes: &[u8]) {
        if !bytes.contains(&b'\r') && !self.after_return {
            let breaks = bytes.iter().filter(|byte| **byte == b'\n').count();
            self.line = self
                .line
                .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            return;
        }
        for byte in bytes {
            let ends_line = *byte == b'\r' || (*byte == b'\n' && !self.after_return);
            self.line = self.line.saturating_add(u32::from(ends_line));
            self.after_return = *byte == b'\r';
        }
    }
}

impl<R: Read> Records<R> {
    /// Starts with the part of the text that was read already.
    pub(super) fn new(reader: R, head: Vec<u8>, dialect: &Dialect) -> Self {
        let core = ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .build();
        Records {
            reader,
            core,
            at: 0,
            filled: head.len(),
            buffer: head,
            lines: LineCount {
                line: 1,
                after_return: false,
            },
        }
    }

    /// Passes over physical lines, whatever is in them.
    pub(super) fn skip_lines(&mut self, count: u32) -> io::Result<()> {
        while self.lines.line <= count && self.fill()? {
            let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
            let length = rest
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r'))
                .map_or(rest.len(), |at| at + 1);
            self.pass(length);
        }
        Ok(())
    }

    /// Reads the next record that is not an empty line. `false` means that there is none.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, Trouble> {
        self.skip_breaks().map_err(Trouble::Io)?;
        record.line = self.lines.line;
        record.length = 0;
        record.fields = 0;
        loop {
            if !self.fill().map_err(Trouble::Io)? {
                return self.finish(record);
            }
            let (result, used) = step(
                &mut self.core,
                self.buffer.get(self.at..self.filled).unwrap_or_default(),
                record,
            );
            self.pass(used);
            match result {
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => grow(record)?,
            }
        }
    }

    /// Ends the last record, which no line break ends. A line break that ends nothing shows that the
    /// text stopped inside quotes.
    fn finish(&mut self, record: &mut Record) -> Result<bool, Trouble> {
        let mut input: &[u8] = b"\n";
        loop {
            let (result, used) = step(&mut self.core, input, record);
            input = input.get(used..).unwrap_or_default();
            match result {
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => grow(record)?,
                ReadRecordResult::InputEmpty if record.length > 0 || record.fields > 0 => {
                    return Err(Trouble::OpenQuote(record.line));
                }
                ReadRecordResult::InputEmpty => return Ok(false),
            }
        }
    }

    fn skip_breaks(&mut self) -> io::Result<()> {
        while self.fill()? {
            let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
            let breaks = rest
                .iter()
                .take_while(|byte| matches!(byte, b'\n' | b'\r'))
                .count();
            if breaks == 0 {
                break;
            }
            self.pass(breaks);
        }
        Ok(())
    }

    fn pass(&mut self, length: usize) {
        let passed = self.buffer.get(self.at..self.at + length).unwrap_or_default();
        self.lines.pass(passed);
        self.at += length;
    }

    /// Makes sure that there is something to read. `false` means that the text has ended.
    fn fill(&mut self) -> io::Result<bool> {
        while self.at >= self.filled {
            self.buffer.resize(super::HEAD, 0);
            self.at = 0;
            self.filled = 0;
            match self.reader.read(&mut self.buffer) {
                Ok(0) => return Ok(false),
                Ok(length) => self.filled = length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

fn step(core: &mut csv_core::Reader, input: &[u8], record: &mut Record) -> (ReadRecordResult, usize) {
    let bytes = record.bytes.get_mut(record.length..).unwrap_or_default();
    let ends = record.ends.get_mut(record.fields..).unwrap_or_default();
    let (result, used, written, ended) = core.read_record(input, bytes, ends);
    record.length += written;
    record.fields += ended;
    (result, used)
}

fn grow(record: &mut Record) -> Result<(), Trouble> {
    if record.length >= LONGEST_RECORD {
        return Err(Trouble::TooLong(record.line));
    }
    if record.fields >= MOST_FIELDS {
        return Err(Trouble::TooWide(record.line));
    }
    record.bytes.resize((record.bytes.len() * 2).max(1024), 0);
    record.ends.resize((record.ends.len() * 2).max(64), 0);
    Ok(())
}
