//! A rollback that is killed, again and again, and then runs to its end.

use std::fmt::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::Bench;

const ROWS: usize = 120;
const KILLS: usize = 8;
const SEED: u64 = 20_261_121;

/// Waits, without a clock, until the sandbox has seen this many writes, or the program has ended by itself.
async fn until_written(bench: &Bench, wanted: u64, child: &mut std::process::Child) {
    let written = || {
        let counts = bench.client.sandbox.counts();
        counts.post + counts.delete
    };
    while written() < wanted {
        if child.try_wait().expect("the program can be asked").is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_that_is_killed_is_gone_on_with_until_all_is_taken_back() {
    let mut sheet = "No,Name\n".to_owned();
    for number in 1..=ROWS {
        let _ = writeln!(sheet, "{number},Thing {number}");
    }
    let bench = Bench::new(&[
        ("things.csv", &sheet),
        (
            "things.flow",
            r#"source things = csv("things.csv")
flow things {
  from things
  key  No
  create product as thing { name = Name }
  create price {
    product     = thing.id
    currency    = "usd"
    unit_amount = 100
  }
  create coupon {
    percent_off = 10
    duration    = "once"
    name        = Name
  }
}
"#,
        ),
    ])
    .await;
    assert_eq!(bench.apply(), json!({"records": ROWS, "created": ROWS}));
    let server = format!("--sandbox={}", bench.client.sandbox.base_url());
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut killed = 0;
    for _ in 0..KILLS {
        let mut child = bench
            .project
            .command(["rollback", "1", &server, "--yes", "--quiet"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let counts = bench.client.sandbox.counts();
        let wanted = counts.post + counts.delete + random.u64(1..(3 * ROWS / KILLS) as u64);
        until_written(&bench, wanted, &mut child).await;
        killed += usize::from(child.try_wait().expect("the program can be asked").is_none());
        child.kill().expect("the program is killed");
        child.wait().expect("the program has ended");
    }
    let last = bench.run("rollback 1 --yes --quiet --format json");
    assert_eq!(last.status, Some(0), "{last:?}");
    assert!(
        killed >= KILLS / 2,
        "most kills met a running program: {killed} of {KILLS}"
    );
    for path in ["/v1/products", "/v1/prices"] {
        let active = bench.client.read(&format!("{path}?active=true")).await;
        assert_eq!(active["data"], json!([]), "{path} (seed {SEED})");
    }
    assert_eq!(bench.client.read("/v1/coupons").await["data"], json!([]));
    let runs = bench.run("runs --format json").json();
    let killed_runs = runs["runs"].as_array().into_iter().flatten();
    let states: Vec<&Value> = killed_runs.map(|run| &run["state"]).collect();
    assert_eq!(states.first(), Some(&&json!("finished")));
    assert!(states.contains(&&json!("killed")), "{states:?}");
    // The next apply makes everything anew, and once.
    assert_eq!(bench.apply(), json!({"records": ROWS, "created": ROWS}));
    assert_eq!(bench.apply(), json!({"records": ROWS, "unchanged": ROWS}));
}
