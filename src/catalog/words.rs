//! Says types of the API in the flow language's words.

use super::{Alternative, ApiType, Catalog};

impl Catalog {
    /// Says what a value of this type is: `text`, `list of integer`, `id of account or card`. An enum is
    /// a `word`; see [`Catalog::words_of`] for its words.
    pub fn type_words(&self, api_type: &ApiType) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut before = None;
        for alternative in &api_type.alternatives {
            let (phrase, name) = phrase_and_name(alternative);
            let said = match name {
                Some(name) if before == Some(phrase) => name.to_owned(),
                Some(name) => format!("{phrase} {name}"),
                None => self.alternative_words(alternative),
            };
            before = name.map(|_| phrase);
            if *alternative != Alternative::Unset && !words.contains(&said) {
                words.push(said);
            }
        }
        match words.split_last() {
            None => "nothing".to_owned(),
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
        }
    }

    /// Gives the words that a type with an enum in it takes, lists of them included; empty without one.
    pub fn words_of(&self, api_type: &ApiType) -> &[&'static str] {
        api_type
            .alternatives
            .iter()
            .map(|alternative| match alternative {
                Alternative::Enum(index) => self.enum_values(*index),
                Alternative::List(item) | Alternative::Map(item) => self.words_of(item),
                _ => &[],
            })
            .find(|words| !words.is_empty())
            .unwrap_or(&[])
    }

    fn alternative_words(&self, alternative: &Alternative) -> String {
        let plain = match alternative {
            Alternative::Text => "text",
            Alternative::Integer => "integer",
            Alternative::Number | Alternative::Decimal => "decimal",
            Alternative::Boolean => "boolean",
            Alternative::Timestamp | Alternative::DateTime => "time",
            Alternative::Currency => "currency",
            Alternative::Any => "any value",
            Alternative::File => "file",
            Alternative::True => "true",
            Alternative::False => "false",
            Alternative::Unset => "nothing",
            Alternative::Enum(_) => "word",
            Alternative::Shape(_) => "record",
            Alternative::ReferenceShape(_) => "id",
            Alternative::List(item) => return format!("list of {}", self.type_words(item)),
            Alternative::Map(value) => return format!("named {}", self.type_words(value)),
            Alternative::Object(_)
            | Alternative::Reference(_)
            | Alternative::ListOf(_)
            | Alternative::SearchOf(_) => phrase_and_name(alternative).0,
        };
        plain.to_owned()
    }
}

/// Gives what stands before the name of a resource, and that name. Several names share the phrase.
fn phrase_and_name(alternative: &Alternative) -> (&'static str, Option<&'static str>) {
    match alternative {
        Alternative::Object(resource) => ("object", Some(resource)),
        Alternative::Reference(resource) => ("id of", Some(resource)),
        Alternative::ListOf(resource) => ("list of", Some(resource)),
        Alternative::SearchOf(resource) => ("search result of", Some(resource)),
        _ => ("", None),
    }
}

#[cfg(test)]
mod tests {
    use super::Catalog;
    use crate::catalog::ApiType;

    #[test]
    fn types_are_said_in_the_languages_words() {
        let catalog = Catalog::embedded();
        for (text, words) in [
            ("str!", "text"),
            ("[o0]|unset~", "list of record"),
            ("o1|ts", "record or time"),
            ("{str}~", "named text"),
            ("&customer|&account|&card?", "id of customer, account or card"),
            ("e2|ts", "word or time"),
            ("#charge", "list of charge"),
            ("str|o1|o2|o3!", "text or record"),
        ] {
            assert_eq!(catalog.type_words(&ApiType::parse(text)), words, "{text}");
        }
        assert_eq!(
            catalog.words_of(&ApiType::parse("[e2]")),
            ["active", "inactive", "pending"]
        );
    }
}
