//! Plugin projects: `plugin.toml`, its build command, and what becomes of its output.

use std::fs;
use std::path::Path;

use expect_test::expect;
use sheetflow::model::Value;
use sheetflow::plugin::{Host, Limits, Project};
use tempfile::TempDir;

const COMPONENT: &str = r#"(component
  (core module $m (func (export "f") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 3))))
  (core instance $i (instantiate $m))
  (func (export "triple") (param "n" s64) (result s64) (canon lift (core func $i "f"))))"#;

const MODULE: &[u8] = b"(module (func (export \"triple\") (param i64) (result i64)
  (i64.mul (local.get 0) (i64.const 3))))";

const WIT: &str = "package example:triple; world triple { export triple: func(n: s64) -> s64; }";

/// Makes a project whose build copies `source` to `output`.
fn project(manifest: &str, source: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("plugin.toml"), manifest).expect("the manifest");
    fs::write(folder.path().join("source"), source).expect("the source");
    fs::write(folder.path().join("triple.wit"), WIT).expect("the WIT");
    folder
}

fn copying(rest: &str) -> String {
    format!(
        "build = \"cp source output\"\noutput = \"output\"\ncomponent = \"triple.wasm\"\nsources = [\"source\"]\n{rest}"
    )
}

/// Builds a project; gives what its function makes of 14, or the words of an error.
fn built(folder: &Path) -> String {
    let built = Project::read(folder).and_then(|project| project.build());
    if let Err(error) = built {
        let place = folder.display().to_string();
        return error.to_string().replace(&place, "PROJECT");
    }
    let host = Host::new().expect("the engine starts");
    match host.load("triple", folder, Limits::default()) {
        Ok(plugin) => match plugin.worker().call(0, &[Value::Integer(14)]) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_a_build_command_makes_becomes_the_component() {
    let folder = project(&copying(""), COMPONENT.as_bytes());
    assert_eq!(built(folder.path()), "42");
}

#[test]
fn a_module_without_metadata_is_lifted_with_the_projects_wit() {
    let module = wat::parse_bytes(MODULE).expect("the text is a module");
    let folder = project(&copying("wit = \"triple.wit\"\n"), &module);
    assert_eq!(built(folder.path()), "42");
}

#[test]
fn a_component_is_stale_as_soon_as_its_sources_change() {
    let folder = project(&copying(""), COMPONENT.as_bytes());
    let project = Project::read(folder.path()).expect("the project is read");
    let is_stale = || project.is_stale().expect("the sources are read");
    assert!(is_stale(), "it is not built");
    project.build().expect("it is built");
    assert!(!is_stale());
    fs::write(folder.path().join("source"), COMPONENT.replace('3', "4")).expect("the source");
    assert!(is_stale());
}

#[test]
fn a_failed_build_says_why_and_leaves_the_component_alone() {
    let folder = project(&copying(""), COMPONENT.as_bytes());
    assert_eq!(built(folder.path()), "42");
    let component = folder.path().join("triple.wasm");
    let before = fs::read(&component).expect("the component");
    let broken = [
        copying("").replace("cp source output", "echo line 7 is wrong >&2; exit 3"),
        copying("").replace("cp source output", "rm -f output"),
        copying("").replace("cp source output", "echo nonsense > output"),
    ];
    let told: Vec<String> = broken
        .iter()
        .map(|manifest| {
            fs::write(folder.path().join("plugin.toml"), manifest).expect("the manifest");
            let error = Project::read(folder.path())
                .expect("the project is read")
                .build()
                .expect_err("the build fails");
            let place = folder.path().display().to_string();
            let name = folder.path().file_name().expect("a name").to_string_lossy();
            error
                .to_string()
                .replace(&place, "PROJECT")
                .replace(&*name, "PROJECT")
        })
        .collect();
    expect![[r#"
        `echo line 7 is wrong >&2; exit 3` failed (exit status: 3):
        line 7 is wrong
        ---
        `PROJECT/output` can't be used
        ---
        the plugin `PROJECT` is not a WebAssembly component: expected `(`
             --> <anon>:1:1
              |
            1 | nonsense
              | ^"#]]
    .assert_eq(&told.join("\n---\n"));
    assert_eq!(fs::read(&component).expect("the component"), before);
}

#[test]
fn a_manifest_that_is_wrong_says_where() {
    let told = |manifest: &str| built(project(manifest, b"").path());
    expect![[r#"
        `PROJECT/plugin.toml` is wrong: invalid type: integer `7`, expected a string
        ---
        `PROJECT/plugin.toml` is wrong: unknown field `colour`, expected one of `build`, `output`, `component`, `wit`, `sources`
        ---
        `PROJECT/plugin.toml` is wrong: `../output` leaves the project's folder
        ---
        `PROJECT/plugin.toml` is wrong: `/etc` leaves the project's folder
        ---
        `PROJECT/gone` can't be used"#]].assert_eq(
        &[
            told("build = 7"),
            told(&copying("colour = \"red\"\n")),
            told(&copying("").replace("\"output\"", "\"../output\"")),
            told(&copying("").replace("[\"source\"]", "[\"/etc\"]")),
            told(&copying("").replace("[\"source\"]", "[\"gone\"]")),
        ]
        .join("\n---\n"),
    );
}

#[test]
fn a_project_that_is_not_built_says_how() {
    let folder = project(&copying(""), b"");
    let host = Host::new().expect("the engine starts");
    let error = host
        .load("triple", folder.path(), Limits::default())
        .expect_err("it is not built");
    let place = folder.path().display().to_string();
    expect!["the plugin `triple` can't be used: `PROJECT/triple.wasm` is not built; `sheetflow plugin build` does it"].assert_eq(&error.to_string().replace(&place, "PROJECT"));
}
