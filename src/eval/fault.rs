use crate::model::Value;

/// The longest piece of a cell's text that a message repeats, in characters.
const SHOWN: usize = 60;

/// Why a function or an operator gives no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong, in lower case and without a full stop.
    pub(super) message: String,
    /// The operand at fault; `None` when it is how they go together.
    pub(super) operand: Option<usize>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Fault {
            message: message.into(),
            operand: None,
        }
    }

    /// Blames an operand, unless one is blamed already.
    #[must_use]
    pub(super) fn at(mut self, operand: usize) -> Self {
        self.operand.get_or_insert(operand);
        self
    }

    /// Says that something else was wanted: "expected a number, found the list".
    pub(super) fn expected(what: &str, found: &Value) -> Self {
        Fault::new(format!("{} is not {what}", describe(found)))
    }
}

/// A fault with the column that is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) message: String,
    /// An index into the header; `None` blames the whole row.
    pub(super) column: Option<usize>,
    /// The number of the row in the sheet, where it is another line than the one that is looked at.
    pub(super) line: Option<u32>,
}

/// Names a value in a message: its text in backticks, or what it is.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "an empty value".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Record(_) => "a record".to_owned(),
        Value::Text(text) => quote(text),
        Value::Boolean(_)
        | Value::Integer(_)
        | Value::Decimal(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Unknown => format!("`{value}`"),
    }
}

/// Puts text into backticks, shortened when it is long.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
