//! Every code of the language, with the page that `sheetflow explain` shows.
//!
//! In the examples of a page, the first block of code has the problem and the second one does not; a test
//! holds both.

pub(super) mod flows;
pub(super) mod names;
pub(super) mod requests;
pub(super) mod settings;
pub(super) mod syntax;
pub(super) mod trials;
pub(super) mod types;

#[cfg(test)]
mod pages;

use crate::diag::Code;

/// Gives every code of the language, sorted by its id.
pub fn codes() -> &'static [&'static Code] {
    const ALL: &[&Code] = &[
        &syntax::UNEXPECTED,
        &syntax::UNKNOWN_LINE,
        &syntax::MISSING,
        &syntax::BRACKET,
        &syntax::QUOTE,
        &syntax::LITERAL,
        &syntax::DEPTH,
        &syntax::NAME,
        &names::UNKNOWN_NAME,
        &names::UNKNOWN_FUNCTION,
        &names::UNKNOWN_RESOURCE,
        &names::UNKNOWN_FIELD,
        &names::UNKNOWN_ANSWER_FIELD,
        &names::UNKNOWN_DECLARATION,
        &names::DUPLICATE,
        &names::HIDES_COLUMN,
        &names::CYCLE,
        &types::WRONG_TYPE,
        &types::NOT_MINOR_UNITS,
        &types::NOT_IN_ENUM,
        &types::ARGUMENT_COUNT,
        &types::WRONG_ARGUMENT,
        &types::WRONG_OPERAND,
        &types::WRONG_PATH,
        &types::NOT_A_CONDITION,
        &types::PERHAPS_NOT_MINOR_UNITS,
        &requests::REQUIRED,
        &requests::TOGETHER,
        &requests::BOUND_TWICE,
        &requests::NO_LOOKUP,
        &requests::NO_OPERATION,
        &requests::LIST_ORDER,
        &requests::METADATA,
        &requests::PERHAPS_NOTHING,
        &flows::NO_SOURCE,
        &flows::NO_KEY,
        &flows::TWICE,
        &flows::NO_MATCHING,
        &flows::WHICH_ACCOUNT,
        &flows::NOT_HERE,
        &flows::NOT_OF_THE_GROUP,
        &flows::IN_A_BLOCK,
        &flows::REMOVAL,
        &flows::SCHEDULE,
        &flows::LOSES_SUBSCRIPTIONS,
        &flows::EVERY_DAY,
        &flows::KEY_OFTEN_EMPTY,
        &settings::SECRET,
        &settings::PUBLISHABLE,
        &settings::UNKNOWN_SETTING,
        &settings::BAD_SETTING,
        &settings::NO_ACCOUNT_KEY,
        &settings::UNKNOWN_KIND,
        &settings::UNKNOWN_TYPE,
        &settings::UNREADABLE,
        &settings::UNUSABLE_PLUGIN,
        &trials::FAILED_TEST,
    ];
    ALL
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn ids_are_unique_and_sorted() {
        let ids: Vec<&str> = codes().iter().map(|code| code.id).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(ids, sorted);
    }
}
