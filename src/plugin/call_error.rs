use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

/// Why one call gave no value: the plugin, the function, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct CallError {
    /// The plugin's name in flows.
    pub plugin: Arc<str>,
    /// The function, or nothing when the plugin did not start.
    pub function: Option<Arc<str>>,
    /// The reason.
    pub failure: CallFailure,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "`{}.{function}` {}", self.plugin, self.failure),
            None => write!(f, "`{}` {}", self.plugin, self.failure),
        }
    }
}

/// The reasons, each worded to follow the function's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallFailure {
    /// The plugin has no such function.
    #[error("does not exist")]
    NoFunction,
    /// The wrong number of arguments.
    #[error("takes {expected}, found {found}")]
    ArgumentCount {
        /// How many it takes, in words.
        expected: String,
        /// How many there are.
        found: usize,
    },
    /// An argument of another type.
    #[error("takes {expected} as `{parameter}`, found {found}")]
    Argument {
        /// The parameter.
        parameter: String,
        /// What it takes.
        expected: String,
        /// What there is.
        found: String,
    },
    /// A number that the parameter's type can't hold.
    #[error("takes {expected} as `{parameter}`, and {found} is outside of it")]
    Range {
        /// The parameter.
        parameter: String,
        /// What it takes.
        expected: String,
        /// The number.
        found: String,
    },
    /// The plugin's own `Err`.
    #[error("refused: {0}")]
    Refused(String),
    /// The plugin stopped itself, or did what WebAssembly forbids.
    #[error("trapped: {0}")]
    Trap(String),
    /// The fuel ran out.
    #[error("used up its fuel of {}", grouped(*limit))]
    OutOfFuel {
        /// The units that it had.
        limit: u64,
    },
    /// The time ran out.
    #[error("ran longer than {limit:?}")]
    Deadline {
        /// The time that it had.
        limit: Duration,
    },
    /// It asked for more memory.
    #[error("asked for more than {} of memory", bytes(*limit))]
    Memory {
        /// The bytes that it may have.
        limit: usize,
    },
    /// It asked for larger tables.
    #[error("asked for more than {limit} table elements")]
    Tables {
        /// The elements that it may have.
        limit: usize,
    },
    /// It is made of too many parts.
    #[error("asked for more than {limit} instances, tables or memories")]
    Instances {
        /// How many it may have of each.
        limit: usize,
    },
    /// It called itself too deeply.
    #[error("called itself past {} of stack", bytes(*limit))]
    Stack {
        /// The bytes that it may use.
        limit: usize,
    },
    /// Its result is too large.
    #[error("gave back more than {}", bytes(*limit))]
    ResultSize {
        /// The bytes that it may give.
        limit: usize,
    },
    /// Its result can't be a value.
    #[error("gave back what can't be used: {0}")]
    Result(String),
}

/// Writes a number of bytes in the largest unit that keeps it whole.
fn bytes(count: usize) -> String {
    match count {
        0 => "0 bytes".to_owned(),
        _ if count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ if count.is_multiple_of(1 << 10) => format!("{} KiB", count >> 10),
        _ => format!("{count} bytes"),
    }
}

/// Writes a number as the language does, in groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}
