//! The key in none of the places where a run leaves something: ledger, kept plans, logs, reports, the sandbox's state.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sheetflow::sandbox::{self, FaultRate, Faults, Sandbox};

use crate::support::{Program, Project};

/// What is looked for; the key around it can be taken for nothing else.
const SECRET: &str = "Rec0gnisableSecret";
const KEY: &str = "sk_test_51Rec0gnisableSecret9f3a";
/// A key that the account's mode refuses.
const LIVE_KEY: &str = "sk_live_51Rec0gnisableSecret9f3a";

fn project(base_url: &str) -> Project {
    let rows: String = (0..60)
        .map(|number| format!("{number},p{number}@example.com\n"))
        .collect();
    let flow = format!(
        r#"account main {{
  key      = env("STRIPE_API_KEY")
  base_url = "{base_url}"
  timeout  = 300ms
  rate     = 1000/s
}}

account filed {{
  key      = file("stripe.key")
  base_url = "{base_url}"
}}

source people = csv("people.csv")

flow people on main {{
  from people
  key No
  upsert customer as who by email {{ email = Email }}
  create invoiceitem {{
    customer = who.id
    amount   = 100
    currency = "usd"
  }}
}}
"#
    );
    Project::new(&[
        ("people.csv", &format!("No,Email\n{rows}no address,x\n")),
        ("people.flow", &flow),
        ("stripe.key", &format!("{KEY}\n")),
    ])
}

async fn sandbox(folder: &Path, fault: &str) -> Sandbox {
    let rate: FaultRate = fault.parse().expect("a fault");
    let mut faults: Faults = [rate].into_iter().collect();
    faults.stall = std::time::Duration::from_millis(500);
    faults.piece = std::time::Duration::from_millis(1);
    let settings = sandbox::Settings {
        state: Some(folder.join("stripe.db")),
        faults,
        ..sandbox::Settings::default()
    };
    sandbox::start(settings).await.expect("the sandbox starts")
}

/// A run whose streams go into files of a folder that is searched at the end.
struct Watched<'a> {
    program: &'a Program,
    streams: &'a Path,
    runs: usize,
}

impl Watched<'_> {
    fn command(&mut self, line: &str, key: &str) -> Command {
        self.runs += 1;
        let stream = |name: &str| {
            let path = self.streams.join(format!("{:02}-{name}", self.runs));
            Stdio::from(File::create(path).expect("a file"))
        };
        let mut command = self.program.command(line.split_whitespace());
        command
            .env("STRIPE_API_KEY", key)
            .env("RUST_BACKTRACE", "full")
            .stdout(stream("stdout"))
            .stderr(stream("stderr"));
        command
    }

    fn run(&mut self, line: &str) -> Option<i32> {
        let status = self.command(line, KEY).status().expect("the program starts");
        assert_ne!(status.code(), Some(2), "`{line}` is understood");
        status.code()
    }

    /// Runs until the sandbox has seen some creates, and kills it then.
    async fn kill(&mut self, line: &str, sandbox: &Sandbox) {
        let mut child = self.command(line, KEY).spawn().expect("the program starts");
        let wanted = sandbox.counts().post + 20;
        while sandbox.counts().post < wanted && child.try_wait().expect("it can be asked").is_none() {
            tokio::task::yield_now().await;
        }
        child.kill().expect("it is killed");
        child.wait().expect("it has ended");
    }
}

/// Gives all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// Gives the files that hold the secret.
fn leaks(folder: &Path) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).expect("the file can be read");
        bytes
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes())
    };
    files(folder).into_iter().filter(holds).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_is_in_nothing_that_a_run_leaves_behind() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let folder = tempfile::tempdir().expect("a folder");
    let streams = folder.path().join("streams");
    fs::create_dir(&streams).expect("a folder");
    let sandbox = sandbox(folder.path(), "all=0.02").await;
    let project = project(&sandbox.base_url());
    let mut watched = Watched {
        program: &project,
        streams: &streams,
        runs: 0,
    };
    for line in [
        "check -vv",
        "check --format json -vv",
        "preview --key 1 -vv",
        "preview --key 2 --format json -vvv",
        "plan -vv",
        "plan --format json -vvv",
        "plan --out plan.json -vv",
        "accounts -vv",
        "accounts test -vv",
        "flows -vv",
    ] {
        watched.run(line);
    }
    watched.kill("apply --yes -vv", &sandbox).await;
    watched.kill("apply --yes -vvv --format json", &sandbox).await;
    watched.run("settle -vv --format json");
    sandbox.set_faults(Faults::default());
    let last = watched.run("apply --yes -vv");
    assert_eq!(last, Some(1), "one row has no good address");
    // Where no account can be opened.
    let mut refused = watched.command("apply --yes -vv", LIVE_KEY);
    assert_eq!(refused.status().expect("it starts").code(), Some(4));
    sandbox.stop().await.expect("the sandbox stops");

    let logged = files(&streams)
        .iter()
        .map(|path| fs::read_to_string(path).expect("text"))
        .filter(|text| text.contains("answered"))
        .count();
    assert!(logged >= 8, "-vv tells of requests: {logged}");
    assert!(project.path(".sheetflow/ledger.db").is_file());
    fs::remove_file(project.path("stripe.key")).expect("its own file may hold it");
    assert_eq!(leaks(folder.path()), Vec::<PathBuf>::new());
    let place = project
        .path("")
        .parent()
        .expect("the program's folder")
        .to_owned();
    assert_eq!(leaks(&place), Vec::<PathBuf>::new());
}
