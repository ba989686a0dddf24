//! `sheetflow plugin`: new, build, check and list, as a plugin's author types them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;

use crate::support::Program;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program that finds the tool chains of whoever runs the tests, and the registries that they are told of.
fn program_with_tool_chains() -> Program {
    env::vars().fold(Program::new(), |program, (name, value)| {
        program.with_variable(&name, &value)
    })
}

/// Lets what cargo makes of a plugin stay from one run of the tests to the next, so that only the first is
/// slow.
fn keep_target(program: &Program, plugin: &str) {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(plugin);
    fs::create_dir_all(&kept).expect("a folder can be made");
    let target = program.path("plugins").join(plugin).join("target");
    #[cfg(unix)]
    std::os::unix::fs::symlink(kept, target).expect("a link can be made");
}

/// Makes a plugin's project whose build command copies this component text, so that a test needs no tool
/// chain.
fn text_project(program: &Program, name: &str, component: &str) {
    let folder = program.path("plugins").join(name);
    fs::create_dir_all(folder.join("src")).expect("a folder can be made");
    fs::write(folder.join("src/plugin.wat"), component).expect("a file can be written");
    let manifest = format!(
        "build = \"cp src/plugin.wat built.wat\"\noutput = \"built.wat\"\n\
         component = \"{name}.wasm\"\nsources = [\"src\"]\n"
    );
    fs::write(folder.join("plugin.toml"), manifest).expect("a file can be written");
}

const IDENTITY: &str = r#"(component
  (core module $m (func (export "same") (param i64) (result i64) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "same") (param "number" s64) (result s64) (canon lift (core func $i "same"))))"#;

const COUNTER: &str = r#"(component
  (core module $m
    (global $calls (mut i64) (i64.const 0))
    (func (export "next") (param i64) (result i64)
      (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
      (global.get $calls)))
  (core instance $i (instantiate $m))
  (func (export "next") (param "number" s64) (result s64) (canon lift (core func $i "next"))))"#;

#[test]
fn a_new_rust_plugin_builds_and_is_pure() {
    let program = program_with_tool_chains();
    let made = program.run("plugin new item-code --lang rust");
    expect![[r#"
        made:
          plugins/item-code/wit/plugin.wit
          plugins/item-code/README.md
          plugins/item-code/plugin.toml
          plugins/item-code/Cargo.toml
          plugins/item-code/src/lib.rs
          plugins/item-code/src/code.rs
          plugins/item-code/.gitignore

        The build needs rustup.

        next:
          sheetflow plugin build plugins/item-code
          sheetflow plugin check plugins/item-code
    "#]]
    .assert_eq(&made.stdout);

    keep_target(&program, "item-code");
    let built = program.run("plugin build plugins/item-code --format json");
    assert_eq!(built.status, Some(0), "{built:?}");
    assert_eq!(built.json()["plugins"][0]["built"], true);

    let checked = program.run("plugin check plugins/item-code --format json");
    assert_eq!(checked.status, Some(0), "{checked:?}");
    let report = checked.json();
    assert_eq!(report["name"], "item_code");
    assert_eq!(report["purity"]["pure"], true);
    assert_eq!(report["is_stale"], false);
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(0));
    assert_eq!(
        report["functions"][0]["signature"],
        "code(text: text) -> text, or an error"
    );
    assert_eq!(report["functions"][1]["name"], "has_code");

    let again = program.run("plugin build --format json");
    assert_eq!(again.json()["plugins"][0]["built"], false, "{again:?}");
}

/// A flow that asks the plugins of all languages for the same.
const ALL_LANGUAGES: &str = "
use with_rust   from \"plugins/with-rust\"
use with_c      from \"plugins/with-c\"
use with_js     from \"plugins/with-js\"
use with_python from \"plugins/with-python\"
use with_zig    from \"plugins/with-zig\"

source items = csv(\"items.csv\")

flow items {
  from items
  key  No
  upsert product by metadata.no {
    name            = Item
    metadata.no     = No
    metadata.rust   = with_rust.code(Item)
    metadata.c      = with_c.code(Item)
    metadata.js     = with_js.code(Item)
    metadata.python = with_python.code(Item)
    metadata.zig    = with_zig.code(Item)
  }
}
";

#[test]
fn plugins_of_all_languages_are_built_and_one_flow_applies_with_all_of_them() {
    let program = program_with_tool_chains();
    for language in ["rust", "c", "js", "python", "zig"] {
        let name = format!("with-{language}");
        let made = program.run(&format!("plugin new {name} --lang {language}"));
        assert_eq!(made.status, Some(0), "{made:?}");
    }
    fs::write(program.path("items.csv"), "No,Item\n1,ab-12\n2,  Zr/9\n3,--\n").expect("a file");
    fs::write(program.path("items.flow"), ALL_LANGUAGES).expect("a file");
    let built = program.run("plugin build --format json");
    assert_eq!(built.status, Some(0), "{built:?}");

    let applied = program.run("apply --sandbox --yes --format json");
    // The third item has no code, and all plugins say so; the first of them is named.
    assert_eq!(applied.status, Some(1), "{applied:?}");
    let report = applied.json();
    assert_eq!(report["totals"]["created"], 2, "{applied:?}");
    assert_eq!(report["totals"]["rejected"], 1);
    assert!(
        applied.stdout.contains("has no letter and no digit"),
        "{}",
        applied.stdout
    );

    fs::write(program.path("items.csv"), "No,Item\n1,ab-13\n2,  Zr/9\n").expect("a file");
    let plan = program.run("plan --sandbox --format json").json();
    let form = &plan["flows"][0]["records"][0]["steps"][0]["form"];
    for language in ["rust", "c", "js", "python", "zig"] {
        assert_eq!(form[format!("metadata[{language}]")], "AB13", "{language}");
    }
    assert_eq!(plan["totals"]["unchanged"], 1);
}

#[test]
fn every_language_is_started_and_nothing_is_overwritten() {
    let program = Program::new();
    for language in ["rust", "c", "js", "python", "zig"] {
        let arguments = ["plugin", "new", language, "--lang", language];
        let made = program.run_with(arguments);
        assert_eq!(made.status, Some(0), "{made:?}");
        let manifest = program.path(format!("plugins/{language}/plugin.toml"));
        let written = fs::read_to_string(&manifest).expect("the manifest is there");
        assert!(written.contains(&format!("component = \"{language}.wasm\"")));
        let again = program.run_with(arguments);
        assert_eq!(again.status, Some(2));
        assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    }
    let refused = program.run("plugin new Item_Code --lang rust");
    assert_eq!(refused.status, Some(2));
    assert!(
        refused.stderr.contains("`Item_Code` can't be a plugin's name"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_bundled_component_shows_its_functions_in_the_words_of_flows() {
    let program = Program::new();
    let component = repository("plugins/phone/phone.wasm");
    let checked = program.run_with(["plugin".as_ref(), "check".as_ref(), component.as_os_str()]);
    assert_eq!(checked.status, Some(0), "{checked:?}");
    for words in [
        "phone.e164(number: text, region: text or null) -> text, or an error",
        "also in batches",
        "phone.is_valid(number: text, region: text or null) -> boolean",
        "yes: 16 calls gave the same on a shared and on a fresh instance",
    ] {
        assert!(checked.stdout.contains(words), "{words}: {}", checked.stdout);
    }
}

#[test]
fn a_component_that_wants_the_clock_is_refused_with_the_way_out() {
    let program = Program::new();
    let component = repository("tests/hostile/import_clock.wat");
    let arguments = ["plugin".as_ref(), "check".as_ref(), component.as_os_str()];
    let refused = program.run_with(arguments);
    assert_eq!(refused.status, Some(2));
    assert_eq!(refused.stdout, "");
    for words in [
        "the plugin `import_clock` imports `wasi:clocks/wall-clock@0.2.3`",
        "help: build it without WASI",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }

    let arguments = arguments
        .into_iter()
        .chain(["--format".as_ref(), "json".as_ref()]);
    let report = program.run_with(arguments).json();
    assert_eq!(report["error"]["kind"], "plugin");
}

#[test]
fn a_component_that_counts_its_calls_is_not_pure() {
    let program = Program::new();
    fs::write(program.path("counter.wat"), COUNTER).expect("a file can be written");
    let checked = program.run("plugin check counter.wat");
    assert_eq!(checked.status, Some(2));
    assert!(
        checked
            .stdout
            .contains("no: `next(1)` gave `2`, and on a fresh instance `1`"),
        "{}",
        checked.stdout
    );
}

#[test]
fn a_build_that_fails_keeps_the_former_component_and_the_others() {
    let program = Program::new().with_variable("PATH", &env::var("PATH").expect("there is a path"));
    text_project(&program, "broken", IDENTITY);
    text_project(&program, "sound", IDENTITY);
    assert_eq!(program.run("plugin build").status, Some(0));
    let component = program.path("plugins/broken/broken.wasm");
    let former = fs::read(&component).expect("it was built");

    fs::write(program.path("plugins/broken/src/plugin.wat"), "(component").expect("a file can be written");
    let outcome = program.run("plugin build --format json");
    assert_eq!(outcome.status, Some(2));
    let report = outcome.json();
    let message = report["plugins"][0]["error"]["message"]
        .as_str()
        .unwrap_or_default();
    assert!(message.contains("is not a WebAssembly component"), "{message}");
    assert_eq!(report["plugins"][1]["built"], false);
    assert_eq!(fs::read(&component).expect("it is still there"), former);

    let checked = program.run("plugin check plugins/broken --format json");
    assert_eq!(checked.json()["is_stale"], true);
}

#[test]
fn a_list_names_every_plugin_with_its_functions_or_its_problem() {
    let program = Program::new();
    assert!(program.run("plugin list").stdout.starts_with("no plugins"));
    text_project(&program, "unbuilt", IDENTITY);
    fs::write(program.path("plugins/same.wat"), IDENTITY).expect("a file can be written");
    let listed = program.run("plugin list");
    for words in [
        "plugins/same.wat\n  same.same(number: integer) -> integer",
        "plugins/unbuilt\n",
        "`sheetflow plugin build` does it",
    ] {
        assert!(listed.stdout.contains(words), "{words}: {}", listed.stdout);
    }
    assert_eq!(listed.status, Some(2));
    let report = program.run("plugin list --format json").json();
    assert_eq!(report["plugins"][0]["functions"][0]["returns"], "integer");
}

#[test]
fn a_place_without_sources_has_nothing_to_build() {
    let outcome = Program::new().run("plugin build");
    assert_eq!(outcome.status, Some(2));
    assert!(
        outcome.stderr.contains("`.` has no plugin with a `plugin.toml`"),
        "{}",
        outcome.stderr
    );
}
