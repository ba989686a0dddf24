//! Stripe's own clients, from their registries and unchanged, against the sandbox.
//!
//! What is installed stays below `target/tmp` for the next run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sheetflow::sandbox::{Sandbox, Settings, TEST_KEY, start};

const NODE_TOOLS: &str = "install Node.js 18 or later with npm (Debian: `apt-get install nodejs npm`)";
const PYTHON_TOOLS: &str = "install Python 3 with pip (Debian: `apt-get install python3 python3-pip`)";

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_works_unchanged() {
    let packages = python_packages();
    let sandbox = sandbox().await;
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", packages).arg(script("client.py"));
    let output = run(python.args([&sandbox.base_url(), TEST_KEY]), PYTHON_TOOLS);
    assert_eq!(text(&output), "ok");
    sandbox.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_sdk_works_unchanged() {
    let packages = node_packages();
    // A module finds packages from where it lies.
    fs::copy(script("client.mjs"), packages.join("client.mjs")).expect("the script can be copied");
    let sandbox = sandbox().await;
    let mut node = Command::new("node");
    node.current_dir(&packages).arg("client.mjs");
    let output = run(node.args([&sandbox.base_url(), TEST_KEY]), NODE_TOOLS);
    assert_eq!(text(&output), "ok");
    sandbox.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stripe_cli_works_unchanged() {
    let sandbox = sandbox().await;
    let cli = Cli::new(&sandbox);
    let created = cli.call(&["customers", "create", "--name=Ada", "-d", "metadata[k]=v"]);
    let id = created["id"].as_str().expect("an id").to_owned();
    assert_eq!(created["metadata"]["k"], "v", "{created}");
    assert_eq!(cli.call(&["customers", "retrieve", &id]), created);

    let updated = cli.call(&["customers", "update", &id, "--name=Ada King"]);
    assert_eq!(updated["name"], "Ada King", "{updated}");

    let second = cli.call(&["customers", "create", "--name=Bob"]);
    let page = cli.call(&["customers", "list", "--limit=1"]);
    assert_eq!(
        (&page["data"][0], &page["has_more"]),
        (&second, &Value::Bool(true))
    );
    let after = format!("--starting-after={}", second["id"].as_str().unwrap_or(""));
    let page = cli.call(&["customers", "list", "--limit=1", &after]);
    assert_eq!(
        (&page["data"][0], &page["has_more"]),
        (&updated, &Value::Bool(false))
    );

    let deleted = cli.call(&["customers", "delete", &id, "--confirm"]);
    assert_eq!(deleted["deleted"], true, "{deleted}");

    let error = &cli.call(&["customers", "create", "-d", "colour=red"])["error"];
    assert_eq!(
        (&error["code"], &error["param"]),
        (&"parameter_unknown".into(), &"colour".into())
    );
    sandbox.stop().await.expect("it stops");
}

async fn sandbox() -> Sandbox {
    start(Settings::default()).await.expect("a sandbox starts")
}

/// The Stripe CLI, with a home of its own.
struct Cli {
    program: PathBuf,
    home: PathBuf,
    base: String,
}

impl Cli {
    fn new(sandbox: &Sandbox) -> Cli {
        let packages = node_packages();
        let home = packages.join("home");
        fs::create_dir_all(&home).expect("a home can be made");
        Cli {
            program: packages.join("node_modules/@stripe/cli-linux-x64/bin/stripe"),
            home,
            base: sandbox.base_url(),
        }
    }

    fn call(&self, arguments: &[&str]) -> Value {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("HOME", &self.home)
            .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
            .args(["--api-base", &self.base, "--api-key", TEST_KEY])
            .args(arguments);
        let output = run(
            &mut command,
            "run the tests on Linux, x86-64: the CLI is a program for it",
        );
        let printed = text(&output);
        // Before a delete it says which account it is for.
        let answer = printed.find('{').and_then(|start| printed.get(start..));
        serde_json::from_str(answer.unwrap_or(&printed))
            .map_err(|error| format!("{arguments:?} printed {printed:?}: {error}"))
            .expect("the CLI prints the answer")
    }
}

/// Installs the Node SDK and the CLI, and gives the folder.
fn node_packages() -> PathBuf {
    installed("node", "package.json", |folder| {
        fs::copy(script("package.json"), folder.join("package.json")).expect("it can be copied");
        let mut npm = Command::new("npm");
        npm.current_dir(folder)
            .args(["install", "--no-audit", "--no-fund", "--no-package-lock"]);
        run(&mut npm, NODE_TOOLS);
    })
}

/// Installs the Python SDK, and gives the folder.
fn python_packages() -> PathBuf {
    installed("python", "requirements.txt", |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
            .arg(folder)
            .arg("--requirement")
            .arg(script("requirements.txt"));
        run(&mut pip, PYTHON_TOOLS);
    })
}

/// Gives a folder in which `install` was run for these requirements; one test installs at a time.
fn installed(name: &str, requirements: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk").join(name);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let lock = fs::File::create(folder.join(".lock")).expect("a lock can be made");
    lock.lock().expect("the lock can be waited for");
    let wanted = fs::read_to_string(script(requirements)).expect("the requirements can be read");
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        install(&folder);
        fs::write(&stamp, &wanted).expect("the stamp can be written");
    }
    folder
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(name)
}

/// Runs a program to its end, and fails with all that it printed, or with what to install.
fn run(command: &mut Command, hint: &str) -> Output {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("can't run `{name}` ({error}): {hint}"))
        .expect("the program is there");
    assert!(
        output.status.success(),
        "`{name}` failed ({}); {hint}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
