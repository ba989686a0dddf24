//! `with wasi_stub`: a frozen world for plugins whose tool chain can't build without WASI.

use expect_test::expect;
use sheetflow::model::Value;
use sheetflow::plugin::{Host, Imports, Limits, Plugin, PluginError, Worker};

/// Asks for the time, for randomness and for an end, and writes to its output.
const NOSY: &str = r#"(component
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock
    (export "now" (func (result u64)))))
  (import "wasi:random/random@0.2.3" (instance $random
    (export "get-random-u64" (func (result u64)))))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (export "[method]output-stream.check-write" (func (param "self" (borrow $out)) (result (result u64))))))
  (alias export $streams "output-stream" (type $out))
  (import "wasi:cli/stdout@0.2.3" (instance $stdout
    (alias outer 1 $out (type $out'))
    (export "out" (type $out'' (eq $out')))
    (export "get-stdout" (func (result (own $out''))))))
  (import "wasi:sockets/network@0.2.3" (instance $network
    (export "connect" (func (result u64)))))
  (core func $now (canon lower (func $clock "now")))
  (core func $next (canon lower (func $random "get-random-u64")))
  (core func $connect (canon lower (func $network "connect")))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $drop (canon resource.drop $out))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $space))
  (core func $check (canon lower (func $streams "[method]output-stream.check-write") (memory $space)))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "now" (func $now (result i64)))
    (import "" "next" (func $next (result i64)))
    (import "" "connect" (func $connect (result i64)))
    (import "" "get" (func $get (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "check" (func $check (param i32 i32)))
    (func (export "now") (result i64) (call $now))
    (func (export "random") (result i64)
      (drop (call $next))
      (i64.shr_u (call $next) (i64.const 1)))
    (func (export "connect") (result i64) (call $connect))
    (func (export "room") (result i64)
      (local $stream i32)
      (local.set $stream (call $get))
      (call $check (local.get $stream) (i32.const 0))
      (call $drop (local.get $stream))
      (i64.load (i32.const 8))))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $space))
    (export "now" (func $now))
    (export "next" (func $next))
    (export "connect" (func $connect))
    (export "get" (func $get))
    (export "drop" (func $drop))
    (export "check" (func $check))))))
  (func (export "now") (result u64) (canon lift (core func $i "now")))
  (func (export "random") (result u64) (canon lift (core func $i "random")))
  (func (export "connect") (result u64) (canon lift (core func $i "connect")))
  (func (export "room") (result u64) (canon lift (core func $i "room"))))"#;

fn load(text: &str, imports: Imports) -> Result<Plugin, PluginError> {
    let limits = Limits {
        imports,
        ..Limits::default()
    };
    Host::new()
        .expect("the engine starts")
        .compile("nosy", text.as_bytes(), limits)
}

fn call(worker: &mut Worker, plugin: &Plugin, function: &str) -> String {
    let (index, _) = plugin.function(function).expect("the plugin has the function");
    match worker.call(index, &[]) {
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn nothing_is_stubbed_unless_it_is_asked_for() {
    let error = load(NOSY, Imports::Nothing).expect_err("it imports WASI");
    expect!["the plugin `nosy` imports `wasi:clocks/monotonic-clock@0.2.3`, `wasi:random/random@0.2.3`, `wasi:io/streams@0.2.3`, `wasi:cli/stdout@0.2.3`, `wasi:sockets/network@0.2.3`, and a plugin gets nothing from outside"].assert_eq(&error.to_string());
}

#[test]
fn the_stubbed_world_stands_still() {
    let plugin = load(NOSY, Imports::WasiStub).expect("the plugin loads");
    let mut worker = plugin.worker();
    let answers: Vec<String> = ["now", "room", "connect", "now"]
        .into_iter()
        .map(|function| format!("{function}: {}", call(&mut worker, &plugin, function)))
        .collect();
    expect![[r#"
        now: 0
        room: 4096
        connect: `nosy.connect` trapped: it calls `wasi:sockets/network#connect`, which `wasi_stub` does not have
        now: 0"#]].assert_eq(&answers.join("\n"));
}

#[test]
fn every_call_meets_the_same_randomness() {
    let plugin = load(NOSY, Imports::WasiStub).expect("the plugin loads");
    let mut worker = plugin.worker();
    let first = call(&mut worker, &plugin, "random");
    assert_eq!(call(&mut worker, &plugin, "random"), first);
    assert_eq!(call(&mut plugin.worker(), &plugin, "random"), first);
    assert_ne!(first, Value::Integer(0).to_string());
}

#[test]
fn the_stub_is_of_wasi_alone() {
    let text = NOSY.replace("wasi:sockets/network@0.2.3", "acme:shop/network@1.0.0");
    let error = load(&text, Imports::WasiStub).expect_err("it imports more than WASI");
    expect!["the plugin `nosy` imports `acme:shop/network@1.0.0`, and a plugin gets nothing from outside"]
        .assert_eq(&error.to_string());
}
