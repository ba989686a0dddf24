use std::fmt::Debug;

use crate::model::Value;

use super::fault::{Fault, quote};
use super::node::PluginNode;

/// Calls the functions of plugins. What a call gives depends on its arguments alone.
pub trait Plugins: Debug + Send + Sync {
    /// Calls a function by its index. No argument is unknown. Errors with why there is no value, worded
    /// to follow the call, such as `refused: not a number`.
    fn call(&self, plugin: &str, function: usize, arguments: &[Value]) -> Result<Value, String>;

    /// Tells whether a function has a twin that takes many rows at once.
    fn takes_many(&self, _plugin: &str, _function: usize) -> bool {
        false
    }

    /// Calls a function for many rows, in order, with a result for each: the same as one call for each gives.
    fn call_many(&self, plugin: &str, function: usize, rows: &[Vec<Value>]) -> Vec<Result<Value, String>> {
        rows.iter()
            .map(|arguments| self.call(plugin, function, arguments))
            .collect()
    }
}

/// Stands where no plugin was loaded.
#[derive(Debug)]
pub(super) struct NoPlugins;

impl Plugins for NoPlugins {
    fn call(&self, _: &str, _: usize, _: &[Value]) -> Result<Value, String> {
        Err("can't be called: the plugin is not loaded".to_owned())
    }
}

/// Says why a call gave no value; names the call with its arguments.
pub(super) fn call_fault(call: &PluginNode, arguments: &[Value], reason: &str) -> Fault {
    let shown: Vec<String> = arguments.iter().map(argument).collect();
    let name = format!("{}.{}", call.plugin, call.function);
    Fault::new(format!("`{name}({})` {reason}", shown.join(", ")))
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
        check(&calls, &row([Value::text("yes")]), expect![[r#"name = "yes""#]]);
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

    /// Takes many rows at once, and makes no single call.
    #[derive(Debug)]
    struct Many;

    impl Plugins for Many {
        fn call(&self, _: &str, _: usize, _: &[Value]) -> Result<Value, String> {
            Err("was called alone".to_owned())
        }

        fn takes_many(&self, _: &str, _: usize) -> bool {
            true
        }

        fn call_many(&self, _: &str, _: usize, rows: &[Vec<Value>]) -> Vec<Result<Value, String>> {
            rows.iter()
                .map(|arguments| Echo.call("echo", 0, arguments))
                .collect()
        }
    }

    #[test]
    fn rows_are_called_for_at_once_and_each_gets_its_own_value_or_refusal() {
        let calls = evaluator(vec![create(0, "customer", vec![("name", echo(vec![column(0)]))])]);
        let calls = calls.with_plugins(Arc::new(Many));
        let rows = [
            row([Value::text("yes")]),
            row([Value::text("no")]),
            row([Value::text("so")]),
        ];
        let prepared = calls.prepare(&rows);
        let names: Vec<String> = rows
            .iter()
            .enumerate()
            .map(
                |(index, row)| match calls.prepared_record(row, &[], Some((&prepared, index))) {
                    Ok(steps) => steps[0].form.text("name").unwrap_or_default().to_owned(),
                    Err(rejection) => rejection.message,
                },
            )
            .collect();
        assert_eq!(
            names,
            ["yes", "`echo.same(\"no\")` refused: I don't like it", "so"]
        );
        // A call that answers need is made alone, when they are known.
        let later = evaluator(vec![create(
            0,
            "customer",
            vec![("name", echo(vec![answer(0, &["id"])]))],
        )]);
        let later = later.with_plugins(Arc::new(Many));
        let prepared = later.prepare(&rows);
        let steps = later
            .prepared_record(&rows[0], &[], Some((&prepared, 0)))
            .expect("it evaluates");
        assert!(!steps[0].form.is_known());
    }
}
