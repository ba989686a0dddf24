//! An apply that is killed, again and again, and then runs to its end: one object for each row.
#![expect(clippy::print_stderr, reason = "the seeds of a long run are worth to be seen")]

#[path = "crash/round.rs"]
mod round;
#[path = "crash/shop.rs"]
mod shop;
#[path = "crash/stock.rs"]
mod stock;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use sheetflow::sandbox::{self, Sandbox};

use crate::support::Project;
use round::Round;

const ROWS: usize = 2_000;
/// Kills in the short form.
const KILLS: u64 = 30;
/// After so many kills a new shop is opened.
const KILLS_OF_A_ROUND: u64 = 40;
const SEED: u64 = 20_261_121;
const FAULTS: &str = "all=0.02";

fn project() -> Project {
    let mut sheet = "No,Email,Name\n".to_owned();
    for number in 0..ROWS {
        let _ = writeln!(sheet, "{number},person{number}@example.com,Person {number}");
    }
    Project::new(&[
        ("people.csv", &sheet),
        (
            "people.flow",
            r#"source people = csv("people.csv")

flow people {
  from people
  key No
  create customer {
    email       = Email
    name        = Name
    metadata.no = No
  }
}
"#,
        ),
    ])
}

/// Lists all customers and counts them by the number of their row.
async fn customers_by_row(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let client = reqwest::Client::new();
    let mut counts = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let url = format!("{}/v1/customers?limit=100{cursor}", sandbox.base_url());
        let answer = client
            .get(url)
            .bearer_auth(sandbox::TEST_KEY)
            .send()
            .await
            .expect("an answer");
        let text = answer.text().await.expect("a body");
        let page: Value = serde_json::from_str(&text).expect("JSON");
        let objects = page["data"].as_array().expect("a page");
        for object in objects {
            let row = object["metadata"]["no"].as_str().expect("a row").to_owned();
            *counts.entry(row).or_default() += 1;
        }
        match objects.last() {
            Some(last) if page["has_more"] == true => {
                cursor = format!("&starting_after={}", last["id"].as_str().expect("an id"));
            }
            _ => return counts,
        }
    }
}

/// Waits, without a clock, until the sandbox has seen this many requests that create, or the program
/// has ended by itself.
async fn until_posted(sandbox: &Sandbox, wanted: u64, child: &mut std::process::Child) {
    while sandbox.counts().post < wanted {
        if child.try_wait().expect("the program can be asked").is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Reads a number from the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("the variable is a number"))
}

/// Kills the program `SHEETFLOW_KILLS` times, some in each round, from `SHEETFLOW_SEED` on, under the faults
/// of `SHEETFLOW_FAULTS`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_faults_leave_every_object_once_and_right() {
    let kills = number("SHEETFLOW_KILLS").unwrap_or(KILLS);
    let seed = number("SHEETFLOW_SEED").unwrap_or(SEED);
    let faults = std::env::var("SHEETFLOW_FAULTS").unwrap_or(FAULTS.to_owned());
    let faults: Vec<String> = faults.split_whitespace().map(str::to_owned).collect();
    let rounds = kills.div_ceil(KILLS_OF_A_ROUND);
    let mut killed = 0;
    for number in 0..rounds {
        let round = Round {
            seed: seed.wrapping_add(number),
            kills: kills.div_ceil(rounds) as u32,
            faults: faults.clone(),
        };
        let ended = round.run().await;
        eprintln!(
            "seed {}: {} of {} kills met a running program; {} requests judged by hand; {:?}",
            round.seed, ended.killed, round.kills, ended.judged, ended.counts
        );
        assert!(
            ended.problems.is_empty(),
            "SHEETFLOW_SEED={} SHEETFLOW_KILLS={} SHEETFLOW_FAULTS='{}' repeats it:\n{}",
            round.seed,
            round.kills,
            faults.join(" "),
            ended.problems.join("\n")
        );
        killed += u64::from(ended.killed);
    }
    assert!(
        killed >= kills / 2,
        "most kills met a running program: {killed} of {kills}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_ends_at_the_border_of_a_record_and_the_next_apply_goes_on() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let sandbox = sandbox::start(sandbox::Settings::default())
        .await
        .expect("the sandbox starts");
    let project = project();
    let server = format!("--sandbox={}", sandbox.base_url());
    let arguments = ["apply", &server, "--yes", "--quiet", "--format", "json"];
    let mut child = project
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    until_posted(&sandbox, 20, &mut child).await;
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.expect("a signal can be sent").success());
    let output = child.wait_with_output().expect("the program has ended");
    let report: Value = serde_json::from_slice(&output.stdout).expect("it reports what it did");
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert_eq!(report["interrupted"], true);
    let created = report["totals"]["created"].as_u64().expect("a count");
    let left = report["left"].as_u64().expect("a count");
    assert_eq!(
        created + left,
        ROWS as u64,
        "every record was sent whole or not at all"
    );
    let last = project.run(&arguments);
    assert_eq!(last.status, Some(0), "{last:?}");
    assert_eq!(last.json()["totals"]["created"], serde_json::json!(left));
    let counts = customers_by_row(&sandbox).await;
    assert!(counts.len() == ROWS && counts.values().all(|count| *count == 1));
    sandbox.stop().await.expect("the sandbox stops");
}
