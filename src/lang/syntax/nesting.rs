//! Bounds how deep brackets nest, before the grammar sees the text.
//!
//! Everything behind the grammar walks over the tree by recursion, and so does the parser that pest
//! makes. All recursion of the grammar goes through a bracket, so one pass over the text with a stack of
//! its own bounds them all. (`pest::set_call_limit` belongs to the process, counts work instead of depth,
//! and would make what one file may hold depend on its length.)

use std::borrow::Cow;

/// How deep brackets may stand in each other. A flow's block and a step's block count.
const DEEPEST: usize = 32;

/// What takes the place of text that lies too deep; no rule of the grammar begins with it.
const FILLER: u8 = 0x1A;

/// A text in which nothing lies deeper than the grammar may follow.
pub(super) struct Bounded<'t> {
    /// The text, byte for byte as long as it was.
    pub(super) text: Cow<'t, str>,
    /// The first bracket that lies too deep.
    pub(super) too_deep: Option<usize>,
}

/// Blanks out what lies too deep: from the bracket to the end of its line.
pub(super) fn bound(text: &str) -> Bounded<'_> {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        at: 0,
        frames: Vec::new(),
        hidden: Vec::new(),
    };
    reader.read();
    let Some(&(first, _)) = reader.hidden.first() else {
        return Bounded {
            text: Cow::Borrowed(text),
            too_deep: None,
        };
    };
    let mut bytes = text.as_bytes().to_vec();
    for (start, end) in &reader.hidden {
        bytes[*start..*end].fill(FILLER);
    }
    Bounded {
        text: Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        too_deep: Some(first),
    }
}

/// What the reader stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// `(`
    Round,
    /// `[`
    Square,
    /// `{`
    Curly,
    /// Text in double quotes.
    Text,
}

/// Reads the text as the grammar's words do: quotes, backticks, comments and brackets.
struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    frames: Vec<Frame>,
    hidden: Vec<(usize, usize)>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'\n' {
                self.leave_texts();
            } else if self.frames.last() == Some(&Frame::Text) {
                self.in_text(byte);
            } else {
                self.in_code(byte);
            }
        }
    }

    fn in_text(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.frames.pop();
                self.at += 1;
            }
            b'\\' if self.bytes.get(self.at + 1) != Some(&b'\n') => self.at += 2,
            b'{' => self.open(Frame::Curly),
            _ => self.at += 1,
        }
    }

    fn in_code(&mut self, byte: u8) {
        match byte {
            b'#' if !self.frames.contains(&Frame::Text) => self.at = self.line_end(),
            b'"' => self.open(Frame::Text),
            b'\'' | b'`' => self.pass_quoted(byte),
            b'(' => self.open(Frame::Round),
            b'[' => self.open(Frame::Square),
            b'{' => self.open(Frame::Curly),
            b')' => self.close(Frame::Round),
            b']' => self.close(Frame::Square),
            b'}' => self.close(Frame::Curly),
            _ => self.at += 1,
        }
    }

    fn open(&mut self, frame: Frame) {
        if self.frames.len() < DEEPEST {
            self.frames.push(frame);
            self.at += 1;
        } else {
            let end = self.line_end();
            self.hidden.push((self.at, end));
            self.at = end;
        }
    }

    /// Closes the nearest bracket of this kind, and what was forgotten inside it. Only a curly bracket
    /// closes over others: a stray `)` must not end a block.
    fn close(&mut self, frame: Frame) {
        self.at += 1;
        let reach = self
            .frames
            .iter()
            .rposition(|other| *other == Frame::Text || (*other == Frame::Curly && frame != Frame::Curly))
            .map_or(0, |border| border + 1);
        let open = self.frames.iter().skip(reach).rposition(|other| *other == frame);
        if let Some(index) = open {
            self.frames.truncate(reach + index);
        }
    }

    /// No text goes on over a line's end, and neither does what stands in it.
    fn leave_texts(&mut self) {
        self.at += 1;
        if let Some(index) = self.frames.iter().position(|frame| *frame == Frame::Text) {
            self.frames.truncate(index);
        }
    }

    fn pass_quoted(&mut self, quote: u8) {
        let rest = &self.bytes[self.at + 1..];
        let stop = rest.iter().position(|byte| *byte == quote || *byte == b'\n');
        match stop {
            Some(length) if rest.get(length) == Some(&quote) => self.at += length + 2,
            _ if self.frames.contains(&Frame::Text) => self.at += 1,
            _ => self.at = self.line_end(),
        }
    }

    fn line_end(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, bound};

    #[test]
    fn what_nests_as_people_nest_it_is_left_alone() {
        let text =
            "flow a {\n upsert customer by email {\n name = \"{f(g('(((', [1, {a: 2}]))}\" # ((((\n }\n}\n";
        assert_eq!(bound(text).too_deep, None);
    }

    #[test]
    fn a_line_that_nests_too_deep_is_cut_there_and_the_next_line_is_not() {
        let text = format!("a = {}1\nb = 2\n", "(".repeat(DEEPEST + 5));
        let bounded = bound(&text);
        assert_eq!(bounded.too_deep, Some(4 + DEEPEST));
        assert_eq!(bounded.text.len(), text.len());
        assert!(bounded.text.ends_with("\nb = 2\n"));
        assert_eq!(bounded.text.matches('(').count(), DEEPEST);
    }

    #[test]
    fn texts_in_texts_count_too() {
        let text = "\"{".repeat(200);
        assert_eq!(bound(&text).too_deep, Some(DEEPEST));
    }

    #[test]
    fn a_stray_bracket_ends_no_block() {
        let text = format!("{} ) ] {}", "{".repeat(DEEPEST), "{");
        assert_eq!(bound(&text).too_deep, Some(DEEPEST + 5));
    }
}
