use std::borrow::Cow;

use jiff::civil::Date;
use regex::Regex;

use crate::eval::convert;
use crate::eval::convert::Moment;
use crate::eval::fault::Fault;
use crate::eval::number::Number;
use crate::lang::{Example, ParameterKind, Parameters, Signature};
use crate::model::{Currency, Value};

use super::pattern::compile_pattern;

/// A built-in function: what the checker reads, and what the evaluator runs.
#[derive(Debug)]
pub(in crate::eval) struct Function {
    pub(in crate::eval) signature: Signature,
    /// The argument that is a regular expression, compiled once when it is a literal.
    pub(in crate::eval) pattern: Option<usize>,
    /// Computes the value. Arguments are known, and of the kinds that the signature names.
    pub(super) run: fn(&Call<'_>) -> Result<Value, Fault>,
}

/// One call of a function.
pub(in crate::eval) struct Call<'a> {
    pub(in crate::eval) function: &'static Function,
    pub(in crate::eval) arguments: &'a [Cow<'a, Value>],
    /// The compiled regular expression, when it was a literal.
    pub(in crate::eval) pattern: Option<&'a Regex>,
    pub(in crate::eval) today: Date,
}

impl<'a> Call<'a> {
    /// Runs the function. With an unknown argument the value is unknown, but the others are checked, so
    /// that a wrong cell is found before anything is sent.
    pub(in crate::eval) fn apply(&self) -> Result<Value, Fault> {
        if !self
            .arguments
            .iter()
            .any(|argument| convert::has_unknown(argument))
        {
            return (self.function.run)(self);
        }
        for (index, argument) in self.arguments.iter().enumerate() {
            if let Some(kind) = self.function.signature.parameters.kind_of(index)
                && !convert::has_unknown(argument)
            {
                check_kind(kind, argument).map_err(|fault| fault.at(index))?;
            }
        }
        Ok(Value::Unknown)
    }

    /// Gives an argument; `null` when it was left out.
    pub(super) fn value(&self, index: usize) -> &'a Value {
        self.arguments
            .get(index)
            .map_or(&Value::Null, |argument| &**argument)
    }

    /// Gives an argument as text; `None` when it is `null` or left out.
    pub(super) fn text(&self, index: usize) -> Result<Option<Cow<'a, str>>, Fault> {
        convert::to_text(self.value(index)).map_err(|fault| fault.at(index))
    }

    /// Gives an argument as a number; `None` when it is empty or left out.
    pub(super) fn number(&self, index: usize) -> Result<Option<Number>, Fault> {
        convert::to_number(self.value(index)).map_err(|fault| fault.at(index))
    }

    /// Gives an argument as a whole number; `None` when it is empty or left out.
    pub(super) fn integer(&self, index: usize) -> Result<Option<i64>, Fault> {
        convert::to_integer(self.value(index)).map_err(|fault| fault.at(index))
    }

    /// Gives an argument as a day; `None` when it is empty or left out.
    pub(super) fn date(&self, index: usize) -> Result<Option<Date>, Fault> {
        convert::to_date(self.value(index)).map_err(|fault| fault.at(index))
    }

    /// Gives an argument as a day or a time; `None` when it is empty or left out.
    pub(super) fn moment(&self, index: usize) -> Result<Option<Moment>, Fault> {
        convert::to_moment(self.value(index)).map_err(|fault| fault.at(index))
    }

    /// Gives an argument as a list; `None` when it is empty or left out.
    pub(super) fn list(&self, index: usize) -> Result<Option<&'a [Value]>, Fault> {
        convert::to_list(self.value(index)).map_err(|fault| fault.at(index))
    }

    /// Gives an argument as a currency, which must be there.
    pub(super) fn currency(&self, index: usize) -> Result<Currency, Fault> {
        let Some(code) = self.text(index)?.filter(|code| !code.trim().is_empty()) else {
            return Err(Fault::new("the currency is empty").at(index));
        };
        Currency::parse(&code).map_err(|error| Fault::new(error.to_string()).at(index))
    }

    /// Gives the regular expression that stands at `index`.
    pub(super) fn pattern(&self, index: usize) -> Result<Cow<'a, Regex>, Fault> {
        match self.pattern {
            Some(pattern) => Ok(Cow::Borrowed(pattern)),
            None => compile_pattern(&self.text(index)?.unwrap_or_default())
                .map(Cow::Owned)
                .map_err(|message| Fault::new(message).at(index)),
        }
    }

    /// Changes the text at `index`. Text that comes back whole is shared, not copied.
    pub(super) fn map_text(
        &self,
        index: usize,
        change: impl for<'t> FnOnce(&'t str) -> Cow<'t, str>,
    ) -> Result<Value, Fault> {
        let Some(text) = self.text(index)? else {
            return Ok(Value::Null);
        };
        let changed = change(&text);
        match self.value(index) {
            Value::Text(whole) if matches!(&changed, Cow::Borrowed(part) if part.len() == whole.len()) => {
                Ok(Value::Text(whole.clone()))
            }
            _ => Ok(Value::text(&*changed)),
        }
    }
}

fn check_kind(kind: ParameterKind, value: &Value) -> Result<(), Fault> {
    match kind {
        ParameterKind::Any => Ok(()),
        ParameterKind::Text => convert::to_text(value).map(drop),
        ParameterKind::Integer => convert::to_integer(value).map(drop),
        ParameterKind::Number => convert::to_number(value).map(drop),
        ParameterKind::Date => convert::to_date(value).map(drop),
        ParameterKind::DateOrTime => convert::to_moment(value).map(drop),
        ParameterKind::Boolean => convert::to_boolean(value).map(drop),
        ParameterKind::List => convert::to_list(value).map(drop),
    }
}

/// Parameters of which all must be given.
pub(super) const fn required(required: &'static [(&'static str, ParameterKind)]) -> Parameters {
    optional(required, &[])
}

/// Parameters of which the later ones may be left out.
pub(super) const fn optional(
    required: &'static [(&'static str, ParameterKind)],
    optional: &'static [(&'static str, ParameterKind)],
) -> Parameters {
    Parameters {
        required,
        optional,
        rest: None,
    }
}

/// A worked example: an expression and its value.
pub(super) const fn example(expression: &'static str, value: &'static str) -> Example {
    Example { expression, value }
}
