//! Calls of honest plugins: many rows at once, many threads, many instances.

use std::thread;

use expect_test::expect;
use sheetflow::model::{Type, Value};
use sheetflow::plugin::{Host, Limits, Plugin, Purity};

/// `double` with a batch twin; `lost`, whose twin forgets a row; `odd`, which fails for odd numbers, and
/// whose twin traps.
const BATCHES: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "reset") (param i32) (global.set $next (i32.const 1024)))
    (func (export "double") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2)))
    (func $double-batch (export "double-batch") (param $at i32) (param $count i32) (result i32)
      (local $i i32)
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
          (i64.store (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 3)))
            (i64.mul (i64.const 2)
              (i64.load (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 3))))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (local.get $count))
      (i32.const 0))
    (func (export "lost-batch") (param $at i32) (param $count i32) (result i32)
      (call $double-batch (local.get $at) (i32.sub (local.get $count) (i32.const 1))))
    (func (export "odd") (param i64) (result i64)
      (if (i64.eqz (i64.and (local.get 0) (i64.const 1))) (then (return (local.get 0))))
      unreachable)
    (func (export "odd-batch") (param i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "double") (param "n" s64) (result s64) (canon lift (core func $i "double")))
  (func (export "double-batch") (param "n" (list s64)) (result (list s64))
    (canon lift (core func $i "double-batch") (memory $memory) (realloc (func $realloc))
      (post-return (func $i "reset"))))
  (func (export "lost") (param "n" s64) (result s64) (canon lift (core func $i "double")))
  (func (export "lost-batch") (param "n" (list s64)) (result (list s64))
    (canon lift (core func $i "lost-batch") (memory $memory) (realloc (func $realloc))
      (post-return (func $i "reset"))))
  (func (export "odd") (param "n" s64) (result s64) (canon lift (core func $i "odd")))
  (func (export "odd-batch") (param "n" (list s64)) (result (list s64))
    (canon lift (core func $i "odd-batch") (memory $memory) (realloc (func $realloc)))))"#;

fn batches() -> Plugin {
    Host::new()
        .expect("the engine starts")
        .compile("batches", BATCHES.as_bytes(), Limits::default())
        .expect("the plugin loads")
}

fn rows(count: i64) -> Vec<Vec<Value>> {
    (0..count).map(|number| vec![Value::Integer(number)]).collect()
}

/// Calls a function for all rows at once, and writes what became of each.
fn at_once(plugin: &Plugin, function: &str, rows: &[Vec<Value>]) -> Vec<String> {
    let (index, _) = plugin.function(function).expect("the plugin has the function");
    plugin
        .worker()
        .call_batch(index, rows)
        .into_iter()
        .map(|value| value.map_or_else(|error| error.to_string(), |value| value.to_string()))
        .collect()
}

#[test]
fn batch_twins_are_no_functions_of_their_own() {
    let names: Vec<String> = batches().functions().iter().map(ToString::to_string).collect();
    expect![[r#"
        [
            "double(n: integer) -> integer",
            "lost(n: integer) -> integer",
            "odd(n: integer) -> integer",
        ]
    "#]]
    .assert_debug_eq(&names);
}

#[test]
fn many_rows_at_once_give_what_each_gives_alone() {
    let plugin = batches();
    let expected: Vec<String> = (0..250).map(|number| (number * 2).to_string()).collect();
    assert_eq!(at_once(&plugin, "double", &rows(250)), expected);
}

#[test]
fn rows_that_need_no_call_keep_their_place_among_the_others() {
    let mut mixed = rows(4);
    mixed[1] = vec![Value::Null];
    mixed[2] = vec![Value::text("two")];
    expect![[r#"
        [
            "0",
            "",
            "`batches.double` takes integer as `n`, found text `two`",
            "6",
        ]
    "#]]
    .assert_debug_eq(&at_once(&batches(), "double", &mixed));
}

#[test]
fn a_twin_that_loses_rows_is_not_believed() {
    let expected: Vec<String> = (0..10).map(|number| (number * 2).to_string()).collect();
    assert_eq!(at_once(&batches(), "lost", &rows(10)), expected);
}

#[test]
fn a_twin_that_traps_costs_no_row_that_does_well_alone() {
    expect![[r#"
        [
            "0",
            "`batches.odd` trapped: it stopped itself, as a program does that panics",
            "2",
        ]
    "#]]
    .assert_debug_eq(&at_once(&batches(), "odd", &rows(3)));
}

#[test]
fn eight_threads_give_what_one_gives() {
    let plugin = batches();
    let (odd, _) = plugin.function("odd").expect("the plugin has the function");
    let run = |numbers: Vec<i64>| -> Vec<String> {
        let mut worker = plugin.worker();
        numbers
            .into_iter()
            .map(|number| format!("{:?}", worker.call(odd, &[Value::Integer(number)])))
            .collect()
    };
    let alone = run((0..1_600).collect());
    let together: Vec<String> = thread::scope(|scope| {
        let parts: Vec<_> = (0..8)
            .map(|part| scope.spawn(move || run((part * 200..(part + 1) * 200).collect())))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().expect("no worker panics"))
            .collect()
    });
    assert_eq!(alone, together);
}

#[test]
fn the_same_call_uses_the_same_fuel_in_every_instance() {
    let plugin = batches();
    let mut worker = plugin.worker();
    let mut fuel: Vec<u64> = (0..2_500)
        .map(|_| {
            worker.call(0, &[Value::Integer(1)]).expect("the call succeeds");
            worker.fuel_used()
        })
        .collect();
    fuel.dedup();
    assert_eq!(fuel.len(), 1);
    assert!(fuel[0] > 0);
}

#[test]
fn a_call_is_checked_before_any_row_is_read() {
    let plugin = batches();
    let (_, double) = plugin.function("double").expect("the plugin has the function");
    let told = |arguments: &[Type]| match double.check_arguments(arguments) {
        Ok(()) => "it fits".to_owned(),
        Err(failure) => failure.to_string(),
    };
    assert_eq!(told(&[Type::Integer]), "it fits");
    assert_eq!(told(&[Type::Text]), "it fits");
    assert_eq!(told(&[]), "takes 1 argument, found 0");
    assert_eq!(told(&[Type::Boolean]), "takes integer as `n`, found boolean");
}

#[test]
fn the_hash_changes_with_the_file() {
    let host = Host::new().expect("the engine starts");
    let load = |text: &str| {
        host.compile("batches", text.as_bytes(), Limits::default())
            .expect("the plugin loads")
            .hash()
            .clone()
    };
    assert_eq!(load(BATCHES), load(BATCHES));
    assert_ne!(load(BATCHES), load(&format!("{BATCHES}\n")));
}

/// Gives the number of rows that the instance has seen.
const COUNTER: &str = r#"(component
  (core module $m
    (global $rows (mut i64) (i64.const 0))
    (func (export "f") (param i64) (result i64)
      (global.set $rows (i64.add (global.get $rows) (i64.const 1)))
      (global.get $rows)))
  (core instance $i (instantiate $m))
  (func (export "row-number") (param "n" s64) (result s64) (canon lift (core func $i "f"))))"#;

#[test]
fn a_function_that_counts_its_calls_is_found_out() {
    let plugin = Host::new()
        .expect("the engine starts")
        .compile("counter", COUNTER.as_bytes(), Limits::default())
        .expect("the plugin loads");
    let Purity::Differed(difference) = plugin.sample_purity() else {
        unreachable!("it counts")
    };
    assert_eq!(difference.function, "row_number");
    assert_eq!(difference.fresh, Ok(Value::Integer(1)));
    assert_eq!(difference.shared, Ok(Value::Integer(2)));
}

#[test]
fn honest_functions_are_not_suspected() {
    assert!(matches!(batches().sample_purity(), Purity::Agreed { .. }));
}

#[test]
fn workers_go_from_thread_to_thread() {
    fn assert_sent<T: Send>() {}
    fn assert_shared<T: Send + Sync>() {}
    assert_sent::<sheetflow::plugin::Worker>();
    assert_shared::<Plugin>();
    assert_shared::<Host>();
}
