/// Names a group of parameters or fields in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeId(pub(super) usize);

/// The type of a parameter or of a response field, read from the catalogue's type string.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ApiType {
    /// What it can be; at least one.
    pub alternatives: Vec<Alternative>,
    /// Parameters: must be given (within its object).
    pub required: bool,
    /// Parameters: the empty text clears the value. For plain texts this is a lower bound.
    pub clearable: bool,
    /// Responses: may be `null`.
    pub nullable: bool,
    /// Responses: may be left out.
    pub may_be_absent: bool,
    /// Responses: on its way out.
    pub deprecated: bool,
}

/// One of the things that a parameter or field can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A decimal written as text.
    Decimal,
    /// Unix seconds.
    Timestamp,
    /// RFC 3339 text (v2).
    DateTime,
    /// A three-letter currency in lower case.
    Currency,
    /// Not described.
    Any,
    /// An uploaded file.
    File,
    /// Only `true`.
    True,
    /// Only `false`.
    False,
    /// Only the empty text.
    Unset,
    /// One of the values of an enum; see [`super::Catalog::enum_values`].
    Enum(usize),
    /// An object with these members.
    Shape(ShapeId),
    /// A list.
    List(Box<ApiType>),
    /// Names of the caller's choice.
    Map(Box<ApiType>),
    /// That resource, whole.
    Object(&'static str),
    /// An id, or that resource when it was expanded.
    Reference(&'static str),
    /// An id, or an object with these members when it was expanded.
    ReferenceShape(ShapeId),
    /// A list object of that resource.
    ListOf(&'static str),
    /// A search result of that resource.
    SearchOf(&'static str),
}

impl ApiType {
    /// Reads a type string such as `str!`, `[o12]` or `&customer?`. The grammar is in `generate.py`.
    /// Unknown words become [`Alternative::Any`].
    pub(super) fn parse(text: &'static str) -> ApiType {
        let mut reader = Reader { rest: text };
        reader.api_type()
    }
}

struct Reader {
    rest: &'static str,
}

impl Reader {
    fn api_type(&mut self) -> ApiType {
        let mut parsed = ApiType {
            alternatives: vec![self.alternative()],
            ..ApiType::default()
        };
        while self.eat('|') {
            parsed.alternatives.push(self.alternative());
        }
        loop {
            match self.rest.chars().next() {
                Some('!') => parsed.required = true,
                Some('~') => parsed.clearable = true,
                Some('?') => parsed.nullable = true,
                Some('-') => parsed.may_be_absent = true,
                Some('^') => parsed.deprecated = true,
                _ => return parsed,
            }
            self.rest = &self.rest[1..];
        }
    }

    fn alternative(&mut self) -> Alternative {
        if self.eat('[') {
            let item = self.api_type();
            self.eat(']');
            return Alternative::List(Box::new(item));
        }
        if self.eat('{') {
            let item = self.api_type();
            self.eat('}');
            return Alternative::Map(Box::new(item));
        }
        if self.eat('@') {
            return Alternative::Object(self.word());
        }
        if self.eat('&') {
            let name = self.word();
            return match numbered(name, 'o') {
                Some(shape) => Alternative::ReferenceShape(ShapeId(shape)),
                None => Alternative::Reference(name),
            };
        }
        if self.eat('#') {
            return Alternative::ListOf(self.word());
        }
        if self.eat('%') {
            return Alternative::SearchOf(self.word());
        }
        named(self.word())
    }

    fn eat(&mut self, mark: char) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'static str {
        let inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
        let end = self
            .rest
            .find(|letter| !inside(letter))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

fn named(word: &'static str) -> Alternative {
    match word {
        "str" => Alternative::Text,
        "int" => Alternative::Integer,
        "num" => Alternative::Number,
        "bool" => Alternative::Boolean,
        "dec" => Alternative::Decimal,
        "ts" => Alternative::Timestamp,
        "dt" => Alternative::DateTime,
        "cur" => Alternative::Currency,
        "file" => Alternative::File,
        "true" => Alternative::True,
        "false" => Alternative::False,
        "unset" => Alternative::Unset,
        _ => match (numbered(word, 'e'), numbered(word, 'o')) {
            (Some(index), _) => Alternative::Enum(index),
            (_, Some(index)) => Alternative::Shape(ShapeId(index)),
            _ => Alternative::Any,
        },
    }
}

fn numbered(word: &str, letter: char) -> Option<usize> {
    word.strip_prefix(letter)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Alternative, ApiType, ShapeId};

    #[test]
    fn alternatives_nest_and_flags_follow() {
        let parsed = ApiType::parse("[o12]|unset~!");
        assert!(parsed.required && parsed.clearable);
        let [Alternative::List(item), Alternative::Unset] = parsed.alternatives.as_slice() else {
            unreachable!("two alternatives")
        };
        assert_eq!(item.alternatives, [Alternative::Shape(ShapeId(12))]);
    }

    #[test]
    fn references_name_a_resource() {
        assert_eq!(
            ApiType::parse("&account|&test_helpers.test_clock?").alternatives,
            [
                Alternative::Reference("account"),
                Alternative::Reference("test_helpers.test_clock")
            ]
        );
    }
}
