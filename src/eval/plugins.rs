use std::fmt::Debug;

use crate::model::Value;

use super::fault::{Fault, quote};
use super::node::PluginNode;

/// Calls the functions of plugins. What a call gives depends on its arguments alone.
pub trait Plugins: Debug + Send + Sync {
    /// Calls a function by its index. No argument is unknown. Errors with why there is no value, worded
    /// to follow the call, such as `refused: not a number`.
    fn call(&self, plugin: &str, function: usize, arguments: &[Value]) -> Result<Value, String>;
}

/// Stands where no plugin was loaded.
#[derive(Debug)]
pub(super) struct NoPlugins;

impl Plugins for NoPlugins {
    fn call(&self, _: &str, _: usize, _: &[Value]) -> Result<Value, String> {
        Err("can't be called: the plugin is not loaded".to_owned())
    }
}

/// Makes a call; a fault names the call with its arguments.
pub(super) fn call_plugin(
    plugins: &dyn Plugins,
    call: &PluginNode,
    arguments: &[Value],
) -> Result<Value, Fault> {
    plugins
        .call(&call.plugin, call.index, arguments)
        .map_err(|reason| {
            let shown: Vec<String> = arguments.iter().map(argument).collect();
            let name = format!("{}.{}", call.plugin, call.function);
            Fault::new(format!("`{name}({})` {reason}", shown.join(", ")))
        })
}

/// Writes an argument as a flow would, shortened when it is long.
fn argument(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::List(_) => "[…]".to_owned(),
        Value::Record(_) => "{…}".to_owned(),
        Value::Text(text) => format!("\"{}\"", quote(text).trim_matches('`')),
        Value::Boolean(_)
        | Value::Integer(_)
        | Value::Decimal(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Unknown => value.to_string(),
    }
}
