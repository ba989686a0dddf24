use std::fmt;
use std::sync::Arc;

use crate::model::{Fingerprint, Type, Value};

/// What the checker, the reference and the editor know of a function. `eval` holds the table.
#[derive(Debug)]
pub struct Signature {
    /// The name that flows use.
    pub name: &'static str,
    /// What it works on, for grouping the reference: `text`, `number`, `date`, `money`, `list`, `other`.
    pub group: &'static str,
    /// One sentence in the third person.
    pub summary: &'static str,
    /// What it takes.
    pub parameters: Parameters,
    /// What it gives.
    pub returns: Returns,
    /// Worked examples. They are the reference's, and they are tests.
    pub examples: &'static [Example],
    /// Looks at arguments that are literals (`None` stands for any other), so that a wrong one, such as
    /// a malformed regular expression, is found at check time. Gives the index of the argument and what
    /// is wrong with it.
    pub check_literals: Option<LiteralCheck>,
}

/// Looks at literal arguments; gives the index of a wrong one and what is wrong with it.
pub type LiteralCheck = fn(&[Option<&Value>]) -> Result<(), (usize, String)>;

/// The arguments that a function takes.
#[derive(Debug)]
pub struct Parameters {
    /// Arguments that must be there: name and kind.
    pub required: &'static [(&'static str, ParameterKind)],
    /// Arguments that may follow.
    pub optional: &'static [(&'static str, ParameterKind)],
    /// Any number of further arguments of this kind.
    pub rest: Option<(&'static str, ParameterKind)>,
}

impl Parameters {
    /// Gives the kind of the argument with this index; `None` when there are too many.
    pub fn kind_of(&self, index: usize) -> Option<ParameterKind> {
        self.required
            .iter()
            .chain(self.optional)
            .nth(index)
            .or(self.rest.as_ref())
            .map(|(_, kind)| *kind)
    }
}

/// What an argument may be. Empty values are allowed everywhere unless a function says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Anything.
    Any,
    /// Text; numbers and dates are taken as their own text.
    Text,
    /// A whole number, or text that is one.
    Integer,
    /// A number, or text that is one.
    Number,
    /// A date, or ISO text that is one.
    Date,
    /// A date or a time.
    DateOrTime,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
}

/// What a function gives.
#[derive(Debug)]
pub enum Returns {
    /// Always this type.
    Type(Type),
    /// A list of this type.
    ListOf(Type),
    /// The type of the argument with this index.
    SameAs(usize),
    /// The type of the items of the argument with this index.
    ItemOf(usize),
    /// Integer when all arguments are integers, else decimal.
    Number,
}

/// A worked example.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// An expression of the language, such as `trim("  a ")`.
    pub expression: &'static str,
    /// Its value, as an expression of the language (`"a"`), or `error: …` with part of the message.
    pub value: &'static str,
}

/// What the checker knows of a declared plugin.
#[derive(Clone, Debug)]
pub enum PluginFunctions {
    /// It can be used.
    Known {
        /// Changes when the plugin's file or its limits do.
        hash: Fingerprint,
        /// The functions that it gives to flows; calls name them by their index.
        functions: Vec<PluginFunction>,
    },
    /// It can't be used.
    Unusable {
        /// Why, in lower case and without a full stop.
        reason: String,
        /// What to do, where that is known.
        hint: Option<String>,
    },
}

/// A function of a plugin.
#[derive(Clone, Debug)]
pub struct PluginFunction {
    /// Its name in flows.
    pub name: Arc<str>,
    /// What it takes, in order.
    pub parameters: Vec<PluginParameter>,
    /// How many arguments must be there; those behind them are optional.
    pub required: usize,
    /// The type of what it gives.
    pub returns: Type,
    /// Whether the plugin may refuse a call, which rejects the row.
    pub is_fallible: bool,
    /// The whole signature in the language's words: `e164(number: text) -> text, or an error`.
    pub signature: String,
}

/// A parameter of a plugin's function.
#[derive(Clone, Debug)]
pub struct PluginParameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub accepts: Arc<dyn Accepts>,
}

/// A type of a plugin's parameter. It is shown in the language's words: `text or null`.
pub trait Accepts: fmt::Debug + fmt::Display + Send + Sync {
    /// Tells whether a value that is known to have this type may be taken; what only the row shows is
    /// allowed.
    fn accepts(&self, argument: &Type) -> bool;
}
