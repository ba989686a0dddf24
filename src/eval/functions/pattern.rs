//! Regular expressions, with limits: they come from flows and, where a flow says so, from cells.

use regex::{Regex, RegexBuilder};

use crate::eval::fault::quote;
use crate::model::Value;

/// The longest pattern, in bytes.
const LENGTH_LIMIT: usize = 2_000;

/// The most memory that a compiled pattern, or its cache while it runs, may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// The deepest nesting of groups.
const NEST_LIMIT: u32 = 50;

/// Compiles a pattern; says what is wrong with it.
pub(in crate::eval) fn compile_pattern(text: &str) -> Result<Regex, String> {
    if text.len() > LENGTH_LIMIT {
        return Err(format!(
            "the regular expression is longer than {LENGTH_LIMIT} bytes"
        ));
    }
    RegexBuilder::new(text)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .nest_limit(NEST_LIMIT)
        .build()
        .map_err(|error| {
            let reason = error.to_string();
            let last = reason.lines().last().unwrap_or("").trim_start_matches("error: ");
            format!("{} is not a regular expression: {last}", quote(text))
        })
}

/// Looks at a literal pattern that stands second.
pub(super) fn check_second(literals: &[Option<&Value>]) -> Result<(), (usize, String)> {
    match literals.get(1) {
        Some(Some(Value::Text(text))) => compile_pattern(text).map(drop).map_err(|message| (1, message)),
        _ => Ok(()),
    }
}
