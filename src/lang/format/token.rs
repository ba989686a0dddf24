//! The words of a text, read as the grammar reads them.

/// What a token is, as far as the layout asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a word of the language.
    Word,
    /// A number, a date, a duration, a text, or a name in backticks.
    Value,
    Comment,
    /// A bracket, an operator or another sign.
    Sign,
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) start: usize,
    /// How many line ends stand before it, behind the token before.
    pub(super) newlines: usize,
    /// Whether nothing stands between it and the token before.
    pub(super) touches: bool,
}

/// Tells whether two texts have the same tokens, but for `;` and the spaces at the ends of comments.
pub(super) fn same(one: &str, other: &str) -> bool {
    let words = |text| {
        let kept = tokens(text).into_iter().filter(|token| token.text != ";");
        kept.map(|token| token.text).collect::<Vec<&str>>()
    };
    words(one) == words(other)
}

/// Splits a text into its tokens.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut newlines = 0;
    let mut end = None;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if letter == '\n' || matches!(letter, ' ' | '\t' | '\r' | '\u{A0}' | '\u{FEFF}') {
            newlines += usize::from(letter == '\n');
            at += letter.len_utf8();
            continue;
        }
        let (kind, length) = read(&text[at..], letter);
        let word = &text[at..at + length];
        found.push(Token {
            kind,
            text: if kind == Kind::Comment {
                word.trim_end()
            } else {
                word
            },
            start: at,
            newlines,
            touches: end == Some(at),
        });
        at += length;
        end = Some(at);
        newlines = 0;
    }
    found
}

fn read(rest: &str, letter: char) -> (Kind, usize) {
    match letter {
        '#' => (Kind::Comment, line_length(rest)),
        '"' => (
            Kind::Value,
            text_length(rest).unwrap_or_else(|| line_length(rest)),
        ),
        '\'' | '`' => (Kind::Value, quoted_length(rest, letter)),
        _ if letter.is_ascii_digit() => (Kind::Value, number_length(rest)),
        _ if letter == '_' || letter.is_alphabetic() => (Kind::Word, word_length(rest)),
        _ => {
            let long = [
                "==", "!=", "<=", ">=", "=>", "->", "<>", "??", "&&", "||", "|>", "**", "//",
            ];
            let sign = long.iter().find(|sign| rest.starts_with(**sign));
            (Kind::Sign, sign.map_or(letter.len_utf8(), |sign| sign.len()))
        }
    }
}

fn line_length(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn word_length(rest: &str) -> usize {
    rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let line = &rest[..line_length(rest)];
    let close = line.get(1..).and_then(|inside| inside.find(quote));
    close.map_or(line.len(), |close| close + 2)
}

/// Gives the length of a text with the values in its braces; `None` when its line does not close it.
fn text_length(rest: &str) -> Option<usize> {
    let line = &rest.as_bytes()[..line_length(rest)];
    // `true` stands for a text, `false` for a brace.
    let mut open = vec![true];
    let mut at = 1;
    while let Some(in_text) = open.last().copied() {
        match (in_text, *line.get(at)?) {
            (true, b'\\') => at += 1,
            (true, b'"') | (false, b'}') => {
                open.pop();
            }
            (false, b'"') => open.push(true),
            (_, b'{') => open.push(false),
            (false, quote @ (b'\'' | b'`')) => {
                let close = line.get(at + 1..)?.iter().position(|byte| *byte == quote);
                at += close.map_or(0, |close| close + 1);
            }
            _ => {}
        }
        at += 1;
    }
    (at <= line.len()).then_some(at)
}

/// Gives the length of a number, a date, a time, a duration, a rate or a percentage.
fn number_length(rest: &str) -> usize {
    let digits = |from: usize, count: usize| {
        let part = rest.get(from..from + count);
        part.is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let sign = |at: usize, sign: &str| rest.get(at..).is_some_and(|rest| rest.starts_with(sign));
    if digits(0, 4) && sign(4, "-") && digits(5, 2) && sign(7, "-") && digits(8, 2) {
        let further = rest[10..].find(|letter: char| !(is_word(letter) || ":.+-".contains(letter)));
        let moment = further.map_or(rest.len(), |further| further + 10);
        return if sign(10, "T") { moment } else { 10 };
    }
    let mut length = word_length(rest);
    if length <= 2 && digits(0, length) && sign(length, ":") && digits(length + 1, 2) {
        length += 3;
        let seconds = sign(length, ":") && digits(length + 1, 2);
        return if seconds { length + 3 } else { length };
    }
    while sign(length, ".") && rest[length + 1..].starts_with(is_word) {
        length += 1 + word_length(&rest[length + 1..]);
    }
    if sign(length, "/s") && !rest[length + 2..].starts_with(is_word) {
        return length + 2;
    }
    if sign(length, "%") && !goes_on(&rest[length + 1..]) {
        return length + 1;
    }
    length
}

/// Tells whether an operand follows, so that `%` is the sign of the remainder.
fn goes_on(rest: &str) -> bool {
    const RESERVED: [&str; 12] = [
        "and", "or", "not", "in", "is", "if", "then", "else", "match", "true", "false", "null",
    ];
    let rest = rest.trim_start_matches([' ', '\t', '\r', '\u{A0}', '\u{FEFF}']);
    let word = &rest[..word_length(rest)];
    let operand = rest.starts_with(|letter: char| letter == '_' || letter.is_ascii_alphanumeric());
    operand && !RESERVED.contains(&word) || rest.starts_with(['(', '[', '`', '"', '\''])
}
