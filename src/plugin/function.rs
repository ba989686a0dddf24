use std::fmt;
use std::sync::Arc;

use crate::model::Type;

use super::call_error::CallFailure;
use super::plugin_type::PluginType;

/// A function that a plugin gives to flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in flows, in snake case.
    pub name: Arc<str>,
    /// What it takes, in order.
    pub parameters: Vec<Parameter>,
    /// What it gives. [`PluginType::Fallible`] where a call may be refused.
    pub result: PluginType,
    /// Whether the plugin also exports `NAME-batch`, which takes many rows at once.
    pub has_batch: bool,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, in snake case.
    pub name: String,
    /// Its type.
    pub parameter_type: PluginType,
}

/// An export that flows can't call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncallable {
    /// Its name in the component, after its interface's.
    pub name: String,
    /// The reason, worded to follow the name.
    pub reason: String,
}

impl Function {
    /// Gives the smallest number of arguments: optional parameters at the end may be left out.
    pub fn required(&self) -> usize {
        self.parameters
            .iter()
            .rposition(|parameter| !parameter.parameter_type.is_optional())
            .map_or(0, |last| last + 1)
    }

    /// Tells whether a call may be refused by the plugin.
    pub fn is_fallible(&self) -> bool {
        matches!(self.result, PluginType::Fallible(_))
    }

    /// Looks at a call before any row is read. Errors with the first argument that can never fit.
    pub fn check_arguments(&self, arguments: &[Type]) -> Result<(), CallFailure> {
        self.check_count(arguments.len())?;
        for (parameter, found) in self.parameters.iter().zip(arguments) {
            if !parameter.parameter_type.accepts(found) {
                return Err(CallFailure::Argument {
                    parameter: parameter.name.clone(),
                    expected: parameter.parameter_type.to_string(),
                    found: found.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Errors when this number of arguments is too small or too large.
    pub(super) fn check_count(&self, found: usize) -> Result<(), CallFailure> {
        let (least, most) = (self.required(), self.parameters.len());
        if (least..=most).contains(&found) {
            return Ok(());
        }
        let expected = match (least, most) {
            (1, 1) => "1 argument".to_owned(),
            (least, most) if least == most => format!("{most} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        Err(CallFailure::ArgumentCount { expected, found })
    }

    /// Gives what a flow's author should know before relying on it.
    pub fn warnings(&self) -> Vec<String> {
        let floats = self.result.has_float()
            || self
                .parameters
                .iter()
                .any(|parameter| parameter.parameter_type.has_float());
        if floats {
            vec![format!(
                "`{}` uses binary floats, which are not exact: don't let money pass through it",
                self.name
            )]
        } else {
            Vec::new()
        }
    }
}

/// The signature in the flow language's words: `e164(number: text, region: text) -> text, or an error`.
impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (index, parameter) in self.parameters.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}: {}", parameter.name, parameter.parameter_type)?;
        }
        write!(f, ") -> {}", self.result)?;
        if self.is_fallible() {
            f.write_str(", or an error")?;
        }
        Ok(())
    }
}

/// Turns WIT's kebab case into the flow language's snake case.
pub(super) fn snake_case(name: &str) -> String {
    name.replace('-', "_").to_lowercase()
}
