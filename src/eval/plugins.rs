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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::expect;

    use super::Plugins;
    use crate::eval::testing::{answer, check, column, create, evaluator, expression, row};
    use crate::lang::program::{Expression, ExpressionKind};
    use crate::model::Value;

    /// Gives its first argument back, and refuses `no`.
    #[derive(Debug)]
    struct Echo;

    impl Plugins for Echo {
        fn call(&self, _: &str, _: usize, arguments: &[Value]) -> Result<Value, String> {
            match arguments.first() {
                Some(Value::Text(text)) if &**text == "no" => Err("refused: I don't like it".to_owned()),
                Some(value) if *value != Value::Unknown => Ok(value.clone()),
                _ => Err("was called with what is not known".to_owned()),
            }
        }
    }

    fn echo(arguments: Vec<Expression>) -> Expression {
        expression(ExpressionKind::PluginCall {
            plugin: Arc::from("echo"),
            function: Arc::from("same"),
            index: 0,
            arguments,
        })
    }

    #[test]
    fn a_refused_call_rejects_the_row_at_the_cell_and_shows_the_call() {
        let calls = evaluator(vec![create(0, "customer", vec![("name", echo(vec![column(0)]))])]);
        let calls = calls.with_plugins(Arc::new(Echo));
        check(&calls, &row([Value::text("yes")]), expect!["name = yes"]);
        check(
            &calls,
            &row([Value::text("no")]),
            expect![[
                r#"book.xlsx, sheet Sheet1, cell A2 (name): `echo.same("no")` refused: I don't like it"#
            ]],
        );
    }

    #[test]
    fn an_argument_that_is_not_known_yet_gives_an_unknown_value_without_a_call() {
        let calls = evaluator(vec![create(
            0,
            "customer",
            vec![("name", echo(vec![answer(0, &["id"])]))],
        )]);
        let calls = calls.with_plugins(Arc::new(Echo));
        check(&calls, &row([Value::Null]), expect!["name = (known after apply)"]);
    }

    #[test]
    fn a_flow_without_its_plugins_rejects_the_row() {
        let calls = evaluator(vec![create(0, "customer", vec![("name", echo(vec![column(0)]))])]);
        check(
            &calls,
            &row([Value::text("a")]),
            expect![[
                r#"book.xlsx, sheet Sheet1, cell A2 (name): `echo.same("a")` can't be called: the plugin is not loaded"#
            ]],
        );
    }
}
