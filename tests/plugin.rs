//! Hostile plugins: each is stopped with an error that names it and the limit, and other calls go on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use expect_test::{Expect, expect};
use sheetflow::model::Value;
use sheetflow::plugin::{Host, Limits, Plugin, PluginError, Worker};

fn hostile(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/hostile")
        .join(format!("{name}.wat"))
}

fn load(name: &str) -> Plugin {
    try_load(name, Limits::default()).expect("the plugin loads")
}

fn try_load(name: &str, limits: Limits) -> Result<Plugin, PluginError> {
    let host = Host::new().expect("the engine starts");
    host.load(name, &hostile(name), limits)
}

/// Writes an error with its causes, as a person sees them.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an inline snapshot is made for its own place"
)]
fn refused(name: &str, expected: Expect) {
    let error = try_load(name, Limits::default()).expect_err("the plugin is refused");
    expected.assert_eq(&told(&error));
}

fn call(worker: &mut Worker, plugin: &Plugin, function: &str, arguments: &[Value]) -> String {
    let (index, _) = plugin.function(function).expect("the plugin has the function");
    match worker.call(index, arguments) {
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Calls functions one after the other through one worker, with a neighbour's honest call at the end.
#[expect(
    clippy::needless_pass_by_value,
    reason = "an inline snapshot is made for its own place"
)]
fn calls(plugin: &Plugin, functions: &[&str], arguments: &[Value], expected: Expect) {
    let mut worker = plugin.worker();
    let lines: Vec<String> = functions
        .iter()
        .map(|function| call(&mut worker, plugin, function, arguments))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn an_endless_loop_costs_its_own_row() {
    calls(
        &load("spin_in_call"),
        &["double", "spin", "double"],
        &[Value::Integer(21)],
        expect![[r#"
            42
            `spin_in_call.spin` used up its fuel of 50_000_000
            42"#]],
    );
}

#[test]
fn an_endless_start_is_found_when_the_plugin_is_loaded() {
    refused(
        "spin_at_start",
        expect!["the plugin `spin_at_start` does not start: `spin_at_start` used up its fuel of 50_000_000"],
    );
}

#[test]
fn an_endless_clean_up_costs_its_own_row() {
    calls(
        &load("spin_after_call"),
        &["f"],
        &[Value::Integer(1)],
        expect!["`spin_after_call.f` used up its fuel of 50_000_000"],
    );
}

#[test]
fn the_deadline_ends_what_has_fuel_for_ever() {
    let limits = Limits {
        fuel: u64::MAX,
        time: Duration::from_millis(40),
        ..Limits::default()
    };
    let plugin = try_load("spin_in_call", limits).expect("the plugin loads");
    calls(
        &plugin,
        &["double", "spin", "double"],
        &[Value::Integer(21)],
        expect![[r#"
        42
        `spin_in_call.spin` ran longer than 40ms
        42"#]],
    );
}

#[test]
fn memory_and_tables_are_bounded_from_the_start() {
    refused(
        "memory_at_start",
        expect![[
            r#"the plugin `memory_at_start` does not start: `memory_at_start` asked for more than 64 MiB of memory"#
        ]],
    );
    refused(
        "tables",
        expect!["the plugin `tables` does not start: `tables` asked for more than 100000 table elements"],
    );
}

#[test]
fn all_memories_share_one_bound() {
    calls(
        &load("memory_in_call"),
        &["grow", "keep"],
        &[Value::Integer(1)],
        expect![[r#"
        `memory_in_call.grow` asked for more than 64 MiB of memory
        1"#]],
    );
}

#[test]
fn memory_that_rows_leave_behind_never_fails_a_later_row() {
    let plugin = load("memory_in_call");
    let mut worker = plugin.worker();
    for row in 0..200 {
        assert_eq!(
            call(&mut worker, &plugin, "keep", &[Value::Integer(row)]),
            row.to_string()
        );
    }
}

#[test]
fn endless_recursion_costs_its_own_row() {
    calls(
        &load("recurse"),
        &["double", "f", "double"],
        &[Value::Integer(21)],
        expect![[r#"
            42
            `recurse.f` called itself past 512 KiB of stack
            42"#]],
    );
}

#[test]
fn results_that_are_none_are_refused() {
    calls(
        &load("results"),
        &[
            "beyond",
            "large",
            "many",
            "broken",
            "crooked",
            "no_case",
            "no_character",
            "nan",
            "tiny",
        ],
        &[],
        expect![[r#"
            `results.beyond` gave back what can't be used: string pointer/length out of bounds of memory
            `results.large` gave back more than 16 MiB
            `results.many` gave back more than 16 MiB
            `results.broken` gave back what can't be used: invalid utf-8 sequence of 1 bytes from index 0
            `results.crooked` gave back what can't be used: return pointer not aligned
            `results.no_case` gave back what can't be used: discriminant 7 out of range [0..2)
            `results.no_character` gave back what can't be used: converted integer out of range for `char`
            `results.nan` gave back what can't be used: it is not a finite number
            `results.tiny` gave back what can't be used: `0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001` has more digits than a decimal"#]],
    );
}

#[test]
fn arguments_go_only_into_the_plugins_own_memory() {
    calls(
        &load("arguments"),
        &["f"],
        &[Value::text("abc")],
        expect!["`arguments.f` gave back what can't be used: realloc return: beyond end of memory"],
    );
}

#[test]
fn a_panic_costs_its_own_row() {
    calls(
        &load("panic"),
        &["panic", "divide", "read"],
        &[Value::Integer(0)],
        expect![[r#"
            `panic.panic` trapped: it stopped itself, as a program does that panics
            `panic.divide` trapped: integer divide by zero
            `panic.read` trapped: out of bounds memory access"#]],
    );
}

#[test]
fn what_an_instance_remembers_decides_no_row() {
    calls(
        &load("remember"),
        &["f", "f", "f"],
        &[Value::Integer(7)],
        expect![[r#"
        7
        7
        7"#]],
    );
}

#[test]
fn imports_are_refused_by_name() {
    refused(
        "import_files",
        expect![[
            r#"the plugin `import_files` imports `wasi:filesystem/preopens@0.2.3`, and a plugin gets nothing from outside"#
        ]],
    );
    refused(
        "import_network",
        expect![[
            r#"the plugin `import_network` imports `wasi:sockets/instance-network@0.2.3`, and a plugin gets nothing from outside"#
        ]],
    );
    refused(
        "import_clock",
        expect![[
            r#"the plugin `import_clock` imports `wasi:clocks/wall-clock@0.2.3`, and a plugin gets nothing from outside"#
        ]],
    );
    refused(
        "import_random",
        expect![[
            r#"the plugin `import_random` imports `wasi:random/random@0.2.3`, and a plugin gets nothing from outside"#
        ]],
    );
    refused(
        "import_environment",
        expect![[
            r#"the plugin `import_environment` imports `wasi:cli/environment@0.2.3`, and a plugin gets nothing from outside"#
        ]],
    );
    refused(
        "import_function",
        expect![[
            r#"the plugin `import_function` imports `tell-me`, `handle`, and a plugin gets nothing from outside"#
        ]],
    );
}

#[test]
fn an_import_comes_with_the_way_to_build_without_it() {
    let hint = |name| try_load(name, Limits::default()).expect_err("it imports").hint();
    assert!(hint("import_clock").is_some_and(|hint| hint.contains("wasm32-unknown-unknown")));
    assert!(hint("import_function").is_some_and(|hint| hint.contains("WIT")));
}

#[test]
fn nothing_callable_says_why_for_each_export() {
    refused(
        "export_resources",
        expect![[
            r#"the plugin `export_resources` exports nothing that a flow can call: `[constructor]book` belongs to a resource, which can't leave the plugin; `open` uses a resource, which can't leave the plugin; `marks-of` uses flags, which flows have no value for; `shape-of` uses a variant, which flows have no value for; `init` gives nothing back"#
        ]],
    );
    refused(
        "unfolding_types",
        expect![[
            r#"the plugin `unfolding_types` exports nothing that a flow can call: `f` has types of too many parts"#
        ]],
    );
}

#[test]
fn names_that_collide_are_refused_or_explained() {
    refused(
        "folded_names",
        expect![[
            r#"the plugin `folded_names` is not a WebAssembly component: failed to parse WebAssembly module: export name `to-CENTS` conflicts with previous name `to-cents` (at offset 0x69)"#
        ]],
    );
    let plugin = load("two_interfaces");
    assert!(plugin.function("other").is_some());
    assert!(plugin.function("same").is_none());
    expect![[r#"
        `example:shop/one@1.0.0#same` has a name that `example:shop/two@1.0.0#same` takes too
        `example:shop/two@1.0.0#same` has a name that `example:shop/one@1.0.0#same` takes too"#]]
    .assert_eq(
        &plugin
            .uncallable()
            .iter()
            .map(|export| format!("`{}` {}", export.name, export.reason))
            .collect::<Vec<_>>()
            .join("\n"),
    );
}

#[test]
fn thousands_of_exports_are_refused() {
    let exports: String = (0..2_000)
        .map(|number| format!("(export \"f{number}\" (func $f))"))
        .collect();
    let text = format!(
        r#"(component
          (core module $m (func (export "f") (param i64) (result i64) (local.get 0)))
          (core instance $i (instantiate $m))
          (func $f (param "n" s64) (result s64) (canon lift (core func $i "f")))
          {exports})"#
    );
    let host = Host::new().expect("the engine starts");
    let error = host
        .compile("many", text.as_bytes(), Limits::default())
        .expect_err("it has too many exports");
    expect!["the plugin `many` has more than 500 exports"].assert_eq(&told(&error));
}

#[test]
fn more_instances_than_a_plugin_may_have_are_refused() {
    let instances = "(core instance (instantiate $m))".repeat(200);
    let text = format!(
        r#"(component
          (core module $m (func (export "f") (param i64) (result i64) (local.get 0)))
          (core instance $i (instantiate $m))
          {instances}
          (func (export "f") (param "n" s64) (result s64) (canon lift (core func $i "f"))))"#
    );
    let host = Host::new().expect("the engine starts");
    let error = host
        .compile("crowd", text.as_bytes(), Limits::default())
        .expect_err("it has too many instances");
    expect![[
        r#"the plugin `crowd` does not start: `crowd` asked for more than 100 instances, tables or memories"#
    ]]
    .assert_eq(&told(&error));
}

#[test]
fn what_is_no_component_is_refused() {
    refused(
        "wasip1",
        expect![[
            r#"the plugin `wasip1` imports `wasi_snapshot_preview1#fd_write`, and a plugin gets nothing from outside"#
        ]],
    );
    let host = Host::new().expect("the engine starts");
    let told = |bytes: &[u8]| {
        told(
            &host
                .compile("broken", bytes, Limits::default())
                .expect_err("it is broken"),
        )
    };
    expect![[r#"
        the plugin `broken` is not a WebAssembly component: expected at least one module field
             --> <anon>:1:1
              |
            1 | 
              | ^"#]]
    .assert_eq(&told(b""));
    expect!["the plugin `broken` is not a WebAssembly component: failed to parse WebAssembly module: unexpected end-of-file (at offset 0x4)"].assert_eq(&told(b"\0asm"));
    expect![[
        r#"the plugin `broken` is not a WebAssembly component: it is neither a WebAssembly binary nor text"#
    ]]
    .assert_eq(&told(b"\xff\xfe"));
    expect![[r#"
        the plugin `broken` is not a WebAssembly component: expected `(`
             --> <anon>:1:17
              |
            1 | (component (func))
              |                 ^"#]]
    .assert_eq(&told(b"(component (func))"));
    expect!["the plugin `broken` is not a WebAssembly component: failed to parse WebAssembly module: unexpected end-of-file (at offset 0xa)"].assert_eq(&told(b"\0asm\x0d\0\x01\0\x07\x05"));
}

#[test]
fn a_component_cut_anywhere_is_refused() {
    let whole = wat::parse_file(hostile("two_interfaces")).expect("the text is a component");
    let host = Host::new().expect("the engine starts");
    for length in (0..whole.len()).step_by(7) {
        host.compile("cut", &whole[..length], Limits::default())
            .expect_err("a part of a plugin is none");
    }
}

/// Makes components inside components, as bytes: each is a header and a section of kind 4 with the inner one.
fn nested(depth: usize) -> Vec<u8> {
    const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";
    let mut sizes = vec![HEADER.len()];
    for _ in 0..depth {
        let inner = sizes[sizes.len() - 1];
        sizes.push(HEADER.len() + 1 + encoded(inner).len() + inner);
    }
    let mut bytes = HEADER.to_vec();
    for inner in sizes.iter().rev().skip(1) {
        bytes.push(4);
        bytes.extend(encoded(*inner));
        bytes.extend(HEADER);
    }
    bytes
}

/// Writes a size in LEB128.
fn encoded(mut size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(size & 0x7f).expect("seven bits");
        size >>= 7;
        bytes.push(if size == 0 { low } else { low | 0x80 });
        if size == 0 {
            return bytes;
        }
    }
}

#[test]
fn components_inside_components_exhaust_nothing() {
    let error = compile_error("nested", &nested(200_000));
    expect!["the plugin `nested` has components inside components, more than 4 deep"].assert_eq(&error);
}

#[test]
fn instances_that_double_at_each_level_are_refused() {
    let mut inner = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for depth in 1..4 {
        let copies = format!("(instance (instantiate $c{}))", depth - 1).repeat(40);
        inner = format!("(component $c{depth} {inner} {copies})");
    }
    let error = compile_error("bomb", inner.replacen(" $c3", "", 1).as_bytes());
    expect!["the plugin `bomb` has more than 100 instances of inner components"].assert_eq(&error);
}

#[test]
fn types_inside_types_exhaust_nothing() {
    let types: String = (1..5_000)
        .map(|depth| format!("(type $t{depth} (list $t{}))", depth - 1))
        .collect();
    let text = format!(
        r#"(component
          (core module $m (memory (export "memory") 1) (func (export "f") (result i32) (i32.const 0)))
          (core instance $i (instantiate $m))
          (alias core export $i "memory" (core memory $memory))
          (type $t0 (list u8)) {types}
          (func (export "f") (result $t4999) (canon lift (core func $i "f") (memory $memory))))"#
    );
    let error = compile_error("deep", text.as_bytes());
    expect!["the plugin `deep` is not a WebAssembly component: failed to parse WebAssembly module: type nesting is too deep (at offset 0x146)"].assert_eq(&error);
}

#[test]
fn text_of_many_brackets_exhausts_nothing() {
    let error = compile_error("brackets", "(".repeat(1_000_000).as_bytes());
    assert!(error.contains("is not a WebAssembly component"), "{error}");
}

fn compile_error(name: &str, bytes: &[u8]) -> String {
    let host = Host::new().expect("the engine starts");
    told(
        &host
            .compile(name, bytes, Limits::default())
            .expect_err("it is refused"),
    )
}
