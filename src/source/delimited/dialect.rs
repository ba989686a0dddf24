use crate::source::SourceError;

/// The delimiters that are looked for, the more usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many lines are looked at.
const LINES: usize = 20;

/// How fields are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The byte between fields.
    pub(super) delimiter: u8,
    /// The byte around fields.
    pub(super) quote: u8,
    /// Lines before the header that belong to no record: Excel's `sep=;`.
    pub(super) preamble: u32,
}

impl Dialect {
    /// Takes what the flow says, and finds the rest in the first lines.
    pub(super) fn find(
        head: &[u8],
        delimiter: Option<char>,
        quote: Option<char>,
    ) -> Result<Self, SourceError> {
        let quote = ascii(quote, "a quote")?.unwrap_or(b'"');
        let announced = announced_delimiter(head);
        let delimiter = ascii(delimiter, "a delimiter")?
            .or(announced)
            .unwrap_or_else(|| sniff(head, quote));
        Ok(Dialect {
            delimiter,
            quote,
            preamble: u32::from(announced.is_some()),
        })
    }
}

fn ascii(option: Option<char>, what: &'static str) -> Result<Option<u8>, SourceError> {
    let Some(option) = option else {
        return Ok(None);
    };
    match u8::try_from(option) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(Some(byte)),
        _ => Err(SourceError::BadOption { option, what }),
    }
}

/// Reads the line `sep=;` that Excel understands, and some programs write, before the header.
fn announced_delimiter(head: &[u8]) -> Option<u8> {
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if delimiter.is_ascii() => Some(*delimiter),
        _ => None,
    }
}

/// Chooses the delimiter that splits the first lines most evenly: the one that the most lines have as
/// often as the first line has it.
fn sniff(head: &[u8], quote: u8) -> u8 {
    let lines = lines_outside_quotes(head, quote);
    let score = |delimiter: u8| {
        let counts: Vec<usize> = lines
            .iter()
            .map(|line| line.iter().filter(|byte| **byte == delimiter).count())
            .collect();
        let first = counts.first().copied().unwrap_or(0);
        let agreeing = counts.iter().filter(|count| **count == first).count();
        if first == 0 { (0, 0) } else { (agreeing, first) }
    };
    let mut best = (b',', (0, 0));
    for delimiter in DELIMITERS {
        let score = score(delimiter);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// Cuts the head into lines that have something in them, without what stands in quotes.
fn lines_outside_quotes(head: &[u8], quote: u8) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    let mut quoted = false;
    for byte in head {
        match byte {
            byte if *byte == quote => quoted = !quoted,
            _ if quoted => {}
            b'\n' | b'\r' if lines.len() > LINES => break,
            b'\n' | b'\r' => {
                if lines.last().is_some_and(|line| !line.is_empty()) {
                    lines.push(Vec::new());
                }
            }
            byte => {
                if let Some(line) = lines.last_mut() {
                    line.push(*byte);
                }
            }
        }
    }
    // The last line may be cut off by the end of the head.
    if lines.len() > 1 {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    fn delimiter(head: &str) -> char {
        let dialect = Dialect::find(head.as_bytes(), None, None).expect("nothing was given");
        char::from(dialect.delimiter)
    }

    #[test]
    fn the_delimiter_is_found_in_the_first_lines() {
        assert_eq!(delimiter("a,b,c\n1,2,3\n"), ',');
        assert_eq!(delimiter("a;b\n1,5;2,5\n1,7;2,8\n"), ';');
        assert_eq!(delimiter("a\tb\n\"x,y,z\"\t2\n"), '\t');
        assert_eq!(delimiter("a|b|c\n1|2|3\n"), '|');
        assert_eq!(delimiter("Name\nAnn\n"), ',');
        assert_eq!(delimiter(""), ',');
    }

    #[test]
    fn delimiters_inside_quotes_do_not_count() {
        assert_eq!(delimiter("\"a,b,c\";d\n\"1,2,3\";4\n"), ';');
    }

    #[test]
    fn excels_own_announcement_is_obeyed_and_passed_over() {
        let dialect = Dialect::find(b"sep=|\na,b|c\n", None, None).expect("nothing was given");
        assert_eq!((dialect.delimiter, dialect.preamble), (b'|', 1));
    }

    #[test]
    fn a_delimiter_of_several_bytes_is_refused() {
        assert!(Dialect::find(b"", Some('→'), None).is_err());
    }
}
