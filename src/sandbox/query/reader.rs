use rust_decimal::Decimal;

use super::{Clause, Field, Sign, Wanted};

/// The shortest part that can be searched for.
const SHORTEST_PART: usize = 3;

/// Reads clauses from the text of a query.
pub(super) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Reader { rest: text.trim() }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads what joins two clauses: `OR` gives true, `AND` or nothing false.
    pub(super) fn join(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        for (word, is_any) in [("AND", false), ("and", false), ("OR", true), ("or", true)] {
            if let Some(rest) = self.rest.strip_prefix(word)
                && rest.starts_with([' ', '('])
            {
                self.rest = rest.trim_start();
                return is_any;
            }
        }
        false
    }

    /// Reads one clause, or `None` when there is none.
    pub(super) fn clause(&mut self) -> Option<Clause> {
        let is_negated = self.eat("-");
        let field = self.field()?;
        let wanted = self.wanted()?;
        if !self.rest.is_empty() && !self.rest.starts_with(char::is_whitespace) {
            return None;
        }
        Some(Clause {
            is_negated,
            field,
            wanted,
        })
    }

    fn field(&mut self) -> Option<Field> {
        let name = self.take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.'));
        if name != "metadata" {
            return (!name.is_empty()).then_some(Field::Plain(name));
        }
        if !self.eat("[") {
            return None;
        }
        let key = self.quoted()?;
        self.eat("]").then_some(Field::Metadata(key))
    }

    fn wanted(&mut self) -> Option<Wanted> {
        if self.eat("~") {
            let part = self.quoted()?;
            return (part.chars().count() >= SHORTEST_PART).then_some(Wanted::Part(part));
        }
        if self.eat(":") {
            if self.rest.starts_with('"') {
                return self.quoted().map(Wanted::Text);
            }
            let word = self.word();
            return match word.as_str() {
                "" => None,
                "null" => Some(Wanted::Null),
                _ => Some(Wanted::Text(word)),
            };
        }
        let sign = match () {
            () if self.eat(">=") => Sign::GreaterOrEqual,
            () if self.eat("<=") => Sign::LessOrEqual,
            () if self.eat(">") => Sign::Greater,
            () if self.eat("<") => Sign::Less,
            () => return None,
        };
        let number = match self.rest.starts_with('"') {
            true => self.quoted()?,
            false => self.word(),
        };
        Decimal::from_str_exact(&number)
            .ok()
            .map(|limit| Wanted::Number(sign, limit))
    }

    fn word(&mut self) -> String {
        self.take_while(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_'))
    }

    fn quoted(&mut self) -> Option<String> {
        let quote = ['"', '\'']
            .into_iter()
            .find(|quote| self.rest.starts_with(*quote))?;
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((index, letter)) = letters.next() {
            match letter {
                '\\' => text.push(letters.next()?.1),
                letter if letter == quote => {
                    self.rest = self.rest.get(index + 1..).unwrap_or("");
                    return Some(text);
                }
                letter => text.push(letter),
            }
        }
        None
    }

    fn take_while(&mut self, inside: impl Fn(char) -> bool) -> String {
        let end = self
            .rest
            .find(|letter| !inside(letter))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.to_owned()
    }

    fn eat(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}
