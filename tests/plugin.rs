//! Hostile plugins: each is stopped with an error that names it and the limit, and other calls go on.

use std::path::{Path, PathBuf};

use sheetflow::model::Value;
use sheetflow::plugin::{Host, Limits, Plugin, PluginError};

fn hostile(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/hostile")
        .join(format!("{name}.wat"))
}

fn load(name: &str) -> Result<Plugin, PluginError> {
    let host = Host::new().expect("the engine starts");
    host.load(name, &hostile(name), Limits::default())
}

fn call(plugin: &Plugin, function: &str, arguments: &[Value]) -> String {
    let (index, _) = plugin.function(function).expect("the plugin has the function");
    match plugin.worker().call(index, arguments) {
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_endless_loop_in_a_call_costs_its_own_row() {
    let plugin = load("spin_in_call").expect("the plugin loads");
    let (spin, _) = plugin.function("spin").expect("the plugin has the function");
    let (double, _) = plugin.function("double").expect("the plugin has the function");
    let mut worker = plugin.worker();
    let doubled = |worker: &mut sheetflow::plugin::Worker| worker.call(double, &[Value::Integer(21)]);
    assert_eq!(doubled(&mut worker), Ok(Value::Integer(42)));
    let error = worker
        .call(spin, &[Value::Integer(1)])
        .expect_err("it never ends");
    assert_eq!(
        error.to_string(),
        "`spin_in_call.spin` used up its fuel of 50000000"
    );
    assert_eq!(doubled(&mut worker), Ok(Value::Integer(42)));
}
