//! Tokens to lines.

use super::align::{Line, align};
use super::outline::{Outline, Start};
use super::token::{Kind, Token, tokens};

/// A bracket that is open.
struct Open {
    /// The indentation of the line that it stands on.
    indent: usize,
    /// Whether statements, or lines of a step, stand in it.
    is_block: bool,
    /// Whether it stays on one line.
    is_short: bool,
    /// Whether what stands in it begins on a line of its own.
    is_spread: bool,
    is_curly: bool,
}

struct Layout<'t> {
    text: &'t str,
    outline: &'t Outline,
    tokens: Vec<Token<'t>>,
    open: Vec<Open>,
    lines: Vec<Line>,
    /// What the line that is being written aligns by, until its sign is met, and how many brackets are open there.
    pending: Option<(Start, usize)>,
}

/// Lays a text out anew.
pub(super) fn lay_out(text: &str, outline: &Outline) -> String {
    let mut layout = Layout {
        text,
        outline,
        tokens: tokens(text),
        open: Vec::new(),
        lines: Vec::new(),
        pending: None,
    };
    layout.run();
    let mut lines = layout.lines;
    align(&mut lines);
    let mut written = String::new();
    for line in lines {
        if line.is_kept {
            written.push_str(&line.text);
        } else if !line.text.is_empty() {
            written.push_str(&"  ".repeat(line.indent));
            written.push_str(line.text.trim_end());
        }
        written.push('\n');
    }
    written
}

/// How a token joins what stands before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    Touching,
    Space,
    /// On a new line that begins something.
    Line,
    /// On a new line that goes on with the one before.
    Onward,
}

impl Layout<'_> {
    fn run(&mut self) {
        let mut index = 0;
        while let Some(token) = self.tokens.get(index).copied() {
            if let Some(end) = self.outline.kept.get(&token.start).copied() {
                self.keep(token, index, end);
                while self.tokens.get(index).is_some_and(|token| token.start < end) {
                    index += 1;
                }
                continue;
            }
            if token.text != ";" {
                self.token(token, index);
            }
            index += 1;
        }
    }

    /// Copies a piece as it is, with the indentation that it has.
    fn keep(&mut self, token: Token, index: usize, end: usize) {
        self.blank(token, index);
        let before = self.text.get(..token.start).unwrap_or("");
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let own = before.get(line..).is_some_and(|before| before.trim().is_empty());
        let start = if own { line } else { token.start };
        self.lines.push(Line {
            indent: 0,
            text: self.text.get(start..end).unwrap_or("").to_owned(),
            stop: None,
            comment: None,
            is_kept: true,
            goes_on: false,
        });
        self.pending = None;
    }

    /// Keeps one of the blank lines before a token.
    fn blank(&mut self, token: Token, index: usize) {
        let opens = index.checked_sub(1).and_then(|before| self.tokens.get(before));
        let opened = opens.is_none_or(|before| matches!(before.text, "{" | "(" | "["));
        if token.newlines > 1 && !opened && !matches!(token.text, "}" | ")" | "]") {
            self.lines.push(Line {
                indent: 0,
                text: String::new(),
                stop: None,
                comment: None,
                is_kept: false,
                goes_on: false,
            });
        }
    }

    fn token(&mut self, token: Token, index: usize) {
        let closes = matches!(token.text, "}" | ")" | "]") && token.kind == Kind::Sign;
        let join = self.join(token, index, closes);
        let closed = if closes { self.open.pop() } else { None };
        match join {
            Join::Line | Join::Onward => {
                if join == Join::Line {
                    self.blank(token, index);
                }
                let indent = match &closed {
                    Some(closed) => closed.indent,
                    None => self.indent(join == Join::Onward),
                };
                self.begin(token, indent, join);
            }
            Join::Space if token.kind == Kind::Comment => {
                self.push("  ");
                if let Some(line) = self.lines.last_mut() {
                    line.comment = Some(line.text.len());
                }
            }
            Join::Space => self.push(" "),
            Join::Touching => {}
        }
        self.note_stop(token);
        self.push(token.text);
        if self.key_word(token) {
            self.push(" ");
        }
        if matches!(token.text, "{" | "(" | "[") && token.kind == Kind::Sign {
            self.opened(token, index);
        }
    }

    fn begin(&mut self, token: Token, indent: usize, join: Join) {
        self.lines.push(Line {
            indent,
            text: String::new(),
            stop: None,
            comment: None,
            is_kept: false,
            goes_on: join == Join::Onward,
        });
        if join == Join::Line {
            let start = self.outline.starts.get(&token.start).copied();
            self.pending = start
                .filter(|start| *start != Start::Plain)
                .map(|start| (start, self.open.len()));
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push_str(text);
        }
    }

    /// `key` and `given` are as wide as `from` and `expect`, which stand beside them.
    fn key_word(&self, token: Token) -> bool {
        let starts = self.outline.starts.get(&token.start) == Some(&Start::Plain);
        starts && matches!(token.text, "key" | "given")
    }

    /// Notes where the line that is being written has the sign that it aligns by.
    fn note_stop(&mut self, token: Token) {
        let Some((start, depth)) = self.pending else {
            return;
        };
        let sign = match start {
            Start::Assignment => "=",
            Start::Column | Start::Plain => ":",
        };
        if token.text != sign || token.kind != Kind::Sign || depth != self.open.len() {
            return;
        }
        self.pending = None;
        if let Some(line) = self.lines.last_mut() {
            // An `=` is moved itself; behind `:` the type is.
            line.stop = Some(line.text.len() + usize::from(start == Start::Column));
        }
    }

    fn opened(&mut self, token: Token, index: usize) {
        let next = self.tokens.get(index + 1);
        let inner = self.tokens.get(index + 1..).unwrap_or_default();
        let first = inner
            .iter()
            .find(|token| token.kind != Kind::Comment && token.text != ";");
        let is_block = token.text == "{"
            && first.is_some_and(|first| {
                self.outline.starts.contains_key(&first.start) || self.outline.kept.contains_key(&first.start)
            });
        let indent = self.lines.last().map_or(0, |line| line.indent);
        let is_short = is_block && next.is_some_and(|next| next.newlines == 0) && self.is_short(index);
        self.open.push(Open {
            indent,
            is_block,
            is_short,
            is_spread: next.is_some_and(|next| next.newlines > 0),
            is_curly: token.text == "{",
        });
    }

    /// Tells whether a block holds one line alone, and stands on one line.
    fn is_short(&self, index: usize) -> bool {
        let mut depth = 0_usize;
        let mut starts = 0;
        for token in self.tokens.get(index + 1..).unwrap_or_default() {
            if token.newlines > 0
                || token.kind == Kind::Comment
                || self.outline.kept.contains_key(&token.start)
            {
                return false;
            }
            starts += usize::from(self.outline.starts.contains_key(&token.start));
            match (token.kind, token.text) {
                (Kind::Sign, "{" | "(" | "[") => depth += 1,
                (Kind::Sign, "}" | ")" | "]") if depth == 0 => return starts == 1,
                (Kind::Sign, "}" | ")" | "]") => depth -= 1,
                _ => {}
            }
        }
        false
    }

    fn indent(&self, onward: bool) -> usize {
        let inside = self.open.last().map_or(0, |open| open.indent + 1);
        inside + usize::from(onward)
    }

    fn join(&self, token: Token, index: usize, closes: bool) -> Join {
        let Some(before) = index.checked_sub(1).and_then(|before| self.tokens.get(before)) else {
            return Join::Line;
        };
        let behind_kept = self.lines.last().is_none_or(|line| line.is_kept);
        let holder = self.open.last();
        let in_block = holder.is_none_or(|open| open.is_block);
        let in_short = holder.is_some_and(|open| open.is_short);
        if behind_kept || before.kind == Kind::Comment {
            return self.broken_line(token, before, closes);
        }
        if token.kind == Kind::Comment {
            return if token.newlines > 0 {
                Join::Line
            } else {
                Join::Space
            };
        }
        if in_short {
            return self.on_line(token, before);
        }
        if self.outline.starts.contains_key(&token.start) {
            return Join::Line;
        }
        if in_block && closes {
            let empty = before.text == "{";
            return if empty { Join::Touching } else { Join::Line };
        }
        if closes && holder.is_some_and(|open| open.is_spread) {
            return Join::Line;
        }
        if in_block && self.opens_block(token, index) || self.follows_block(token, before) {
            return Join::Space;
        }
        if token.newlines > 0 {
            return self.broken_line(token, before, closes);
        }
        self.on_line(token, before)
    }

    /// Tells how a token joins that stands on a line of its own.
    fn broken_line(&self, token: Token, before: &Token, closes: bool) -> Join {
        let begins = self.outline.starts.contains_key(&token.start);
        if begins || closes || token.kind == Kind::Comment {
            return Join::Line;
        }
        let Some(holder) = self.open.last() else {
            return Join::Onward;
        };
        if holder.is_block {
            return Join::Onward;
        }
        let operator = token.kind == Kind::Sign && !matches!(token.text, "(" | "[" | "{" | "-");
        let word = matches!(token.text, "and" | "or" | "in" | "is" | "then");
        let otherwise = token.text == "else" && !holder.is_curly;
        let left_open =
            before.kind == Kind::Sign && !matches!(before.text, "," | "{" | "(" | "[" | "}" | ")" | "]");
        if operator || word || otherwise || left_open {
            Join::Onward
        } else {
            Join::Line
        }
    }

    /// Tells whether a bracket that stands on the next line belongs to the head before it.
    fn opens_block(&self, token: Token, index: usize) -> bool {
        let next = self.tokens.get(index + 1);
        token.text == "{"
            && next.is_some_and(|next| next.text == "}" || self.outline.starts.contains_key(&next.start))
    }

    /// Tells whether an `else` goes on behind the block of an `if`.
    fn follows_block(&self, token: Token, before: &Token) -> bool {
        let in_block = self.open.last().is_some_and(|open| open.is_block);
        let behind_else = before.text == "else" && matches!(token.text, "if" | "{");
        in_block && (token.text == "else" && before.text == "}" || behind_else && token.newlines == 0)
    }

    /// Tells how a token joins the one before it on the same line.
    fn on_line(&self, token: Token, before: &Token) -> Join {
        let sign = |token: &Token, signs: &[&str]| token.kind == Kind::Sign && signs.contains(&token.text);
        let inside = sign(before, &["(", "["]) || sign(&token, &[")", "]", ",", ":"]);
        let touches = if inside || sign(before, &["{"]) && sign(&token, &["}"]) {
            true
        } else if sign(&token, &["."]) || sign(before, &["."]) {
            token.touches
        } else if sign(&token, &["(", "["]) {
            token.touches
                && !self.is_keyword(before)
                && !sign(before, &["=", "-", "+", "*", "/", "%", "|", "<", ">", ",", ":"])
                || sign(before, &["-"]) && self.is_negative()
        } else {
            sign(before, &["-"]) && self.is_negative()
        };
        if touches { Join::Touching } else { Join::Space }
    }

    fn is_keyword(&self, token: &Token) -> bool {
        const WORDS: [&str; 12] = [
            "and", "or", "not", "in", "is", "if", "then", "else", "match", "where", "empty", "by",
        ];
        const SIGNS: [&str; 8] = ["==", "!=", "<=", ">=", "=>", "??", "{", "}"];
        let starts = self.outline.starts.get(&token.start) == Some(&Start::Plain);
        WORDS.contains(&token.text) || SIGNS.contains(&token.text) || starts && token.kind == Kind::Word
    }

    /// Tells whether the `-` that was written last stands before one value rather than between two.
    fn is_negative(&self) -> bool {
        let Some(line) = self.lines.last() else {
            return false;
        };
        let Some(before) = line.text.strip_suffix('-') else {
            return false;
        };
        let before = before.trim_end();
        if before.is_empty() {
            // The line before ends with an operator, or this one begins with the sign between two values.
            let former = self
                .lines
                .iter()
                .rev()
                .nth(1)
                .map_or("", |line| line.text.trim_end());
            return !line.goes_on || ends_open(former);
        }
        ends_open(before)
    }
}

/// Tells whether a value is missing at the end of a text.
fn ends_open(text: &str) -> bool {
    let word = text
        .rsplit(|letter: char| !(letter == '_' || letter.is_alphanumeric()))
        .next();
    let waits = [
        "and", "or", "not", "in", "if", "then", "else", "match", "where", "by", "key", "require", "guard",
        "ensure", "expect",
    ];
    text.ends_with(|letter: char| "=<>+-*/%?|(,[{:!".contains(letter))
        || word.is_some_and(|word| waits.contains(&word))
}
