//! An apply that is killed, again and again, and then runs to its end: one object for each row.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use sheetflow::sandbox::{self, Sandbox};

use crate::support::Project;

const ROWS: usize = 2_000;
const KILLS: usize = 20;
const SEED: u64 = 20_261_121;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_in_the_middle_leave_one_object_for_each_row() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let sandbox = sandbox::start(sandbox::Settings::default())
        .await
        .expect("the sandbox starts");
    let project = project();
    let server = format!("--sandbox={}", sandbox.base_url());
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut killed = 0;
    for _ in 0..KILLS {
        let mut child = project
            .command(["apply", &server, "--yes", "--quiet"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let wanted = sandbox.counts().post + random.u64(0..(ROWS / KILLS) as u64);
        until_posted(&sandbox, wanted, &mut child).await;
        for _ in 0..random.u32(0..2_000) {
            std::hint::spin_loop();
        }
        killed += usize::from(child.try_wait().expect("the program can be asked").is_none());
        child.kill().expect("the program is killed");
        child.wait().expect("the program has ended");
    }
    let last = project.run(&["apply", &server, "--yes", "--quiet", "--format", "json"]);
    assert_eq!(last.status, Some(0), "{last:?}");
    let counts = customers_by_row(&sandbox).await;
    assert_eq!(
        counts.len(),
        ROWS,
        "no row is lost (seed {SEED}, {killed} killed in the middle)"
    );
    let doubled: Vec<_> = counts.iter().filter(|(_, count)| **count != 1).collect();
    assert!(doubled.is_empty(), "no row is doubled (seed {SEED}): {doubled:?}");
    assert!(
        killed >= KILLS / 2,
        "most kills met a running program: {killed} of {KILLS}"
    );
    sandbox.stop().await.expect("the sandbox stops");
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
