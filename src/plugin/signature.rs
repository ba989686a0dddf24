use std::sync::Arc;

use crate::lang::{Accepts, PluginFunction, PluginFunctions, PluginParameter};
use crate::model::{Fingerprint, Type};

use super::function::Function;
use super::host::Plugin;
use super::plugin_type::PluginType;

impl Plugin {
    /// Gives what the check of flows needs to know. The hash is that of the file and of the limits, since
    /// both decide what a call gives.
    pub fn functions_for_check(&self) -> PluginFunctions {
        let limits = format!("{:?}", self.limits());
        PluginFunctions::Known {
            hash: Fingerprint::of([self.hash().as_str(), &limits]),
            functions: self.functions().iter().map(signature).collect(),
        }
    }
}

fn signature(function: &Function) -> PluginFunction {
    let parameters = function.parameters.iter().map(|parameter| PluginParameter {
        name: parameter.name.clone(),
        accepts: Arc::new(parameter.parameter_type.clone()),
    });
    PluginFunction {
        name: Arc::clone(&function.name),
        parameters: parameters.collect(),
        required: function.required(),
        returns: function.result.value_type(),
        is_fallible: function.is_fallible(),
        signature: function.to_string(),
    }
}

impl Accepts for PluginType {
    fn accepts(&self, argument: &Type) -> bool {
        PluginType::accepts(self, argument)
    }
}
