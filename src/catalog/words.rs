//! Says types of the API in the flow language's words.

use super::{Alternative, ApiType, Catalog};

impl Catalog {
    /// Says what a value of this type is: `text`, `list of integer`, `one of 3 words`. The words of an
    /// enum are not in it; see [`Catalog::words_of`].
    pub fn type_words(&self, api_type: &ApiType) -> String {
        let mut words: Vec<String> = Vec::new();
        for alternative in &api_type.alternatives {
            let said = self.alternative_words(alternative);
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
            Alternative::Shape(_) => "record",
            Alternative::ReferenceShape(_) => "id",
            Alternative::Enum(index) => return format!("one of {} words", self.enum_values(*index).len()),
            Alternative::List(item) => return format!("list of {}", self.type_words(item)),
            Alternative::Map(value) => return format!("named {}", self.type_words(value)),
            Alternative::Object(resource) => return format!("{resource} object"),
            Alternative::Reference(resource) => return format!("id of {resource}"),
            Alternative::ListOf(resource) => return format!("list of {resource} objects"),
            Alternative::SearchOf(resource) => return format!("search result of {resource} objects"),
        };
        plain.to_owned()
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
            ("&customer|&account?", "id of customer or id of account"),
            ("e2", "one of 3 words"),
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
